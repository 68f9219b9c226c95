//! How much of a document is taken.

/// How much of a document is taken. What is larger is an error of kind
/// [`TooLarge`](crate::ErrorKind::TooLarge) that names the limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// How deep elements may nest. ActiveSync needs about 15.
    pub depth: u8,
    /// How many bytes of a text or of opaque bytes one event holds: what is longer comes in several. This is not an
    /// error; it bounds the decoder's memory, which is a few times this. Less than 4 is taken as 4.
    pub piece: usize,
    /// Longest text, and longest opaque bytes, in bytes.
    pub content: u64,
    /// Longest document, in bytes.
    pub total: u64,
    /// Longest string table, in bytes. ActiveSync has none; one that comes is skipped.
    pub string_table: u32,
    /// How many elements, texts and opaque contents an [`Element`](crate::Element) may hold in all, itself included. The
    /// decoder does not count.
    pub nodes: usize,
}

impl Default for Limits {
    /// For answers that are small: a synchronisation with truncated bodies, a list of some thousand folders.
    fn default() -> Self {
        Self {
            depth: 32,
            piece: 16 * 1024,
            content: 1024 * 1024,
            total: 4 * 1024 * 1024,
            string_table: 4 * 1024,
            nodes: 64 * 1024,
        }
    }
}
