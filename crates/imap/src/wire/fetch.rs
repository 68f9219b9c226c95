//! FETCH responses (RFC 9051, section 7.5.2).

use super::cursor::{self, Cursor};
use super::error::WireError;
use super::response::Fetch;
use super::{code, date, limits, parse};

type Result<T> = std::result::Result<T, WireError>;

/// Reads `(item value item value …)`; items that nobody asked for are skipped.
pub(super) fn fetch(sequence: u32, mut at: Cursor<'_>) -> Result<Fetch> {
    let mut fetch = Fetch {
        sequence,
        ..Fetch::default()
    };
    at.spaces();
    at.expect(b'(', "FETCH")?;
    loop {
        at.spaces();
        if at.eat(b')') {
            return Ok(fetch);
        }
        let name = item_name(&mut at)?.to_ascii_uppercase();
        at.spaces();
        item(&name, &mut at, &mut fetch)?;
    }
}

/// An item's name. Between brackets it may hold spaces and parentheses: `BODY[HEADER.FIELDS (FROM)]<0>`.
fn item_name<'a>(at: &mut Cursor<'a>) -> Result<&'a [u8]> {
    let before = at.rest();
    loop {
        at.take_while(|byte| !matches!(byte, b' ' | b'(' | b')' | b'"' | b'['));
        if !at.eat(b'[') {
            break;
        }
        at.take_while(|byte| byte != b']');
        at.expect(b']', "FETCH item")?;
    }
    let name = &before[..before.len() - at.rest().len()];
    if name.is_empty() {
        return Err(WireError::Syntax("FETCH item"));
    }
    Ok(name)
}

fn item(name: &[u8], at: &mut Cursor<'_>, fetch: &mut Fetch) -> Result<()> {
    match name {
        b"UID" => fetch.uid = Some(at.number32(1, "UID")?),
        b"FLAGS" => fetch.flags = Some(flags(at)?),
        b"INTERNALDATE" => {
            fetch.internal_date = at.string(64)?.and_then(|text| date::internal_date(&text));
        }
        b"RFC822.SIZE" => fetch.size = cursor::number(at.word()),
        b"MODSEQ" => fetch.mod_seq = number_in_list(at)?,
        b"EMAILID" => fetch.provider_id = object_id(at)?,
        b"X-GM-MSGID" => {
            let id = cursor::number(at.word());
            fetch.provider_id = id.map(|id| id.to_string());
        }
        _ if name.starts_with(b"BODY[") && fetch.body.is_none() => {
            fetch.body = Some(at.body()?);
        }
        _ => at.skip_value()?,
    }
    Ok(())
}

/// `(624140003)`.
fn number_in_list(at: &mut Cursor<'_>) -> Result<Option<u64>> {
    at.expect(b'(', "MODSEQ")?;
    at.spaces();
    let number = cursor::number(at.word());
    at.spaces();
    at.expect(b')', "MODSEQ")?;
    Ok(number)
}

/// `(M6d99ac3275bb4e)`, or NIL.
fn object_id(at: &mut Cursor<'_>) -> Result<Option<String>> {
    let before = at.rest();
    at.skip_value()?;
    Ok(code::object_id(&before[..before.len() - at.rest().len()]))
}

/// A list of flags. Everything but spaces and parentheses may be part of one, for servers that are careless with keywords.
fn flags(at: &mut Cursor<'_>) -> Result<Vec<String>> {
    at.expect(b'(', "FLAGS")?;
    let mut flags = Vec::new();
    let mut room = limits::FLAG_BYTES;
    loop {
        at.spaces();
        if at.eat(b')') {
            flags.shrink_to_fit();
            return Ok(flags);
        }
        let flag = at.word();
        if flag.is_empty() {
            return Err(WireError::Syntax("FLAGS"));
        }
        if flags.len() < limits::FLAGS && flag.len() <= room {
            room -= flag.len();
            flags.push(parse::text(flag));
        }
    }
}
