//! What a document consists of, in order.

use crate::tag::Tag;
use std::fmt;

/// A piece of a document. `Debug` gives tags and lengths, never content.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Event<'d> {
    /// An element begins.
    Start {
        /// Its tag.
        tag: Tag,
        /// Whether its token says that there is no content. Its end follows as it does for every element. An element
        /// that may have content and has none is something else on the wire, and the same in XML.
        bare: bool,
    },
    /// Text, or a piece of it, see [`Limits::piece`](crate::Limits::piece). It may be empty.
    ///
    /// What is not UTF-8 is replaced by U+FFFD: servers pass on subjects and names from mail as they are, and one
    /// of those must not keep an account from its mail.
    Text {
        /// The text.
        text: &'d str,
        /// Whether the next event is more of the same text.
        more: bool,
    },
    /// Opaque bytes, or a piece of them.
    Opaque {
        /// The bytes. There may be none.
        bytes: &'d [u8],
        /// How many bytes of the same are still to come, in the next events.
        left: u32,
    },
    /// An element ends.
    End {
        /// Its tag.
        tag: Tag,
    },
}

impl fmt::Debug for Event<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Start { tag, bare: false } => write!(f, "Start({tag:?})"),
            Self::Start { tag, bare: true } => write!(f, "Start({tag:?}, bare)"),
            Self::Text { text, more } => write!(f, "Text({} bytes, more: {more})", text.len()),
            Self::Opaque { bytes, left } => write!(f, "Opaque({} bytes, {left} left)", bytes.len()),
            Self::End { tag } => write!(f, "End({tag:?})"),
        }
    }
}
