//! How much of an item is kept.

/// How much of an item is kept. What is longer is cut; it is not an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Longest text, such as a subject, in bytes.
    pub text: usize,
    /// Longest body, in bytes.
    pub body: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            text: 4 * 1024,
            body: 64 * 1024,
        }
    }
}
