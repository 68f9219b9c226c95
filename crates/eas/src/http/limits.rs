//! How much of an answer is taken.

/// How much of an answer is taken. What is larger is [`Error::TooLarge`](super::Error::TooLarge), which names the limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Longest head, in bytes, empty lines before it included.
    pub head: usize,
    /// Most headers.
    pub headers: usize,
    /// Most answers of status 1xx before the one that counts.
    pub informational: u8,
    /// Longest line with the size of a chunk, extensions included, in bytes.
    pub chunk_line: usize,
    /// Longest trailers, together, in bytes.
    pub trailers: usize,
    /// Longest body, in bytes.
    pub body: u64,
}

impl Default for Limits {
    /// A head as Exchange Online sends it, some 3 KB with cookies, several times; a body of a large synchronisation.
    fn default() -> Self {
        Self {
            head: 32 * 1024,
            headers: 128,
            informational: 8,
            chunk_line: 1024,
            trailers: 8 * 1024,
            body: 64 * 1024 * 1024,
        }
    }
}
