use super::*;
use proptest::prelude::*;

/// Every suite that can be frozen.
fn suites() -> Vec<SupportedCipherSuite> {
    let all = rustls::crypto::ring::ALL_CIPHER_SUITES.iter().copied();
    all.filter(|suite| Frozen::is_possible(*suite)).collect()
}

const fn direction(number: u8) -> Direction {
    Direction {
        key: [number; 32],
        iv: [number; 12],
        sequence: 0,
    }
}

/// Both ends of a connection.
fn ends(suite: SupportedCipherSuite) -> (Frozen, Frozen) {
    let end = |sending, receiving| Frozen {
        suite,
        sending: direction(sending),
        receiving: direction(receiving),
        rest: Vec::new(),
        skipped: 0,
        idle: 0,
    };
    (end(1, 2), end(2, 1))
}

/// A record of this kind.
fn record(from: &mut Frozen, kind: ContentType, payload: &[u8]) -> Vec<u8> {
    let mut encrypter = from.sending.encrypter(from.suite);
    let mut bytes = Vec::new();
    from.send(kind, payload, &mut *encrypter, &mut bytes)
        .unwrap();
    bytes
}

/// Gives it the bytes after what it has of a record.
fn give(to: &mut Frozen, bytes: &[u8], data: &mut Vec<u8>) -> Result<Phase, Error> {
    let mut incoming = [to.rest(), bytes].concat();
    to.take_in(&mut incoming, data, &mut Vec::new())
}

/// What happens on the wire.
#[derive(Debug, Clone)]
enum Act {
    Data(Vec<u8>),
    /// A handshake message of this kind and length, in records of at most so many bytes.
    Handshake(u8, usize, usize),
    Empty,
    Alert([u8; 2]),
    Garbage(Vec<u8>),
    /// A bit of what is under way changes.
    Corrupt(usize),
    /// So many bytes arrive.
    Arrive(usize),
}

fn act() -> impl Strategy<Value = Act> {
    let bytes = |most| prop::collection::vec(any::<u8>(), 0..most);
    prop_oneof![
        8 => bytes(200).prop_map(Act::Data),
        2 => (prop_oneof![Just(0), Just(4), Just(24), any::<u8>()], 0..300_usize, 1..200_usize)
            .prop_map(|(kind, length, piece)| Act::Handshake(kind, length, piece)),
        1 => Just(Act::Empty),
        1 => any::<[u8; 2]>().prop_map(Act::Alert),
        1 => bytes(20).prop_map(Act::Garbage),
        1 => any::<usize>().prop_map(Act::Corrupt),
        8 => (0..2000_usize).prop_map(Act::Arrive),
    ]
}

proptest! {
    /// Whatever is on the wire, what is believed is the beginning of what was said; and all of it, if nothing else than
    /// data and tickets was.
    #[test]
    fn nothing_is_believed_but_what_was_said(
        suite in prop::sample::select(suites()),
        acts in prop::collection::vec(act(), 1..60),
    ) {
        let (mut server, mut client) = ends(suite);
        let (mut said, mut wire, mut got) = (Vec::new(), Vec::new(), Vec::new());
        let mut harmless = true;
        let mut phase = Ok(Phase::Open);
        for act in acts {
            match act {
                Act::Data(data) => {
                    server.encrypt(&data, &mut wire).unwrap();
                    said.extend(data);
                }
                Act::Handshake(kind, length, piece) => {
                    let ticket = server.is_1_3() && kind == NEW_SESSION_TICKET;
                    harmless &= ticket || !server.is_1_3() && kind == HELLO_REQUEST && length == 0;
                    let [_, a, b, c] = u32::try_from(length).unwrap().to_be_bytes();
                    let message = [&[kind, a, b, c][..], &vec![7; length]].concat();
                    // The head of a message in one piece: all that is understood.
                    let pieces = std::iter::once(&message[..piece.max(4).min(message.len())]);
                    let rest = message[piece.max(4).min(message.len())..].chunks(piece);
                    for piece in pieces.chain(rest) {
                        wire.extend(record(&mut server, ContentType::Handshake, piece));
                    }
                    // Too many in a row are too many.
                    harmless &= message.len() / piece < 8;
                }
                Act::Empty => wire.extend(record(&mut server, ContentType::ApplicationData, &[])),
                Act::Alert(alert) => {
                    harmless = false;
                    wire.extend(record(&mut server, ContentType::Alert, &alert));
                }
                Act::Garbage(garbage) => {
                    harmless &= garbage.is_empty();
                    wire.extend(garbage);
                }
                Act::Corrupt(at) if !wire.is_empty() => {
                    harmless = false;
                    let at = at % wire.len();
                    wire[at] ^= 1;
                }
                Act::Corrupt(_) => {}
                Act::Arrive(count) => {
                    let count = count.min(wire.len());
                    let arrived: Vec<u8> = wire.drain(..count).collect();
                    if phase == Ok(Phase::Open) {
                        phase = give(&mut client, &arrived, &mut got);
                    }
                }
            }
            prop_assert!(said.starts_with(&got));
            prop_assert!(client.rest().len() < HEADER + LONGEST);
        }
        if phase == Ok(Phase::Open) {
            phase = give(&mut client, &wire, &mut got);
        }
        prop_assert!(said.starts_with(&got));
        if harmless && phase == Ok(Phase::Open) {
            prop_assert_eq!(got, said);
        }
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
        end.sending.sequence = common(suite).confidentiality_limit - 1;
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
