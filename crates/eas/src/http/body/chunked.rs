//! The chunked coding (RFC 9112, section 7.1): extensions and trailers are skipped.

use super::super::error::{Error, Limit};
use super::super::limits::Limits;
use super::up_to;

/// A body in chunks that is being read.
#[derive(Debug, Default)]
pub(in crate::http) struct Chunked {
    state: State,
    /// The size of the chunk while it is read, then how many of its bytes are left.
    left: u64,
    /// How long the line with the size is so far.
    line: usize,
    /// How long the trailers are so far.
    trailers: usize,
}

/// What comes next.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum State {
    /// The first digit of a size.
    #[default]
    FirstDigit,
    Digits,
    Extension,
    /// The LF after a size.
    SizeEnd,
    Data,
    /// The CR after the data.
    DataCr,
    /// The LF after the data.
    DataEnd,
    /// A trailer, or the empty line at the end.
    TrailerStart,
    Trailer,
    /// The LF at the end.
    LastEnd,
    Done,
}

impl Chunked {
    pub(super) fn next<'b>(
        &mut self,
        bytes: &mut &'b [u8],
        limits: &Limits,
    ) -> Result<Option<&'b [u8]>, Error> {
        while self.state != State::Done {
            if self.state == State::Data {
                let piece = up_to(&mut self.left, bytes);
                if self.left == 0 {
                    self.state = State::DataCr;
                }
                return Ok(piece);
            }
            let Some((&byte, rest)) = bytes.split_first() else {
                break;
            };
            *bytes = rest;
            self.state = self.step(byte, limits)?;
        }
        Ok(None)
    }

    pub(super) const fn is_done(&self) -> bool {
        matches!(self.state, State::Done)
    }

    fn step(&mut self, byte: u8, limits: &Limits) -> Result<State, Error> {
        match (self.state, byte) {
            (State::FirstDigit | State::Digits | State::Extension, _) => self.size(byte, limits),
            (State::SizeEnd, b'\n') if self.left == 0 => Ok(State::TrailerStart),
            (State::SizeEnd, b'\n') => Ok(State::Data),
            (State::DataCr, b'\r') => Ok(State::DataEnd),
            (State::DataEnd, b'\n') => {
                self.line = 0;
                Ok(State::FirstDigit)
            }
            (State::TrailerStart, b'\r') => Ok(State::LastEnd),
            (State::TrailerStart | State::Trailer, _) => self.trailer(byte, limits),
            (State::LastEnd, b'\n') => Ok(State::Done),
            _ => Err(Error::Chunk),
        }
    }

    /// A byte of the line with the size.
    fn size(&mut self, byte: u8, limits: &Limits) -> Result<State, Error> {
        self.line += 1;
        if self.line > limits.chunk_line {
            return Err(Error::TooLarge(Limit::ChunkLine));
        }
        match (self.state, byte) {
            (State::FirstDigit | State::Digits, b'0'..=b'9' | b'a'..=b'f' | b'A'..=b'F') => {
                self.left = with_digit(self.left, byte).ok_or(Error::Chunk)?;
                Ok(State::Digits)
            }
            (State::Digits | State::Extension, b'\r') => Ok(State::SizeEnd),
            (State::Digits, b';' | b' ' | b'\t') => Ok(State::Extension),
            (State::Extension, byte) if byte != b'\n' => Ok(State::Extension),
            _ => Err(Error::Chunk),
        }
    }

    /// A byte of the trailers.
    fn trailer(&mut self, byte: u8, limits: &Limits) -> Result<State, Error> {
        self.trailers += 1;
        if self.trailers > limits.trailers {
            return Err(Error::TooLarge(Limit::Trailers));
        }
        let ended = byte == b'\n';
        Ok(if ended {
            State::TrailerStart
        } else {
            State::Trailer
        })
    }
}

/// The number with one more hexadecimal digit.
fn with_digit(number: u64, digit: u8) -> Option<u64> {
    let digit = char::from(digit).to_digit(16)?;
    number.checked_mul(16)?.checked_add(u64::from(digit))
}
