//! The bytes of a head, gathered until its end.

use super::error::{Error, Limit};
use std::fmt;

const START: &[u8] = b"HTTP/";

/// The bytes of a head, gathered until its end. `Debug` gives their number: cookies are among them.
#[derive(Default)]
pub(super) struct HeadBytes {
    bytes: Vec<u8>,
    /// How many bytes of empty lines came before it.
    skipped: usize,
    /// Nothing came yet of the line that has begun.
    at_line_start: bool,
}

impl HeadBytes {
    /// Takes bytes from the front of `bytes` up to the end of the head; whether that has come.
    pub(super) fn take(&mut self, bytes: &mut &[u8], limit: usize) -> Result<bool, Error> {
        while let Some((&byte, rest)) = bytes.split_first() {
            *bytes = rest;
            let is_last = self.push(byte);
            if self.bytes.len() + self.skipped > limit {
                return Err(Error::TooLarge(Limit::Head));
            }
            if is_last {
                return Ok(true);
            }
            if self.bytes.len() == START.len() && self.bytes != START {
                return Err(Error::NotHttp);
            }
        }
        Ok(false)
    }

    /// The head, once it is whole.
    pub(super) fn as_slice(&self) -> &[u8] {
        &self.bytes
    }

    /// Whether nothing came, but for empty lines.
    pub(super) const fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// Takes a byte; whether it was the last one.
    fn push(&mut self, byte: u8) -> bool {
        if self.bytes.is_empty() && matches!(byte, b'\r' | b'\n') {
            self.skipped += 1;
            return false;
        }
        self.bytes.push(byte);
        match byte {
            b'\n' if self.at_line_start => return true,
            b'\n' => self.at_line_start = true,
            b'\r' => {}
            _ => self.at_line_start = false,
        }
        false
    }
}

impl fmt::Debug for HeadBytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} bytes", self.bytes.len())
    }
}
