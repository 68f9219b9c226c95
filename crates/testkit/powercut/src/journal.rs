//! The journal's format: entries one after the other, numbers in little endian.
//!
//! ```text
//! entry  = kind (1 byte) path-length (2) path [record]
//! kind   = "W" with a record, or "S" without
//! record = offset (8) old-length (8) written (8) size-of-old (8) old
//! ```

use std::io;

/// What a write is about to destroy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Record<'a> {
    /// Where in the file the old bytes are.
    pub offset: u64,
    /// How long the file was.
    pub old_length: u64,
    /// How many bytes the write puts; 0 for a truncation.
    pub written: u64,
    /// The bytes that are overwritten or cut off.
    pub old: &'a [u8],
}

/// One thing that happened to a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Entry<'a> {
    /// It is about to be written or truncated.
    Write(Record<'a>),
    /// It is about to be synced, or was removed: what came before cannot be lost any more.
    Settled,
}

impl Entry<'_> {
    /// Appends this entry about the file at `path` (at most 65,535 bytes) to `out`.
    pub fn encode(&self, path: &[u8], out: &mut Vec<u8>) {
        out.push(match self {
            Entry::Write(_) => b'W',
            Entry::Settled => b'S',
        });
        let length = u16::try_from(path.len()).unwrap_or(u16::MAX);
        out.extend_from_slice(&length.to_le_bytes());
        out.extend_from_slice(&path[..usize::from(length)]);
        if let Entry::Write(record) = self {
            let size = record.old.len() as u64;
            for number in [record.offset, record.old_length, record.written, size] {
                out.extend_from_slice(&number.to_le_bytes());
            }
            out.extend_from_slice(record.old);
        }
    }
}

/// Reads a journal's entries with their paths. An entry that the kill cut short is left out: its
/// write had not begun.
pub struct Journal<'a>(&'a [u8]);

impl<'a> Journal<'a> {
    /// The entries in these bytes.
    pub fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    fn entry(&mut self) -> Option<io::Result<(&'a [u8], Entry<'a>)>> {
        let kind = self.take(1)?[0];
        if kind != b'W' && kind != b'S' {
            return Some(Err(io::Error::new(
                io::ErrorKind::InvalidData,
                "the file is no journal of the powercut library",
            )));
        }
        let length = u16::from_le_bytes(self.take(2)?.try_into().ok()?);
        let path = self.take(usize::from(length))?;
        if kind == b'S' {
            return Some(Ok((path, Entry::Settled)));
        }
        let (offset, old_length, written) = (self.number()?, self.number()?, self.number()?);
        let size = usize::try_from(self.number()?).ok()?;
        let record = Record {
            offset,
            old_length,
            written,
            old: self.take(size)?,
        };
        Some(Ok((path, Entry::Write(record))))
    }

    fn number(&mut self) -> Option<u64> {
        Some(u64::from_le_bytes(self.take(8)?.try_into().ok()?))
    }

    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }
}

impl<'a> Iterator for Journal<'a> {
    type Item = io::Result<(&'a [u8], Entry<'a>)>;

    fn next(&mut self) -> Option<Self::Item> {
        let entry = self.entry();
        if !matches!(entry, Some(Ok(_))) {
            self.0 = &[];
        }
        entry
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_read_back_and_a_cut_one_is_left_out() {
        let record = Record {
            offset: 4096,
            old_length: 8192,
            written: 5,
            old: b"old",
        };
        let entries = [Entry::Write(record), Entry::Settled, Entry::Write(record)];
        let mut bytes = Vec::new();
        for entry in &entries {
            entry.encode(b"/tmp/a.db", &mut bytes);
        }
        let read = |bytes: &[u8]| Journal::new(bytes).filter(|entry| entry.is_ok()).count();
        assert_eq!(read(&bytes), 3);
        assert_eq!(read(&bytes[..bytes.len() - 1]), 2);
        let (path, first) = Journal::new(&bytes).next().unwrap().unwrap();
        assert_eq!((path, first), (&b"/tmp/a.db"[..], entries[0]));
    }

    #[test]
    fn another_file_is_refused() {
        let first = Journal::new(b"SQLite? No: x").nth(1);
        assert!(first.is_none() || first.unwrap().is_err());
        assert!(Journal::new(b"x").next().unwrap().is_err());
    }
}
