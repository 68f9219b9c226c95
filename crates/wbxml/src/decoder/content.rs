//! The text or the opaque bytes that are being read.

use std::fmt;

/// Longest beginning of a UTF-8 character that is not complete, in bytes.
const LONGEST_TAIL: usize = 3;

/// The text or the opaque bytes that are being read, and the piece of them that was given last.
#[derive(Default)]
pub(super) struct Content {
    /// What was not given yet.
    kept: Vec<u8>,
    /// How many bytes came, with those that were given.
    length: u64,
    text: String,
    bytes: Vec<u8>,
}

impl Content {
    pub(super) fn begin(&mut self) {
        self.kept.clear();
        self.length = 0;
    }

    /// How many bytes came.
    pub(super) const fn length(&self) -> u64 {
        self.length
    }

    /// How many bytes wait to be given.
    pub(super) const fn held(&self) -> usize {
        self.kept.len()
    }

    pub(super) fn keep(&mut self, bytes: &[u8]) {
        self.kept.extend_from_slice(bytes);
        self.length += bytes.len() as u64;
    }

    /// The text that was given last.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// The opaque bytes that were given last.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Gives what is kept as text. If there is more of it, the beginning of a character waits for its rest.
    pub(super) fn give_text(&mut self, more: bool) {
        let tail = if more { tail(&self.kept) } else { 0 };
        let whole = self.kept.len() - tail;
        self.text.clear();
        for chunk in self.kept[..whole].utf8_chunks() {
            self.text.push_str(chunk.valid());
            if !chunk.invalid().is_empty() {
                self.text.push(char::REPLACEMENT_CHARACTER);
            }
        }
        self.kept.drain(..whole);
    }

    /// Gives what is kept as opaque bytes.
    pub(super) fn give_bytes(&mut self) {
        std::mem::swap(&mut self.kept, &mut self.bytes);
        self.kept.clear();
    }
}

impl fmt::Debug for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Content({} bytes)", self.length)
    }
}

/// How many bytes at the end are the beginning of a character whose rest is missing.
fn tail(bytes: &[u8]) -> usize {
    let longest = bytes.len().min(LONGEST_TAIL);
    let begins = |count: &usize| {
        let end = std::str::from_utf8(&bytes[bytes.len() - count..]);
        end.is_err_and(|error| error.valid_up_to() == 0 && error.error_len().is_none())
    };
    (1..=longest).rev().find(begins).unwrap_or(0)
}
