//! From bytes to commands, and from commands to words.

use crate::MAX_COMMAND;
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

/// The command is longer than [`MAX_COMMAND`].
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct TooLong;

/// Cuts the input into commands.
#[derive(Default)]
pub(crate) struct Framer {
    /// How many of the current command's literals were given leave.
    continued: usize,
}

impl Framer {
    pub(crate) fn next(&mut self, input: &mut BytesMut) -> Result<Framed, TooLong> {
        let (mut at, mut literals) = (0, 0);
        loop {
            let Some(length) = line_length(&input[at..]) else {
                let too_long = input.len() > MAX_COMMAND;
                return if too_long {
                    Err(TooLong)
                } else {
                    Ok(Framed::More)
                };
            };
            let end = at + length;
            if end > MAX_COMMAND {
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
            if at > MAX_COMMAND {
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

fn line_length(input: &[u8]) -> Option<usize> {
    input.windows(2).position(|two| two == b"\r\n")
}

/// The size of the literal that a line announces at its end, and whether the client waits for
/// leave: `{12}` does, `{12+}` (RFC 7888) does not.
fn announced_literal(line: &[u8]) -> Option<(usize, bool)> {
    let inside = line.strip_suffix(b"}")?;
    let open = inside.iter().rposition(|byte| *byte == b'{')?;
    let size = &inside[open + 1..];
    let (digits, wait) = match size.strip_suffix(b"+") {
        Some(digits) => (digits, false),
        None => (size, true),
    };
    let digits = std::str::from_utf8(digits).ok()?;
    // A number of more digits is no smaller than this one; both are too long.
    let size = digits.parse().ok().filter(|size| *size <= MAX_COMMAND);
    let all_digits = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    all_digits.then_some((size.unwrap_or(MAX_COMMAND), wait))
}

/// Reads a command's words from left to right.
pub(crate) struct Words<'a>(&'a [u8]);

impl<'a> Words<'a> {
    pub(crate) fn new(command: &'a [u8]) -> Self {
        Self(command)
    }

    /// The next atom, quoted string or literal.
    pub(crate) fn next(&mut self) -> Option<String> {
        while let [b' ', rest @ ..] = self.0 {
            self.0 = rest;
        }
        let word = match self.0 {
            [] => return None,
            [b'"', rest @ ..] => self.quoted(rest)?,
            [b'{', ..] => self.literal()?,
            _ => self.atom(),
        };
        String::from_utf8(word).ok()
    }

    /// All that is left, as text.
    pub(crate) fn rest(&self) -> Option<&'a str> {
        std::str::from_utf8(self.0).ok().map(str::trim)
    }

    fn atom(&mut self) -> Vec<u8> {
        let end = self.0.iter().position(|byte| *byte == b' ');
        let (atom, rest) = self.0.split_at(end.unwrap_or(self.0.len()));
        self.0 = rest;
        atom.to_vec()
    }

    fn quoted(&mut self, mut rest: &'a [u8]) -> Option<Vec<u8>> {
        let mut word = Vec::new();
        loop {
            match rest {
                [b'"', after @ ..] => {
                    self.0 = after;
                    return Some(word);
                }
                [b'\\', byte, after @ ..] | [byte, after @ ..] => {
                    word.push(*byte);
                    rest = after;
                }
                [] => return None,
            }
        }
    }

    fn literal(&mut self) -> Option<Vec<u8>> {
        let end = line_length(self.0)?;
        let (size, _) = announced_literal(&self.0[..end])?;
        let (word, rest) = self.0[end + 2..].split_at_checked(size)?;
        self.0 = rest;
        Some(word.to_vec())
    }
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
        let mut words = Words::new(command);
        let words: Vec<_> = std::iter::from_fn(|| words.next()).collect();
        assert_eq!(words, ["a", "LOGIN", "ann", "pw"]);
    }

    #[test]
    fn quotes_and_escapes_are_taken_off() {
        let mut words = Words::new(br#""a \"b\" c" d"#);
        assert_eq!(words.next().as_deref(), Some(r#"a "b" c"#));
        assert_eq!(words.rest(), Some("d"));
    }

    #[test]
    fn a_command_without_end_and_a_huge_literal_are_refused() {
        assert_eq!(frames(&[b'x'; MAX_COMMAND + 1]), [Err(TooLong)]);
        assert_eq!(
            frames(b"a LOGIN {99999999999999999999}\r\n"),
            [Err(TooLong)]
        );
    }
}
