//! FETCH and UID FETCH (RFC 3501, section 6.4.5) of the items that a watcher asks for.

use super::{FLUSH_AT, Session};
use crate::mailbox::{FIRST_UID, Stored};
use crate::wire::Words;
use pushmail_domain::Timestamp;
use std::io;
use time::OffsetDateTime;
use time::macros::format_description;
use tokio::io::{AsyncRead, AsyncWrite};

/// One thing to tell about a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Item {
    Uid,
    Flags,
    InternalDate,
    Size,
    /// The message, or only its header; of it, `partial` = (first byte, at most so many).
    Body {
        header: bool,
        partial: Option<(usize, usize)>,
    },
}

impl<S: AsyncRead + AsyncWrite + Unpin> Session<S> {
    pub(super) async fn fetch(
        &mut self,
        mut words: Words<'_>,
        by_uid: bool,
    ) -> io::Result<&'static str> {
        let Some(selected) = &self.selected else {
            return Ok("BAD open a folder first");
        };
        let (mailbox, told) = (selected.mailbox.clone(), selected.told);
        if by_uid
            && !words
                .next()
                .is_some_and(|word| word.eq_ignore_ascii_case("FETCH"))
        {
            return Ok("BAD only UID FETCH is known");
        }
        let (Some(set), Some(items)) = (words.next(), words.rest()) else {
            return Ok("BAD FETCH needs a set and items");
        };
        // What this client was not told of yet is not there for it yet.
        let first = if by_uid { FIRST_UID } else { 1 };
        let Some(ranges) = indices(&set, first, told) else {
            return Ok("BAD not a set of messages");
        };
        let Some(items) = parse_items(items, by_uid) else {
            return Ok("BAD unknown FETCH item");
        };
        for index in ranges.into_iter().flatten() {
            let Some(stored) = mailbox.get(index) else {
                break;
            };
            write_message(&mut self.output, index + 1, &stored, &items);
            if self.output.len() >= FLUSH_AT {
                self.flush().await?;
            }
        }
        Ok("OK FETCH done")
    }
}

/// Turns a set like `1,4:7,9:*` into index ranges, where the first message has the number `first`.
/// `9:*` always holds the last message, even if 9 is beyond it.
fn indices(set: &str, first: u32, count: usize) -> Option<Vec<std::ops::Range<usize>>> {
    let last = u32::try_from(count)
        .ok()?
        .checked_add(first)?
        .checked_sub(1)?;
    let number = |text: &str| match text {
        "*" => Some(last),
        digits => digits.parse::<u32>().ok().filter(|number| *number > 0),
    };
    let mut ranges = Vec::new();
    for part in set.split(',') {
        let (from, to) = part.split_once(':').unwrap_or((part, part));
        let (from, to) = (number(from)?, number(to)?);
        let (from, to) = (from.min(to).max(first), from.max(to).min(last));
        if from <= to && count > 0 {
            let index = |number: u32| usize::try_from(number - first).ok();
            ranges.push(index(from)?..index(to)? + 1);
        }
    }
    Some(ranges)
}

fn parse_items(text: &str, by_uid: bool) -> Option<Vec<Item>> {
    let text = text.to_ascii_uppercase();
    let text = match text.strip_prefix('(') {
        Some(inside) => inside.strip_suffix(')')?,
        None => text.as_str(),
    };
    let mut items: Vec<Item> = text.split(' ').map(parse_item).collect::<Option<_>>()?;
    if by_uid && !items.contains(&Item::Uid) {
        items.insert(0, Item::Uid);
    }
    Some(items)
}

fn parse_item(item: &str) -> Option<Item> {
    match item {
        "UID" => Some(Item::Uid),
        "FLAGS" => Some(Item::Flags),
        "INTERNALDATE" => Some(Item::InternalDate),
        "RFC822.SIZE" => Some(Item::Size),
        _ => {
            let section = item
                .strip_prefix("BODY.PEEK[")
                .or_else(|| item.strip_prefix("BODY["))?;
            let (header, partial) = match section.strip_prefix("HEADER]") {
                Some(partial) => (true, partial),
                None => (false, section.strip_prefix(']')?),
            };
            let partial = match partial {
                "" => None,
                _ => {
                    let inside = partial.strip_prefix('<')?.strip_suffix('>')?;
                    let (offset, length) = inside.split_once('.')?;
                    Some((offset.parse().ok()?, length.parse().ok()?))
                }
            };
            Some(Item::Body { header, partial })
        }
    }
}

fn write_message(output: &mut Vec<u8>, sequence: usize, stored: &Stored, items: &[Item]) {
    output.extend_from_slice(format!("* {sequence} FETCH (").as_bytes());
    for (position, item) in items.iter().enumerate() {
        if position > 0 {
            output.push(b' ');
        }
        match *item {
            Item::Uid => output.extend_from_slice(format!("UID {}", stored.info.uid).as_bytes()),
            Item::Flags => output.extend_from_slice(b"FLAGS ()"),
            Item::InternalDate => {
                let date = internal_date(stored.info.internal_date);
                output.extend_from_slice(format!("INTERNALDATE \"{date}\"").as_bytes());
            }
            Item::Size => {
                let size = stored.info.size;
                output.extend_from_slice(format!("RFC822.SIZE {size}").as_bytes());
            }
            Item::Body { header, partial } => write_body(output, stored, header, partial),
        }
    }
    output.extend_from_slice(b")\r\n");
}

fn write_body(
    output: &mut Vec<u8>,
    stored: &Stored,
    header: bool,
    partial: Option<(usize, usize)>,
) {
    let section = if header { "HEADER" } else { "" };
    let whole = match header {
        true => &stored.raw[..stored.header],
        false => &stored.raw[..],
    };
    let (origin, text) = match partial {
        None => (String::new(), whole),
        Some((offset, length)) => {
            let from = whole.get(offset..).unwrap_or_default();
            (format!("<{offset}>"), &from[..length.min(from.len())])
        }
    };
    let literal = format!("BODY[{section}]{origin} {{{}}}\r\n", text.len());
    output.extend_from_slice(literal.as_bytes());
    output.extend_from_slice(text);
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

    fn chosen(set: &str, count: usize) -> Option<Vec<usize>> {
        indices(set, 101, count).map(|ranges| ranges.into_iter().flatten().collect())
    }

    #[test]
    fn a_set_up_to_the_star_always_holds_the_last_message() {
        assert_eq!(chosen("104:*", 2), Some(vec![1]));
        assert_eq!(chosen("102:*", 4), Some(vec![1, 2, 3]));
        assert_eq!(chosen("*", 4), Some(vec![3]));
        assert_eq!(chosen("1:*", 0), Some(vec![]));
        assert_eq!(chosen("101,103:110", 4), Some(vec![0, 2, 3]));
        assert_eq!(chosen("7", 4), Some(vec![]));
        assert_eq!(chosen("x", 4), None);
    }

    #[test]
    fn items_of_a_watcher_are_read() {
        let body = Item::Body {
            header: false,
            partial: Some((0, 16384)),
        };
        let items = parse_items("(Flags BODY.PEEK[]<0.16384>)", true);
        assert_eq!(items, Some(vec![Item::Uid, Item::Flags, body]));
        assert_eq!(parse_items("(BODY[TEXT])", true), None);
    }

    #[test]
    fn a_date_is_padded_as_the_standard_says() {
        let at = Timestamp::from_micros(1_772_409_845_000_000);
        assert_eq!(internal_date(at), " 2-Mar-2026 00:04:05 +0000");
    }
}
