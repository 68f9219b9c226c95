//! One whole response.

use super::capability::Capabilities;
use super::code;
use super::cursor::{self, Cursor};
use super::error::WireError;
use super::fetch;
use super::limits;
use super::listing;
use super::response::{Condition, MailboxStatus, Response};
use super::search;
use super::uid_set::UidSet;

type Result<T> = std::result::Result<T, WireError>;

/// Reads a complete response; with `cut`, one whose end is missing.
pub(super) fn response(mut at: Cursor<'_>, cut: bool) -> Result<Response> {
    if at.rest().trim_ascii().is_empty() {
        return Ok(Response::Other);
    }
    if at.eat(b'+') {
        return Ok(Response::Continue(start(at.rest().trim_ascii())));
    }
    if at.eat(b'*') {
        at.expect(b' ', "untagged response")?;
        at.spaces();
        return untagged(at, cut);
    }
    let tag = tag(&mut at)?;
    at.spaces();
    let condition = match condition(at.word()) {
        Some(condition @ (Condition::Ok | Condition::No | Condition::Bad)) => condition,
        _ => return Err(WireError::Syntax("tagged response")),
    };
    let text = code::status_text(at.rest());
    Ok(Response::Tagged {
        tag,
        condition,
        text,
    })
}

/// A tag: printable, no longer than anything that was sent.
fn tag(at: &mut Cursor<'_>) -> Result<String> {
    let tag = at.word();
    if tag.is_empty() || tag.len() > 32 || !tag.iter().all(u8::is_ascii_graphic) {
        return Err(WireError::Syntax("tag"));
    }
    Ok(text(tag))
}

fn condition(word: &[u8]) -> Option<Condition> {
    [
        (&b"OK"[..], Condition::Ok),
        (b"NO", Condition::No),
        (b"BAD", Condition::Bad),
        (b"PREAUTH", Condition::PreAuth),
        (b"BYE", Condition::Bye),
    ]
    .into_iter()
    .find_map(|(name, condition)| word.eq_ignore_ascii_case(name).then_some(condition))
}

fn untagged(mut at: Cursor<'_>, cut: bool) -> Result<Response> {
    let word = at.word();
    if let Some(condition) = condition(word) {
        return Ok(Response::Status(condition, code::status_text(at.rest())));
    }
    if word
        .first()
        .is_some_and(|byte| byte.is_ascii_digit() || *byte == b'-')
    {
        return numbered(word, at);
    }
    at.spaces();
    match word.to_ascii_uppercase().as_slice() {
        b"CAPABILITY" => Ok(Response::Capability(Capabilities::of_names(at.rest()))),
        b"ID" => Ok(Response::Id(id(at)?)),
        b"STATUS" => Ok(Response::MailboxStatus(Box::new(mailbox_status(at)?))),
        b"VANISHED" => Ok(vanished(at, cut)),
        b"LIST" => Ok(Response::List(Box::new(listing::listing(at)?))),
        b"SEARCH" => Ok(Response::Search(search::search(at))),
        b"ESEARCH" => Ok(Response::Search(search::extended(at)?)),
        b"ENABLED" => Ok(Response::Enabled(Capabilities::of_names(at.rest()))),
        _ => Ok(Response::Other),
    }
}

/// `* 23 EXISTS` and its like: a number first. What the number counts is checked only for known words.
fn numbered(word: &[u8], mut at: Cursor<'_>) -> Result<Response> {
    let number = |least: u32| {
        cursor::number(word)
            .and_then(|number| u32::try_from(number).ok())
            .filter(|number| *number >= least)
            .ok_or(WireError::Syntax("number of a response"))
    };
    at.spaces();
    match at.word().to_ascii_uppercase().as_slice() {
        b"EXISTS" => Ok(Response::Exists(number(0)?)),
        b"RECENT" => Ok(Response::Recent(number(0)?)),
        b"EXPUNGE" => Ok(Response::Expunge(number(1)?)),
        b"FETCH" => Ok(Response::Fetch(Box::new(fetch::fetch(number(1)?, at)?))),
        _ => Ok(Response::Other),
    }
}

/// `* VANISHED (EARLIER) 41,43:116`.
fn vanished(mut at: Cursor<'_>, cut: bool) -> Response {
    let rest = at.rest();
    let earlier = rest.len() >= 9 && rest[..9].eq_ignore_ascii_case(b"(EARLIER)");
    if earlier {
        at.take_while(|byte| byte != b' ');
        at.spaces();
    }
    let uids = UidSet::parse(at.rest(), cut);
    Response::Vanished { earlier, uids }
}

/// `* ID ("name" "Dovecot")` or `* ID NIL`; other forms give what could be read.
fn id(mut at: Cursor<'_>) -> Result<String> {
    let mut line = String::new();
    if at.eat(b'(') {
        at.spaces();
        while at.peek().is_some_and(|byte| byte != b')') {
            let part = at.string(limits::NAME)?.unwrap_or_default();
            if line.len() + part.len() < limits::TEXT {
                if !line.is_empty() {
                    line.push(' ');
                }
                line.push_str(&text(&part));
            }
            at.spaces();
        }
    }
    Ok(line)
}

/// `* STATUS INBOX (MESSAGES 231 UIDNEXT 44292)`; items that are not numbers are skipped, as is a missing list, and what
/// follows an item that cannot be read: Cyrus 3.6 writes random bytes as the MAILBOXID within LIST-STATUS.
fn mailbox_status(mut at: Cursor<'_>) -> Result<MailboxStatus> {
    let mailbox = at.string(limits::NAME + 1)?.unwrap_or_default();
    let mut status = MailboxStatus {
        mailbox,
        ..MailboxStatus::default()
    };
    at.spaces();
    if !at.eat(b'(') {
        return Ok(status);
    }
    loop {
        at.spaces();
        let name = at.word().to_ascii_uppercase();
        if name.is_empty() {
            return Ok(status);
        }
        at.spaces();
        if at.peek() == Some(b'(') {
            if at.skip_value().is_err() {
                return Ok(status);
            }
            continue;
        }
        let value = cursor::number(at.word());
        let value32 = value.and_then(|value| u32::try_from(value).ok());
        match name.as_slice() {
            b"MESSAGES" => status.messages = value32,
            b"UIDNEXT" => status.uid_next = value.filter(|uid| code::is_uid_next(*uid)),
            b"UIDVALIDITY" => status.uid_validity = value32.filter(|value| *value > 0),
            b"HIGHESTMODSEQ" => status.highest_mod_seq = value,
            _ => {}
        }
    }
}

/// The start of a text for people.
pub(super) fn start(bytes: &[u8]) -> String {
    text(&bytes[..bytes.len().min(limits::TEXT)])
}

/// Bytes as text; what is not UTF-8 is replaced.
pub(super) fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
