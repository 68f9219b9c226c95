//! A code page: the tags of one XML namespace.

use crate::pages;
use crate::tag::Tag;
use crate::version::{Support, Versions};

/// A code page (MS-ASWBXML, section 2.1.2.1).
#[derive(Debug)]
pub struct Page {
    pub(crate) number: u8,
    pub(crate) namespace: &'static str,
    /// By token, ascending.
    pub(crate) entries: &'static [Entry],
}

/// What a code page says of one of its tags.
#[derive(Debug)]
pub struct Entry {
    pub(crate) tag: Tag,
    pub(crate) name: &'static str,
    pub(crate) versions: Support,
}

impl Page {
    /// All code pages, by number: 0 to 25.
    pub const fn all() -> &'static [&'static Self] {
        &pages::ALL
    }

    /// The code page with this number, if there is one.
    pub fn of(number: u8) -> Option<&'static Self> {
        pages::ALL.get(usize::from(number)).copied()
    }

    /// Its number, as SWITCH_PAGE has it.
    pub const fn number(&self) -> u8 {
        self.number
    }

    /// The XML namespace that its tags belong to, such as `AirSync`.
    pub const fn namespace(&self) -> &'static str {
        self.namespace
    }

    /// Its tags, by token.
    pub const fn entries(&self) -> &'static [Entry] {
        self.entries
    }

    /// What it says of this token.
    pub(crate) fn entry(&self, token: u8) -> Option<&'static Entry> {
        let at = self
            .entries
            .binary_search_by_key(&token, |entry| entry.tag.token());
        at.ok().and_then(|at| self.entries.get(at))
    }
}

impl Entry {
    /// The tag.
    pub const fn tag(&self) -> Tag {
        self.tag
    }

    /// Its name.
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// The protocol versions that support it; `None` if the specification does not say.
    pub const fn versions(&self) -> Option<Versions> {
        self.versions
    }
}
