//! The name of an element, as the wire has it.

use crate::page::{Entry, Page};
use crate::version::Versions;
use std::fmt;

/// A tag: a code page and a token in it. Those that are known are constants in [`pages`](crate::pages); others are made
/// by [`Tag::unknown`] and by the decoder, for servers extend the protocol.
///
/// `Display` gives the name alone, such as `Collections`; `Debug` gives the page too, such as `AirSync:Collections`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tag {
    page: u8,
    token: u8,
}

impl Tag {
    /// The smallest token of a tag; those below mean something else.
    pub const FIRST_TOKEN: u8 = 0x05;
    /// The largest token of a tag: six bits, the others say whether there are attributes and content.
    pub const LAST_TOKEN: u8 = 0x3F;

    /// A tag that a table defines.
    pub(crate) const fn known(page: u8, token: u8) -> Self {
        Self { page, token }
    }

    /// The tag with this token on this page, whether a table defines it or not: it is read, written and compared like
    /// any other. `None` if the token is not in [`FIRST_TOKEN`](Self::FIRST_TOKEN)`..=`[`LAST_TOKEN`](Self::LAST_TOKEN).
    pub fn unknown(page: u8, token: u8) -> Option<Self> {
        (Self::FIRST_TOKEN..=Self::LAST_TOKEN)
            .contains(&token)
            .then_some(Self { page, token })
    }

    /// The number of its code page.
    pub const fn page(self) -> u8 {
        self.page
    }

    /// Its token, without the bits for attributes and content.
    pub const fn token(self) -> u8 {
        self.token
    }

    /// Its name in the specification's table; `None` if no table defines it.
    pub fn name(self) -> Option<&'static str> {
        self.entry().map(Entry::name)
    }

    /// The protocol versions that support it; `None` if the specification does not say.
    pub fn versions(self) -> Option<Versions> {
        self.entry().and_then(Entry::versions)
    }

    fn entry(self) -> Option<&'static Entry> {
        Page::of(self.page)?.entry(self.token)
    }
}

impl fmt::Display for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => f.write_str(name),
            None => write!(f, "tag{:02X}", self.token),
        }
    }
}

impl fmt::Debug for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match Page::of(self.page) {
            Some(page) => write!(f, "{}:{self}", page.namespace()),
            None => write!(f, "page{}:{self}", self.page),
        }
    }
}
