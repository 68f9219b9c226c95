//! A part of a message that is in memory.

use crate::mime;
use async_trait::async_trait;
use pushmail_mailbox::{About, Part, Piece, ReadError, Reading};

/// A part of a message that is in memory.
pub(crate) struct Whole {
    about: About,
    bytes: Vec<u8>,
    at: usize,
}

impl Whole {
    /// This part of the message, from the offset on.
    pub(crate) fn new(raw: Vec<u8>, part: &Part, offset: u64) -> Result<Self, ReadError> {
        let message_size = raw.len() as u64;
        let (about, bytes) = mime::part(raw, part)?;
        let about = About {
            message_size,
            size: Some(bytes.len() as u64),
            ..about
        };
        let at = usize::try_from(offset).unwrap_or(usize::MAX);
        Ok(Self {
            about,
            at: at.min(bytes.len()),
            bytes,
        })
    }
}

#[async_trait]
impl Reading for Whole {
    fn about(&self) -> &About {
        &self.about
    }

    async fn next(&mut self, most: usize) -> Result<Piece, ReadError> {
        let end = self.at.saturating_add(most).min(self.bytes.len());
        let bytes = self.bytes[self.at..end].to_vec();
        self.at = end;
        Ok(Piece {
            bytes,
            more: end < self.bytes.len(),
            size: self.about.size,
        })
    }
}
