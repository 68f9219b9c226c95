//! Response codes and the text after them (RFC 9051, section 7.1).

use super::capability::Capabilities;
use super::cursor::number;
use super::parse::{start, text};
use super::response::{Code, StatusText};

/// Reads what follows OK, NO and their like. Never fails: a code that is not closed is text.
pub(super) fn status_text(rest: &[u8]) -> StatusText {
    let rest = rest.trim_ascii();
    let Some((code, after)) = rest.strip_prefix(b"[").and_then(split_code) else {
        return StatusText {
            code: None,
            text: start(rest),
        };
    };
    StatusText {
        code: Some(read(code)),
        text: start(after.trim_ascii()),
    }
}

/// Splits at the bracket that closes the code; brackets within quotes do not count.
fn split_code(rest: &[u8]) -> Option<(&[u8], &[u8])> {
    let mut quoted = false;
    let close = rest.iter().position(|byte| {
        quoted ^= *byte == b'"';
        *byte == b']' && !quoted
    })?;
    Some((&rest[..close], &rest[close + 1..]))
}

/// Whether this can be a UIDNEXT: at least 1, and 2^32 when no UID is left.
pub(super) const fn is_uid_next(uid: u64) -> bool {
    uid >= 1 && uid <= 1 << 32
}

/// An object's identity in parentheses (RFC 8474, section 7): at most 255 characters.
pub(super) fn object_id(argument: &[u8]) -> Option<String> {
    let id = argument.strip_prefix(b"(")?.strip_suffix(b")")?;
    let fits = !id.is_empty() && id.len() <= 255 && id.iter().all(u8::is_ascii_graphic);
    fits.then(|| text(id))
}

fn read(code: &[u8]) -> Code {
    let code = code.trim_ascii();
    let end = code
        .iter()
        .position(|byte| *byte == b' ')
        .unwrap_or(code.len());
    let (name, argument) = (&code[..end], code[end..].trim_ascii());
    let known = match name.to_ascii_uppercase().as_slice() {
        b"CAPABILITY" => Some(Code::Capability(Capabilities::of_names(argument))),
        b"UIDVALIDITY" => number(argument)
            .and_then(|value| u32::try_from(value).ok())
            .filter(|value| *value > 0)
            .map(Code::UidValidity),
        b"UIDNEXT" => number(argument)
            .filter(|uid| is_uid_next(*uid))
            .map(Code::UidNext),
        b"HIGHESTMODSEQ" => number(argument).map(Code::HighestModSeq),
        b"READ-ONLY" => Some(Code::ReadOnly),
        b"CLOSED" => Some(Code::Closed),
        b"ALERT" => Some(Code::Alert),
        b"UNAVAILABLE" => Some(Code::Unavailable),
        b"AUTHENTICATIONFAILED" => Some(Code::AuthenticationFailed),
        b"AUTHORIZATIONFAILED" => Some(Code::AuthorizationFailed),
        b"EXPIRED" => Some(Code::Expired),
        b"LIMIT" => Some(Code::Limit),
        b"INUSE" => Some(Code::InUse),
        b"CONTACTADMIN" => Some(Code::ContactAdmin),
        b"PRIVACYREQUIRED" => Some(Code::PrivacyRequired),
        b"OVERQUOTA" => Some(Code::OverQuota),
        b"NONEXISTENT" => Some(Code::NonExistent),
        b"NOMODSEQ" => Some(Code::NoModSeq),
        b"NOTIFICATIONOVERFLOW" => Some(Code::NotificationOverflow),
        b"MAILBOXID" => object_id(argument).map(Code::MailboxId),
        _ => None,
    };
    known.unwrap_or_else(|| Code::Other(start(code)))
}
