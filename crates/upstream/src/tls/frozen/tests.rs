use super::wire::{direction, frozen, suites};
use super::*;
use proptest::prelude::*;
use std::path::{Path, PathBuf};

/// Both ends of a connection.
fn ends(suite: SupportedCipherSuite) -> (Frozen, Frozen) {
    (frozen(suite, 1, 2), frozen(suite, 2, 1))
}

/// A record of this kind.
fn record(from: &mut Frozen, kind: ContentType, payload: &[u8]) -> Vec<u8> {
    let mut encrypter = from.sending.encrypter(from.suite());
    let mut bytes = Vec::new();
    from.send(kind, payload, &mut *encrypter, &mut bytes)
        .unwrap();
    bytes
}

#[test]
fn what_remains_of_a_session_takes_128_bytes() {
    assert_eq!(size_of::<Frozen>(), 128);
}

/// Gives it the bytes after what it has of a record.
fn give(to: &mut Frozen, bytes: &[u8], data: &mut Vec<u8>) -> Result<Phase, Error> {
    let mut incoming = [to.rest(), bytes].concat();
    to.take_in(&mut incoming, data, &mut Vec::new())
}

/// Inputs of the fuzz target that are kept: those that once broke a promise, and the corpus.
fn kept_inputs() -> Vec<PathBuf> {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folders = ["regressions/frozen", "../fuzz/corpus/frozen"];
    let files = folders.map(|folder| std::fs::read_dir(package.join(folder)).unwrap());
    let files = files.into_iter().flatten();
    files.map(|file| file.unwrap().path()).collect()
}

#[test]
fn kept_inputs_break_no_promise() {
    for path in kept_inputs() {
        println!("{}", path.display());
        acts::play(&std::fs::read(path).unwrap());
    }
}

/// `PUSHMAIL_FUZZ_ROUNDS`, where fuzzing itself cannot be had.
fn rounds() -> ProptestConfig {
    let rounds = std::env::var("PUSHMAIL_FUZZ_ROUNDS").ok();
    let cases = rounds.map_or(256, |rounds| rounds.parse().unwrap());
    ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::with_cases(cases)
    }
}

proptest! {
    #![proptest_config(rounds())]

    /// Whatever is on the wire, what is believed is what was said up to where something was wrong.
    #[test]
    fn random_inputs_break_no_promise(bytes in prop::collection::vec(any::<u8>(), 1..300)) {
        acts::play(&bytes);
    }
}

#[test]
fn tickets_are_passed_over_whole_or_in_pieces() {
    for suite in suites().into_iter().filter(|suite| suite.tls13().is_some()) {
        let (mut server, mut client) = ends(suite);
        let mut data = Vec::new();
        let ticket = [&[NEW_SESSION_TICKET, 0, 0, 10][..], &[1; 10]].concat();
        let mut wire = record(
            &mut server,
            ContentType::Handshake,
            &[&ticket[..], &ticket].concat(),
        );
        wire.extend(record(&mut server, ContentType::Handshake, &ticket[..6]));
        wire.extend(record(&mut server, ContentType::Handshake, &ticket[6..]));
        server.encrypt(b"after", &mut wire).unwrap();
        assert_eq!(give(&mut client, &wire, &mut data), Ok(Phase::Open));
        assert_eq!(data, b"after");
    }
}

#[test]
fn empty_records_without_end_end_the_connection() {
    for suite in suites() {
        let (mut server, mut client) = ends(suite);
        let empty = |server: &mut Frozen| record(server, ContentType::ApplicationData, &[]);
        for _ in 0..MOST_IDLE {
            let phase = give(&mut client, &empty(&mut server), &mut Vec::new());
            assert_eq!(phase, Ok(Phase::Open));
        }
        assert!(give(&mut client, &empty(&mut server), &mut Vec::new()).is_err());
    }
}

#[test]
fn no_number_is_used_twice_and_none_beyond_the_suite_s_limit() {
    for suite in suites() {
        let (mut end, _) = ends(suite);
        end.sending.sequence = (common(suite).confidentiality_limit - 1).to_ne_bytes();
        let mut wire = Vec::new();
        let limited = common(suite).confidentiality_limit < u64::MAX;
        if limited {
            end.encrypt(b"the last", &mut wire).unwrap();
            assert_eq!(
                end.encrypt(b"one more", &mut wire),
                Err(Error::EncryptError)
            );
        }
        let (mut end, _) = ends(suite);
        let [first, second] =
            [(); 2].map(|()| record(&mut end, ContentType::ApplicationData, b"x"));
        assert_ne!(first, second, "the same data under the same number");
    }
}

#[test]
fn secrets_are_wiped_when_dropped() {
    let mut direction = direction(9);
    direction.zeroize();
    assert_eq!((direction.key, direction.iv), ([0; 32], [0; 12]));
    const fn wiped<T: ZeroizeOnDrop>() {}
    wiped::<Direction>();
}
