//! A message's MIME structure (RFC 9051, section 7.5.2, BODYSTRUCTURE): which part is where, and what.

use crate::decode::Encoding;
use async_imap::imap_proto::{BodyParams, BodyStructure, ContentDisposition, ContentEncoding};
use mail_parser::{MessageParser, MimeHeaders as _};
use pushmail_mailbox::{Part, Section};
use std::panic::catch_unwind;

/// No longer file name is told, in characters.
const FILENAME: usize = 255;
/// No longer media type or charset is told, in characters.
const WORD: usize = 127;

/// What a part is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Shape {
    /// Where it is.
    pub(crate) section: String,
    pub(crate) content_type: String,
    pub(crate) charset: String,
    pub(crate) filename: String,
    pub(crate) encoding: Encoding,
    /// How many bytes it has, still encoded; `None` for what consists of parts itself.
    pub(crate) octets: Option<u64>,
}

/// The part that is meant, if the message has it.
pub(crate) fn find(body: &BodyStructure<'_>, part: &Part) -> Option<Shape> {
    match part {
        Part::Text => readable(body, "plain").or_else(|| readable(body, "html")),
        Part::Section(section) => {
            let found = descend(body, section.path())?;
            Some(shape(found, section.to_string()))
        }
        Part::Headers | Part::Raw => None,
    }
}

/// The node at a path. A body that is no multipart is its own part 1 (RFC 9051, section 6.4.5.1).
fn descend<'a, 'b>(body: &'a BodyStructure<'b>, path: &[u32]) -> Option<&'a BodyStructure<'b>> {
    let (first, rest) = path.split_first()?;
    let child = match body {
        BodyStructure::Multipart { bodies, .. } => {
            bodies.get(usize::try_from(*first).ok()?.checked_sub(1)?)?
        }
        single if *first == 1 => single,
        _ => return None,
    };
    match (child, rest) {
        (child, []) => Some(child),
        (BodyStructure::Multipart { .. }, _) => descend(child, rest),
        (BodyStructure::Message { body, .. }, _) => descend(body, rest),
        _ => None,
    }
}

/// The first text of this subtype that is no attachment, in the message itself, not in messages within.
fn readable(body: &BodyStructure<'_>, subtype: &str) -> Option<Shape> {
    let path = match body {
        BodyStructure::Multipart { .. } => text_path(body, subtype)?,
        single => is_readable(single, subtype).then(|| vec![1])?,
    };
    let section = Section::at(&path)?;
    Some(shape(descend(body, section.path())?, section.to_string()))
}

fn text_path(body: &BodyStructure<'_>, subtype: &str) -> Option<Vec<u32>> {
    let BodyStructure::Multipart { bodies, .. } = body else {
        return None;
    };
    bodies.iter().zip(1..).find_map(|(child, number)| {
        if is_readable(child, subtype) {
            return Some(vec![number]);
        }
        let mut path = vec![number];
        path.extend(text_path(child, subtype)?);
        Some(path)
    })
}

fn is_readable(body: &BodyStructure<'_>, subtype: &str) -> bool {
    let BodyStructure::Text { common, .. } = body else {
        return false;
    };
    let attached =
        |disposition: &ContentDisposition<'_>| disposition.ty.eq_ignore_ascii_case("attachment");
    common.ty.subtype.eq_ignore_ascii_case(subtype)
        && !common.disposition.as_ref().is_some_and(attached)
}

fn shape(body: &BodyStructure<'_>, section: String) -> Shape {
    let (common, single) = match body {
        BodyStructure::Basic { common, other, .. }
        | BodyStructure::Text { common, other, .. }
        | BodyStructure::Message { common, other, .. } => (common, Some(other)),
        BodyStructure::Multipart { common, .. } => (common, None),
    };
    let kind = format!("{}/{}", common.ty.ty, common.ty.subtype);
    Shape {
        section,
        content_type: word(&kind),
        charset: word(parameter(&common.ty.params, "charset").unwrap_or_default()),
        filename: filename(common.disposition.as_ref(), &common.ty.params),
        encoding: match single.map(|single| &single.transfer_encoding) {
            Some(ContentEncoding::Base64) => Encoding::Base64,
            Some(ContentEncoding::QuotedPrintable) => Encoding::QuotedPrintable,
            _ => Encoding::Identity,
        },
        octets: single.map(|single| single.octets.into()),
    }
}

/// Visible ASCII in lower case, cut to what is reasonable.
fn word(text: &str) -> String {
    let visible = text.chars().filter(char::is_ascii_graphic).take(WORD);
    visible.map(|c| c.to_ascii_lowercase()).collect()
}

fn parameter<'a>(params: &'a BodyParams<'_>, name: &str) -> Option<&'a str> {
    let mut params = params.iter().flatten();
    let found = params.find(|(key, _)| key.eq_ignore_ascii_case(name));
    found.map(|(_, value)| value.as_ref())
}

/// The name of the disposition (RFC 2183), else that of the type. Servers give parameters as the mail
/// writes them: continued, in percent or in encoded words (RFC 2231, RFC 2047), which the MIME library
/// reads.
fn filename(disposition: Option<&ContentDisposition<'_>>, of_type: &BodyParams<'_>) -> String {
    let mut header = String::new();
    if let Some(disposition) = disposition {
        header.push_str("Content-Disposition: attachment");
        write_params(&disposition.params, &mut header);
    }
    header.push_str("Content-Type: application/octet-stream");
    write_params(of_type, &mut header);
    header.push_str("\r\n");
    let read = || {
        let parsed = MessageParser::default().parse_headers(header.as_bytes())?;
        let part = parsed.parts.first()?;
        part.attachment_name().map(str::to_owned)
    };
    // The library has arithmetic that overflow checks catch on crafted mail.
    let name = catch_unwind(read).ok().flatten().unwrap_or_default();
    let shown = name.chars().filter(|c| !c.is_control());
    shown.take(FILENAME).collect()
}

fn write_params(params: &BodyParams<'_>, header: &mut String) {
    for (key, value) in params.iter().flatten() {
        let clean = |text: &str| -> String { text.chars().filter(|c| !c.is_control()).collect() };
        let (key, value) = (clean(key), clean(value));
        let value = unescaped(&value).replace('\\', "\\\\").replace('"', "\\\"");
        let parameter = if key.ends_with('*') {
            format!(";\r\n {key}={value}")
        } else {
            format!(";\r\n {key}=\"{value}\"")
        };
        header.push_str(&parameter);
    }
    header.push_str("\r\n");
}

/// The parser leaves the backslashes of a quoted string in it (RFC 9051, section 4.3).
fn unescaped(text: &str) -> String {
    let mut characters = text.chars().peekable();
    let mut plain = String::with_capacity(text.len());
    while let Some(character) = characters.next() {
        let escaped = character == '\\' && matches!(characters.peek(), Some('"' | '\\'));
        plain.extend(if escaped {
            characters.next()
        } else {
            Some(character)
        });
    }
    plain
}

#[cfg(test)]
mod tests;
