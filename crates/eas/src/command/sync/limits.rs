//! How much of an answer is taken.

use crate::item;

/// How much of an answer is taken, and how much of each item is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Of the answer: larger is an error.
    pub document: pushmail_wbxml::Limits,
    /// Of each item: larger is cut.
    pub item: item::Limits,
}

impl Default for Limits {
    /// For a window of some hundred items, among them mail with bodies that the server did not cut.
    fn default() -> Self {
        Self {
            document: pushmail_wbxml::Limits {
                piece: 4 * 1024,
                content: 32 * 1024 * 1024,
                total: 64 * 1024 * 1024,
                ..pushmail_wbxml::Limits::default()
            },
            item: item::Limits::default(),
        }
    }
}
