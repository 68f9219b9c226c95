//! LIST responses (RFC 9051, section 7.3.1; RFC 5258; RFC 5465, section 5.4; RFC 6154).

use super::cursor::Cursor;
use super::error::WireError;
use super::limits;

/// A property of a folder that the flow cares for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u16)]
pub enum MailboxAttribute {
    /// `\Noselect`: it cannot be opened.
    NoSelect = 1,
    /// `\NonExistent`: there is none of this name (any more).
    NonExistent = 1 << 1,
    /// `\All`: all messages of the account.
    All = 1 << 2,
    /// `\Drafts`.
    Drafts = 1 << 3,
    /// `\Sent`.
    Sent = 1 << 4,
    /// `\Trash`.
    Trash = 1 << 5,
    /// `\Junk`.
    Junk = 1 << 6,
    /// `\Flagged`: all flagged messages.
    Flagged = 1 << 7,
    /// `\Important` (RFC 8457): all important messages.
    Important = 1 << 8,
}

/// A set of [`MailboxAttribute`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct MailboxAttributes(u16);

impl MailboxAttributes {
    const NAMES: [(MailboxAttribute, &'static [u8]); 10] = [
        (MailboxAttribute::NoSelect, b"\\Noselect"),
        (MailboxAttribute::NonExistent, b"\\NonExistent"),
        (MailboxAttribute::All, b"\\All"),
        // Gmail's name for it before RFC 6154.
        (MailboxAttribute::All, b"\\AllMail"),
        (MailboxAttribute::Drafts, b"\\Drafts"),
        (MailboxAttribute::Sent, b"\\Sent"),
        (MailboxAttribute::Trash, b"\\Trash"),
        (MailboxAttribute::Junk, b"\\Junk"),
        (MailboxAttribute::Flagged, b"\\Flagged"),
        (MailboxAttribute::Important, b"\\Important"),
    ];

    /// Whether the folder has it.
    pub const fn has(self, attribute: MailboxAttribute) -> bool {
        self.0 & attribute as u16 != 0
    }

    /// Whether the folder can be opened.
    pub const fn can_be_opened(self) -> bool {
        !self.has(MailboxAttribute::NoSelect) && !self.has(MailboxAttribute::NonExistent)
    }

    /// Whether it has a special use that is not where new mail is looked for.
    pub const fn is_special(self) -> bool {
        self.0 & !(MailboxAttribute::NoSelect as u16 | MailboxAttribute::NonExistent as u16) != 0
    }

    fn add(&mut self, name: &[u8]) {
        for (attribute, known) in Self::NAMES {
            if name.eq_ignore_ascii_case(known) {
                self.0 |= attribute as u16;
            }
        }
    }
}

/// One folder of a LIST.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Listing {
    /// Its properties.
    pub attributes: MailboxAttributes,
    /// Its name, as the server writes it.
    pub name: Vec<u8>,
    /// The name it had before (`OLDNAME`, RFC 5465, section 5.4), as the server writes it.
    pub old_name: Option<Vec<u8>>,
}

/// Reads `(\Sent) "/" "INBOX/Sent" ("OLDNAME" ("old"))`.
pub(super) fn listing(mut at: Cursor<'_>) -> Result<Listing, WireError> {
    let mut listing = Listing::default();
    at.spaces();
    at.expect(b'(', "LIST")?;
    loop {
        at.spaces();
        if at.eat(b')') {
            break;
        }
        let name = at.word();
        if name.is_empty() {
            return Err(WireError::Syntax("LIST"));
        }
        listing.attributes.add(name);
    }
    at.spaces();
    // The hierarchy separator.
    at.string(0)?;
    at.spaces();
    listing.name = at.string(limits::NAME + 1)?.unwrap_or_default();
    at.spaces();
    if at.eat(b'(') {
        listing.old_name = old_name(&mut at)?;
    }
    Ok(listing)
}

/// The extended data items after the name; only OLDNAME is kept.
fn old_name(at: &mut Cursor<'_>) -> Result<Option<Vec<u8>>, WireError> {
    let mut old_name = None;
    loop {
        at.spaces();
        if at.eat(b')') {
            return Ok(old_name);
        }
        let item = at.string(limits::NAME)?.unwrap_or_default();
        at.spaces();
        if item.eq_ignore_ascii_case(b"OLDNAME") && at.eat(b'(') {
            at.spaces();
            old_name = at.string(limits::NAME + 1)?;
            at.spaces();
            at.expect(b')', "LIST")?;
        } else {
            at.skip_value()?;
        }
    }
}
