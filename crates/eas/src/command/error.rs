//! Why an answer cannot be read.

use pushmail_wbxml::Tag;

/// Why an answer cannot be read. Holds nothing of it but tags and numbers.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// It is not a document that can be taken.
    #[error(transparent)]
    Wbxml(#[from] pushmail_wbxml::Error),
    /// It is an answer to another command.
    #[error("the answer is a {found}, not a {expected}")]
    OtherCommand {
        /// What it should have been.
        expected: Tag,
        /// What it is.
        found: Tag,
    },
    /// An element that must be there is not.
    #[error("the answer lacks the element {0:?}")]
    Missing(Tag),
    /// An element's content is not what it must be, such as a number, or is longer than it may be.
    #[error("the answer's element {0:?} has content of the wrong form or length")]
    Malformed(Tag),
}
