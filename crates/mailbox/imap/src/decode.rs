//! Undoing a part's transfer encoding (RFC 2045, section 6), piece by piece.
//!
//! What is not as the RFC has it is taken as mail programs do: what is no base64 is skipped, an escape
//! that is none stands for itself.

/// How a part is encoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Encoding {
    /// `7bit`, `8bit`, `binary`, and what nobody knows: as it is.
    Identity,
    /// `base64`.
    Base64,
    /// `quoted-printable`.
    QuotedPrintable,
}

/// Decodes one part.
#[derive(Debug)]
pub(crate) enum Decoder {
    Identity,
    Base64(Base64),
    QuotedPrintable(QuotedPrintable),
}

impl Decoder {
    pub(crate) fn new(encoding: Encoding) -> Self {
        match encoding {
            Encoding::Identity => Self::Identity,
            Encoding::Base64 => Self::Base64(Base64::default()),
            Encoding::QuotedPrintable => Self::QuotedPrintable(QuotedPrintable::default()),
        }
    }

    /// Decodes the next bytes of the part.
    pub(crate) fn decode(&mut self, input: &[u8], out: &mut Vec<u8>) {
        match self {
            Self::Identity => out.extend_from_slice(input),
            Self::Base64(state) => input.iter().for_each(|byte| state.push(*byte, out)),
            Self::QuotedPrintable(state) => input.iter().for_each(|byte| state.push(*byte, out)),
        }
    }

    /// The part has ended.
    pub(crate) fn finish(&mut self, out: &mut Vec<u8>) {
        match self {
            Self::Identity => {}
            Self::Base64(state) => state.flush(out),
            Self::QuotedPrintable(state) => state.flush(out),
        }
    }
}

/// Digits of a group of four.
#[derive(Debug, Default)]
pub(crate) struct Base64 {
    bits: u32,
    digits: u8,
}

impl Base64 {
    fn push(&mut self, byte: u8, out: &mut Vec<u8>) {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            b'=' => return self.flush(out),
            _ => return,
        };
        self.bits = self.bits << 6 | u32::from(value);
        self.digits += 1;
        if self.digits == 4 {
            out.extend_from_slice(&self.bits.to_be_bytes()[1..]);
            (self.bits, self.digits) = (0, 0);
        }
    }

    /// Gives the whole bytes of a group that is not complete.
    fn flush(&mut self, out: &mut Vec<u8>) {
        let bits = self.bits << (6 * u32::from(4 - self.digits.min(4)));
        let whole = usize::from(self.digits.saturating_sub(1));
        out.extend_from_slice(&bits.to_be_bytes()[1..=whole]);
        (self.bits, self.digits) = (0, 0);
    }
}

/// More white space than this before a line's end is kept.
const HELD: usize = 998;

#[derive(Debug, Default)]
pub(crate) struct QuotedPrintable {
    state: Quoted,
    /// White space that is dropped if the line ends after it; before or after `=`, never both.
    held: Vec<u8>,
}

#[derive(Debug, Default, Clone, Copy)]
enum Quoted {
    #[default]
    Plain,
    /// After CR.
    Return,
    /// After `=`.
    Escape,
    /// After `=` and one digit.
    Half(u8),
    /// After `=` and white space: only the line's end may follow.
    Soft,
}

impl QuotedPrintable {
    fn push(&mut self, byte: u8, out: &mut Vec<u8>) {
        let state = std::mem::take(&mut self.state);
        self.state = match (state, byte) {
            (Quoted::Plain, _) => return self.plain(byte, out),
            (Quoted::Return, b'\n') => {
                self.held.clear();
                out.extend_from_slice(b"\r\n");
                Quoted::Plain
            }
            (Quoted::Escape | Quoted::Soft, b'\n') => {
                self.held.clear();
                Quoted::Plain
            }
            (Quoted::Escape | Quoted::Soft, b'\r' | b' ' | b'\t') if self.held.len() < HELD => {
                self.held.push(byte);
                Quoted::Soft
            }
            (Quoted::Escape, _) if byte.is_ascii_hexdigit() => Quoted::Half(byte),
            (Quoted::Half(high), _) if byte.is_ascii_hexdigit() => {
                out.push(digit(high) << 4 | digit(byte));
                Quoted::Plain
            }
            _ => {
                self.state = state;
                self.literally(out);
                return self.plain(byte, out);
            }
        };
    }

    fn plain(&mut self, byte: u8, out: &mut Vec<u8>) {
        match byte {
            b' ' | b'\t' if self.held.len() < HELD => self.held.push(byte),
            b'\r' => self.state = Quoted::Return,
            b'\n' => {
                self.held.clear();
                out.push(byte);
            }
            _ => {
                out.append(&mut self.held);
                match byte {
                    b'=' => self.state = Quoted::Escape,
                    _ => out.push(byte),
                }
            }
        }
    }

    /// What was begun and is no escape or line end stands for itself.
    fn literally(&mut self, out: &mut Vec<u8>) {
        match std::mem::take(&mut self.state) {
            Quoted::Plain => out.append(&mut self.held),
            Quoted::Return => {
                out.append(&mut self.held);
                out.push(b'\r');
            }
            Quoted::Escape | Quoted::Soft => {
                out.push(b'=');
                out.append(&mut self.held);
            }
            Quoted::Half(high) => out.extend_from_slice(&[b'=', high]),
        }
    }

    /// White space, and a soft line break, at the end stand for nothing.
    fn flush(&mut self, out: &mut Vec<u8>) {
        self.held.clear();
        match self.state {
            Quoted::Escape | Quoted::Soft => self.state = Quoted::Plain,
            _ => self.literally(out),
        }
    }
}

/// The value of a hexadecimal digit.
const fn digit(byte: u8) -> u8 {
    match byte {
        b'0'..=b'9' => byte - b'0',
        b'a'..=b'f' => byte - b'a' + 10,
        _ => byte - b'A' + 10,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    use proptest::prelude::*;

    fn decode(encoding: Encoding, pieces: &[&[u8]]) -> Vec<u8> {
        let (mut decoder, mut out) = (Decoder::new(encoding), Vec::new());
        for piece in pieces {
            decoder.decode(piece, &mut out);
        }
        decoder.finish(&mut out);
        out
    }

    proptest! {
        #[test]
        fn base64_in_lines_and_pieces_reads_back(bytes: Vec<u8>, at: prop::sample::Index) {
            let lines: Vec<String> = STANDARD.encode(&bytes).as_bytes().chunks(76)
                .map(|line| String::from_utf8_lossy(line).into_owned()).collect();
            let text = lines.join("\r\n");
            let (one, two) = text.as_bytes().split_at(at.index(text.len() + 1));
            prop_assert_eq!(decode(Encoding::Base64, &[one, two]), bytes);
        }

        #[test]
        fn quoted_printable_does_not_depend_on_the_pieces(text in "[=0-9A-F \t\r\na]{0,80}", at: prop::sample::Index) {
            let (one, two) = text.as_bytes().split_at(at.index(text.len() + 1));
            let whole = decode(Encoding::QuotedPrintable, &[text.as_bytes()]);
            prop_assert_eq!(decode(Encoding::QuotedPrintable, &[one, two]), whole);
        }
    }

    #[test]
    fn quoted_printable_reads_as_rfc_2045_shows() {
        for (encoded, plain) in [
            ("Now's the time =\r\nfor all", "Now's the time for all"),
            ("caf=C3=A9=3d1", "café=1"),
            ("a  \t\r\nb", "a\r\nb"),
            ("a = b =G1 =4", "a = b =G1 =4"),
            ("soft= \t\r\nbreak", "softbreak"),
            ("end=\r\n", "end"),
            ("end  ", "end"),
        ] {
            let decoded = decode(Encoding::QuotedPrintable, &[encoded.as_bytes()]);
            assert_eq!(String::from_utf8_lossy(&decoded), plain, "{encoded:?}");
        }
    }

    #[test]
    fn base64_without_padding_and_with_rubbish_is_read() {
        assert_eq!(decode(Encoding::Base64, &[b"SGVs", b" bG!8"]), b"Hello");
        assert_eq!(decode(Encoding::Base64, &[b"SGk=SGk="]), b"HiHi");
        assert_eq!(decode(Encoding::Base64, &[b"A"]), b"");
    }
}
