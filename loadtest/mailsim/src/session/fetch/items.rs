//! What FETCH can tell of a message.

use super::body::Section;
use crate::mailbox::Message;
use crate::profile::Features;
use crate::wire::Value;
use pushmail_domain::Timestamp;
use time::OffsetDateTime;
use time::macros::format_description;

/// One thing to tell about a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::session) enum Item {
    Uid,
    Flags,
    Modseq,
    InternalDate,
    Size,
    /// RFC 8474.
    EmailId,
    /// X-GM-MSGID.
    GmailId,
    Body(Section),
}

impl Item {
    pub(super) fn is_body(&self) -> bool {
        matches!(self, Self::Body(_))
    }

    /// Whether a server with these extensions has it.
    pub(super) fn known_with(&self, features: Features) -> bool {
        match self {
            Self::Modseq => features.condstore,
            Self::EmailId => features.object_id,
            Self::GmailId => features.gmail,
            _ => true,
        }
    }

    /// Whether reading this marks a message as seen.
    pub(super) fn marks_seen(&self) -> bool {
        matches!(self, Self::Body(section) if !section.peek)
    }

    pub(super) fn write(&self, output: &mut Vec<u8>, message: &Message) {
        let mail = &message.mail;
        let text = match self {
            Self::Uid => format!("UID {}", message.uid),
            Self::Flags => format!("FLAGS {}", message.flags),
            Self::Modseq => format!("MODSEQ ({})", message.modseq),
            Self::InternalDate => format!("INTERNALDATE \"{}\"", internal_date(mail.internal_date)),
            Self::Size => format!("RFC822.SIZE {}", mail.raw.len()),
            Self::EmailId => format!("EMAILID (M{})", mail.id),
            Self::GmailId => format!("X-GM-MSGID {}", gmail_id(mail.id)),
            Self::Body(section) => return section.write(output, mail),
        };
        output.extend_from_slice(text.as_bytes());
    }
}

/// Gmail's ids have about 19 digits: they do not fit into 53 bits.
fn gmail_id(id: u64) -> u64 {
    1_700_000_000_000_000_000 + id
}

/// One item or a list of them; with `by_uid` the UID is always among them.
pub(super) fn parse_items(value: &Value, by_uid: bool) -> Option<Vec<Item>> {
    let mut items = match value {
        Value::List(items) if !items.is_empty() => {
            items.iter().map(parse_item).collect::<Option<_>>()?
        }
        Value::Atom(name) if name.eq_ignore_ascii_case("FAST") => {
            vec![Item::Flags, Item::InternalDate, Item::Size]
        }
        item => vec![parse_item(item)?],
    };
    if by_uid && !items.contains(&Item::Uid) {
        items.insert(0, Item::Uid);
    }
    Some(items)
}

/// The items that NOTIFY asks for with new messages.
pub(in crate::session) fn parse_new_items(items: &[Value]) -> Option<Vec<Item>> {
    parse_items(&Value::List(items.to_vec()), true)
}

fn parse_item(item: &Value) -> Option<Item> {
    let item = item.upper();
    match item.as_str() {
        "UID" => Some(Item::Uid),
        "FLAGS" => Some(Item::Flags),
        "MODSEQ" => Some(Item::Modseq),
        "INTERNALDATE" => Some(Item::InternalDate),
        "RFC822.SIZE" => Some(Item::Size),
        "EMAILID" => Some(Item::EmailId),
        "X-GM-MSGID" => Some(Item::GmailId),
        _ => Section::parse(&item).map(Item::Body),
    }
}

/// The `date-time` of RFC 3501, in UTC.
fn internal_date(at: Timestamp) -> String {
    let format = format_description!(
        "[day padding:space]-[month repr:short]-[year] [hour]:[minute]:[second] +0000"
    );
    OffsetDateTime::from_unix_timestamp(at.micros().div_euclid(1_000_000))
        .unwrap_or(OffsetDateTime::UNIX_EPOCH)
        .format(&format)
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(items: &[u8], by_uid: bool) -> Option<Vec<Item>> {
        parse_items(&Value::parse_all(items)?[0], by_uid)
    }

    #[test]
    fn items_of_a_watcher_are_read() {
        let items = parsed(b"(Flags BODY.PEEK[]<0.16384>)", true).unwrap();
        assert_eq!(items[..2], [Item::Uid, Item::Flags]);
        assert!(items[2].is_body() && !items[2].marks_seen());
        assert!(parsed(b"BODY[]", false).unwrap()[0].marks_seen());
        assert_eq!(parsed(b"(ENVELOPE)", true), None);
        assert_eq!(parsed(b"()", true), None);
    }

    #[test]
    fn a_date_is_padded_as_the_standard_says() {
        let at = Timestamp::from_micros(1_772_409_845_000_000);
        assert_eq!(internal_date(at), " 2-Mar-2026 00:04:05 +0000");
    }
}
