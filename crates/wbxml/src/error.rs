//! Why a document cannot be taken.

use crate::tag::Tag;
use crate::token;
use std::fmt;

/// Why a document cannot be taken, and where. Holds nothing of the document but tags and numbers.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{kind}, at byte {offset} in {path}")]
pub struct Error {
    kind: ErrorKind,
    offset: u64,
    path: TagPath,
}

impl Error {
    pub(crate) fn new(kind: ErrorKind, offset: u64, open: &[Tag]) -> Self {
        Self {
            kind,
            offset,
            path: TagPath(open.to_vec()),
        }
    }

    /// What is wrong.
    pub const fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// Where the token or the number that is wrong begins, in bytes from the start of the document. Where a document is
    /// truncated or too long: how much of it was taken.
    pub const fn offset(&self) -> u64 {
        self.offset
    }

    /// The elements that were open.
    pub const fn path(&self) -> &TagPath {
        &self.path
    }
}

/// What can be wrong with a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ErrorKind {
    /// The first byte is not a version of WBXML from 1.1 to 1.3: mostly, this is not WBXML (WBXML 1.2, section 5.4).
    #[error("this is not WBXML: its first byte is 0x{0:02X}, not a version from 1.1 to 1.3")]
    Version(u8),
    /// The text is in a character set other than UTF-8, of which this is the number (IANA's MIBenum).
    #[error("the character set has the number {0}: only UTF-8, which has 106, is read")]
    Charset(u32),
    /// A number takes more than 32 bits (WBXML 1.2, section 5.1).
    #[error("a number is longer than 32 bits")]
    Number,
    /// A token of WBXML that ActiveSync does not use (MS-ASWBXML, section 2.1.3): string table, entity, processing
    /// instruction, literal tag, extension.
    #[error("ActiveSync does not use the token 0x{0:02X}{name}", name = Named(*.0))]
    Token(u8),
    /// A tag has attributes, which ActiveSync does not use (MS-ASWBXML, section 2.1.3).
    #[error("a tag has attributes, which ActiveSync does not use: 0x{0:02X}")]
    Attributes(u8),
    /// Text, opaque bytes or an END where no element is open.
    #[error("the token 0x{0:02X}{name} is outside of any element", name = Named(*.0))]
    Outside(u8),
    /// The document ends before its first element does.
    #[error("the document is truncated")]
    Truncated,
    /// More than the limits allow.
    #[error("the {0} is larger than allowed")]
    TooLarge(Limit),
}

/// Which of the [`Limits`](crate::Limits) does not allow it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limit {
    /// [`Limits::depth`](crate::Limits::depth).
    Depth,
    /// [`Limits::content`](crate::Limits::content).
    Content,
    /// [`Limits::total`](crate::Limits::total).
    Total,
    /// [`Limits::string_table`](crate::Limits::string_table).
    StringTable,
    /// [`Limits::nodes`](crate::Limits::nodes).
    Nodes,
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Depth => "depth of elements",
            Self::Content => "length of a text or of opaque bytes",
            Self::Total => "length of the document",
            Self::StringTable => "length of the string table",
            Self::Nodes => "number of elements and texts",
        })
    }
}

/// The tags of the elements that are open, outermost first. Displayed as `Sync/Collections/Collection`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TagPath(Vec<Tag>);

impl TagPath {
    /// The tags; none outside of the first element.
    pub fn tags(&self) -> &[Tag] {
        &self.0
    }
}

impl fmt::Display for TagPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some((first, rest)) = self.0.split_first() else {
            return f.write_str("no element");
        };
        write!(f, "{first}")?;
        rest.iter().try_for_each(|tag| write!(f, "/{tag}"))
    }
}

/// A token's name in parentheses, if it has one.
struct Named(u8);

impl fmt::Display for Named {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match token::name(self.0) {
            Some(name) => write!(f, " ({name})"),
            None => Ok(()),
        }
    }
}
