//! A memory as compact bytes: UIDs as differences, varint; hashes as they are.

use super::{FINGERPRINTS, FOLDERS, FolderMemory, MESSAGES, Memory};
use crate::id::FolderId;

/// The first byte: which format this is.
const FORMAT: u8 = 1;

/// Stored bytes that are not a memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "what is stored of an account's messages cannot be read: it is damaged, or of a newer version"
)]
pub struct MemoryError;

impl Memory {
    /// The memory as bytes.
    pub fn encode(&self) -> Vec<u8> {
        let mut out = vec![FORMAT];
        varint(&mut out, self.announced.len() as u64);
        for fingerprint in &self.announced {
            out.extend_from_slice(&fingerprint.to_be_bytes());
        }
        varint(&mut out, self.folders.len() as u64);
        for (id, folder) in &self.folders {
            out.extend_from_slice(id.as_bytes());
            varint(&mut out, u64::from(folder.floor));
            varint(&mut out, folder.messages.len() as u64);
            let mut before = 0;
            for (uid, flags) in &folder.messages {
                varint(&mut out, u64::from(uid - before));
                out.extend_from_slice(&flags.to_be_bytes());
                before = *uid;
            }
        }
        out
    }

    /// The memory of these bytes.
    ///
    /// # Errors
    /// When they are not what [`encode`](Self::encode) wrote.
    pub fn decode(bytes: &[u8]) -> Result<Self, MemoryError> {
        let mut input = Input(bytes);
        if input.array::<1>()? != [FORMAT] {
            return Err(MemoryError);
        }
        let mut memory = Self::default();
        for _ in 0..input.count(FINGERPRINTS)? {
            let fingerprint = u64::from_be_bytes(input.array()?);
            memory.announced.push_back(fingerprint);
        }
        for _ in 0..input.count(FOLDERS)? {
            let id = FolderId::from_bytes(input.array()?);
            memory.folders.insert(id, input.folder()?);
        }
        if input.0.is_empty() {
            Ok(memory)
        } else {
            Err(MemoryError)
        }
    }
}

fn varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push((value & 0x7f) as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

struct Input<'a>(&'a [u8]);

impl Input<'_> {
    fn array<const N: usize>(&mut self) -> Result<[u8; N], MemoryError> {
        let (head, rest) = self.0.split_first_chunk::<N>().ok_or(MemoryError)?;
        self.0 = rest;
        Ok(*head)
    }

    fn number(&mut self) -> Result<u32, MemoryError> {
        let mut value = 0u64;
        for shift in (0..35).step_by(7) {
            let [byte] = self.array::<1>()?;
            value |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return u32::try_from(value).map_err(|_| MemoryError);
            }
        }
        Err(MemoryError)
    }

    fn count(&mut self, most: usize) -> Result<usize, MemoryError> {
        let count = self.number()? as usize;
        if count <= most {
            Ok(count)
        } else {
            Err(MemoryError)
        }
    }

    fn folder(&mut self) -> Result<FolderMemory, MemoryError> {
        let mut folder = FolderMemory {
            floor: self.number()?,
            ..FolderMemory::default()
        };
        let mut uid = 0u32;
        for _ in 0..self.count(MESSAGES)? {
            uid = uid.checked_add(self.number()?).ok_or(MemoryError)?;
            let flags = u32::from_be_bytes(self.array()?);
            folder.messages.insert(uid, flags);
        }
        Ok(folder)
    }
}
