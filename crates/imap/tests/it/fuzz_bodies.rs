//! What the fuzz targets run; here it is run over the corpus and over random bytes.

#[path = "fuzz_bodies/check.rs"]
pub(crate) mod check;
#[path = "fuzz_bodies/choice.rs"]
pub(crate) mod choice;
#[path = "fuzz_bodies/mailbox.rs"]
mod mailbox;
#[path = "fuzz_bodies/nap.rs"]
pub(crate) mod nap;
#[path = "fuzz_bodies/server.rs"]
mod server;
#[path = "fuzz_bodies/stage.rs"]
pub(crate) mod stage;

use pushmail_imap::wire::{Decoder, WireError, limits};
use stage::Stage;
use std::time::Duration;

/// Decodes the bytes, in pieces of `piece`; checks that no more is held than is allowed.
pub(crate) fn wire(bytes: &[u8], piece: usize) -> Option<WireError> {
    let mut decoder = Decoder::new();
    for part in bytes.chunks(piece.max(1)) {
        let mut rest = part;
        while !rest.is_empty() {
            match decoder.next(&mut rest) {
                Ok(_) => assert!(decoder.held() <= limits::RESPONSE),
                Err(error) => return Some(error),
            }
        }
    }
    None
}

/// Decodes the bytes in pieces of several sizes, which must change nothing: neither the responses nor the error.
pub(crate) fn wire_in_pieces(bytes: &[u8]) -> Option<WireError> {
    let whole = decoded(bytes, usize::MAX);
    for piece in [1, 3, 64] {
        assert_eq!(decoded(bytes, piece), whole, "in pieces of {piece}");
    }
    wire(bytes, usize::MAX)
}

fn decoded(bytes: &[u8], piece: usize) -> Vec<String> {
    let mut decoder = Decoder::new();
    let mut said = Vec::new();
    for part in bytes.chunks(piece) {
        let mut rest = part;
        while !rest.is_empty() {
            match decoder.next(&mut rest) {
                Ok(Some(response)) => said.push(format!("{response:?}")),
                Ok(None) => {}
                Err(error) => {
                    said.push(error.to_string());
                    return said;
                }
            }
        }
    }
    said
}

/// Runs a whole conversation with a server that sends these bytes whatever it is told: line by line, so
/// that the flow gets far. The first byte chooses the settings, see [`choice`]. A line `@n` is not sent: n seconds
/// pass. Checks every output, see [`check`]. Gives what the flow ended with, if it did.
pub(crate) fn flow(bytes: &[u8]) -> Option<String> {
    let whole = conversation(bytes, usize::MAX);
    if bytes
        .first()
        .is_some_and(|choice| choice & choice::SEVEN == 0)
    {
        let bytewise = conversation(bytes, 1);
        assert_eq!(whole.said, bytewise.said, "pieces change nothing");
    }
    whole.checker.end
}

/// The same, with the server's lines in pieces of `piece` bytes.
pub(crate) fn conversation(bytes: &[u8], piece: usize) -> Stage {
    let (choice, bytes) = bytes
        .split_first()
        .map_or((0, bytes), |(first, rest)| (*first, rest));
    let pieces: Vec<_> = match choice & choice::SEVEN {
        0 => bytes.split_inclusive(|byte| *byte == b'\n').collect(),
        _ => bytes.chunks(7).collect(),
    };
    let mut stage = Stage::new(choice::settings(choice), piece);
    stage.secures = choice & choice::LATE_TLS == 0;
    for line in pieces {
        match pause(line) {
            Some(pause) => stage.pass(pause),
            None => stage.receive(line),
        }
    }
    stage.secures = true;
    for _ in 0..8 {
        stage.pass(Duration::from_secs(600));
    }
    stage
}

/// The time that a line `@n` stands for; at most ten minutes.
fn pause(line: &[u8]) -> Option<Duration> {
    let seconds = line.strip_prefix(b"@")?.trim_ascii_end();
    let seconds = std::str::from_utf8(seconds).ok()?.parse::<u16>().ok()?;
    Some(Duration::from_secs(u64::from(seconds.min(600))))
}

/// Runs a conversation with a server that keeps to the protocol; the bytes choose what happens in its mailbox and how
/// it answers. Gives what the flow ended with, if it did.
pub(crate) fn server(bytes: &[u8]) -> Option<String> {
    let whole = server::conversation(bytes, usize::MAX);
    let bytewise = server::conversation(bytes, 1);
    assert_eq!(whole.said, bytewise.said, "pieces change nothing");
    whole.checker.end
}
