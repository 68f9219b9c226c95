//! Tells an item from what it was before.

use pushmail_wbxml::Tag;
use ring::digest::{Context, SHA256};

/// The first half of a SHA-256 over all elements of an item, known or not, in their order. Equal for items that are
/// equal; how the bytes were cut and which pages were selected needlessly changes nothing.
///
/// It is of use where a server sends all of an item again, which it does of calendars, contacts and tasks; between the
/// same version and the same options, for these say which elements there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ItemHash([u8; 16]);

impl ItemHash {
    /// The hash that was kept as these bytes.
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// Its bytes.
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

/// Hashes the events of an item.
pub(super) struct Hasher {
    context: Context,
    /// The next event goes on with the last text or opaque bytes.
    more: bool,
}

impl Hasher {
    pub(super) fn new() -> Self {
        Self {
            context: Context::new(&SHA256),
            more: false,
        }
    }

    pub(super) fn start(&mut self, tag: Tag) {
        self.context.update(&[b'<', tag.page(), tag.token()]);
    }

    pub(super) fn end(&mut self) {
        self.context.update(b">");
    }

    /// A NUL ends a text on the wire, and so here.
    pub(super) fn text(&mut self, text: &str, more: bool) {
        if !self.more {
            self.context.update(b"T");
        }
        self.context.update(text.as_bytes());
        if !more {
            self.context.update(b"\0");
        }
        self.more = more;
    }

    pub(super) fn opaque(&mut self, bytes: &[u8], left: u32) {
        if !self.more {
            let length = bytes.len() as u64 + u64::from(left);
            self.context.update(b"O");
            self.context.update(&length.to_be_bytes());
        }
        self.context.update(bytes);
        self.more = left > 0;
    }

    pub(super) fn finish(self) -> ItemHash {
        let digest = self.context.finish();
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&digest.as_ref()[..16]);
        ItemHash(bytes)
    }
}
