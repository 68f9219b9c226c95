//! From bytes to commands.

use crate::{MAX_APPEND, MAX_COMMAND};
use bytes::{Bytes, BytesMut};

/// What the input holds.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Framed {
    /// A whole command without its final CRLF; literals are still inside, with their announcement.
    Command(Bytes),
    /// A literal was announced that waits for our leave to be sent (RFC 3501, section 4.3).
    Continue,
    /// Not yet a whole command.
    More,
}

/// The command is longer than [`MAX_COMMAND`], or its message than [`MAX_APPEND`].
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct TooLong;

/// A literal of no command is so large.
const TOO_LARGE: usize = MAX_COMMAND + MAX_APPEND;

/// Cuts the input into commands.
#[derive(Default)]
pub(crate) struct Framer {
    /// How many of the current command's literals were given leave.
    continued: usize,
}

impl Framer {
    pub(crate) fn next(&mut self, input: &mut BytesMut) -> Result<Framed, TooLong> {
        let limit = limit(input);
        let (mut at, mut literals) = (0, 0);
        loop {
            let Some(length) = line_length(&input[at..]) else {
                let too_long = input.len() > limit;
                return if too_long {
                    Err(TooLong)
                } else {
                    Ok(Framed::More)
                };
            };
            let end = at + length;
            if end > limit {
                return Err(TooLong);
            }
            let Some((size, wait)) = announced_literal(&input[at..end]) else {
                self.continued = 0;
                let mut command = input.split_to(end + 2);
                command.truncate(end);
                return Ok(Framed::Command(command.freeze()));
            };
            literals += 1;
            at = end + 2 + size;
            if at > limit {
                return Err(TooLong);
            }
            if wait && literals > self.continued {
                self.continued = literals;
                return Ok(Framed::Continue);
            }
            if input.len() < at {
                return Ok(Framed::More);
            }
        }
    }
}

/// The longest that the command which begins the input may be.
fn limit(input: &[u8]) -> usize {
    let start = &input[..input.len().min(MAX_COMMAND)];
    let name = start.split(|byte| *byte == b' ').nth(1);
    match name.is_some_and(|name| name.eq_ignore_ascii_case(b"APPEND")) {
        true => MAX_COMMAND + MAX_APPEND,
        false => MAX_COMMAND,
    }
}

pub(super) fn line_length(input: &[u8]) -> Option<usize> {
    input.windows(2).position(|two| two == b"\r\n")
}

/// The size of the literal that a line announces at its end, and whether the client waits for
/// leave: `{12}` does, `{12+}` (RFC 7888) does not.
pub(super) fn announced_literal(line: &[u8]) -> Option<(usize, bool)> {
    let inside = line.strip_suffix(b"}")?;
    let open = inside.iter().rposition(|byte| *byte == b'{')?;
    let size = &inside[open + 1..];
    let (digits, wait) = match size.strip_suffix(b"+") {
        Some(digits) => (digits, false),
        None => (size, true),
    };
    let digits = std::str::from_utf8(digits).ok()?;
    // A number of more digits is no smaller than this one; both are too long.
    let size = digits.parse().ok().filter(|size| *size <= TOO_LARGE);
    let all_digits = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    all_digits.then_some((size.unwrap_or(TOO_LARGE), wait))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frames(input: &[u8]) -> Vec<Result<Framed, TooLong>> {
        let (mut framer, mut input) = (Framer::default(), BytesMut::from(input));
        let mut frames = Vec::new();
        loop {
            let frame = framer.next(&mut input);
            let last = !matches!(frame, Ok(Framed::Command(_) | Framed::Continue));
            frames.push(frame);
            if last {
                return frames;
            }
        }
    }

    #[test]
    fn pipelined_commands_come_out_one_by_one() {
        let command = |text: &'static [u8]| Ok(Framed::Command(Bytes::from_static(text)));
        let expected = [command(b"a NOOP"), command(b"b NOOP"), Ok(Framed::More)];
        assert_eq!(frames(b"a NOOP\r\nb NOOP\r\nc"), expected);
    }

    #[test]
    fn a_literal_waits_for_leave_unless_it_says_otherwise() {
        let waiting = frames(b"a LOGIN {3}\r\nann {2+}\r\npw\r\n");
        assert_eq!(waiting[0], Ok(Framed::Continue));
        let Ok(Framed::Command(command)) = &waiting[1] else {
            panic!("no command: {waiting:?}");
        };
        assert_eq!(&command[..], b"a LOGIN {3}\r\nann {2+}\r\npw");
    }

    #[test]
    fn a_command_without_end_and_a_huge_literal_are_refused() {
        assert_eq!(frames(&[b'x'; MAX_COMMAND + 1]), [Err(TooLong)]);
        assert_eq!(
            frames(b"a LOGIN {99999999999999999999}\r\n"),
            [Err(TooLong)]
        );
    }

    #[test]
    fn only_append_may_be_long() {
        let mut append = b"a APPEND INBOX {10000+}\r\n".to_vec();
        append.extend_from_slice(&[b'x'; 10_000]);
        append.extend_from_slice(b"\r\n");
        assert!(matches!(frames(&append)[0], Ok(Framed::Command(_))));
        assert_eq!(frames(b"a STORE {10000+}\r\n"), [Err(TooLong)]);
        assert_eq!(frames(b"a APPEND INBOX {5000000}\r\n"), [Err(TooLong)]);
    }
}
