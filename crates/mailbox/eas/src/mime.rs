//! The parts of a message (RFC 2045 to 2047, RFC 9051, section 6.4.5.1).

use mail_parser::{Message, MessageParser, MessagePart, MimeHeaders as _, PartType};
use pushmail_mail::html;
use pushmail_mailbox::{About, Part, ReadError, ReadErrorKind, Section};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// The part, and what is known of it.
pub(crate) fn part(raw: Vec<u8>, part: &Part) -> Result<(About, Vec<u8>), ReadError> {
    match part {
        Part::Raw => Ok((of_type("message/rfc822"), raw)),
        Part::Headers => {
            let end = header_end(&raw);
            Ok((of_type("message/rfc822-headers"), raw[..end].to_vec()))
        }
        Part::Text => parsed(&raw, text),
        Part::Section(wanted) => parsed(&raw, |message| section(message, wanted)),
    }
}

fn of_type(content_type: &str) -> About {
    About {
        content_type: content_type.to_owned(),
        ..About::default()
    }
}

/// Behind the empty line that ends the header.
fn header_end(raw: &[u8]) -> usize {
    let find = |ending: &[u8]| {
        let place = raw.windows(ending.len()).position(|some| some == ending);
        place.map(|place| place + ending.len())
    };
    let ends = [find(b"\r\n\r\n"), find(b"\n\n")];
    ends.into_iter().flatten().min().unwrap_or(raw.len())
}

/// Runs the MIME library. It is written not to panic, but has arithmetic that overflow checks catch on crafted mail; such
/// a mail is worth an error, not the process.
fn parsed<T>(raw: &[u8], read: impl FnOnce(&Message<'_>) -> Option<T>) -> Result<T, ReadError> {
    let read = || read(&MessageParser::default().parse(raw)?);
    let found = catch_unwind(AssertUnwindSafe(read)).unwrap_or_default();
    found.ok_or_else(|| ReadError::new(ReadErrorKind::NoPart, "the message has no such part"))
}

/// The first part that is plain text and no attachment, else the first one in HTML.
fn text(message: &Message<'_>) -> Option<(About, Vec<u8>)> {
    let bodies = message.text_body.iter().chain(&message.html_body);
    let bodies = bodies.filter_map(|id| message.part(*id));
    let plain = |part: &&MessagePart<'_>| matches!(part.body, PartType::Text(_));
    let part = bodies
        .clone()
        .find(plain)
        .or_else(|| bodies.clone().next())?;
    let text = match &part.body {
        PartType::Text(text) => text.to_string(),
        PartType::Html(page) => html::to_text(page),
        _ => return None,
    };
    let about = About {
        charset: "utf-8".to_owned(),
        ..about(part)
    };
    Some((about, text.into_bytes()))
}

fn section(message: &Message<'_>, wanted: &Section) -> Option<(About, Vec<u8>)> {
    let part = part_at(message, message.root_part(), wanted.path())?;
    Some((about(part), part.contents().to_vec()))
}

/// The part at this path below another one. The parts of a message within are counted as that part's own.
fn part_at<'m>(
    message: &'m Message<'m>,
    part: &'m MessagePart<'m>,
    path: &[u32],
) -> Option<&'m MessagePart<'m>> {
    let Some((first, rest)) = path.split_first() else {
        return Some(part);
    };
    match &part.body {
        PartType::Message(inner) => part_at(inner, inner.root_part(), path),
        _ => part_at(message, child(message, part, *first)?, rest),
    }
}

/// The part's part of this number. One without parts is its own part 1.
fn child<'m>(
    message: &'m Message<'m>,
    part: &'m MessagePart<'m>,
    number: u32,
) -> Option<&'m MessagePart<'m>> {
    let place = usize::try_from(number).ok()?.checked_sub(1)?;
    match &part.body {
        PartType::Multipart(parts) => message.part(*parts.get(place)?),
        _ => (place == 0).then_some(part),
    }
}

fn about(part: &MessagePart<'_>) -> About {
    let kind = part.content_type();
    let content_type = kind.map(|kind| match kind.subtype() {
        Some(subtype) => format!("{}/{subtype}", kind.ctype()),
        None => kind.ctype().to_owned(),
    });
    let charset = kind.and_then(|kind| kind.attribute("charset"));
    About {
        content_type: content_type
            .unwrap_or_else(|| "text/plain".to_owned())
            .to_ascii_lowercase(),
        charset: charset.unwrap_or_default().to_ascii_lowercase(),
        filename: part.attachment_name().unwrap_or_default().to_owned(),
        ..About::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MAIL: &str = "From: Ann <ann@example.org>\r\nSubject: parts\r\nMIME-Version: 1.0\r\n\
        Content-Type: multipart/mixed; boundary=m\r\n\r\n\
        --m\r\nContent-Type: multipart/alternative; boundary=a\r\n\r\n\
        --a\r\nContent-Type: text/plain; charset=iso-8859-1\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\nGr=FC=DFe\r\n\
        --a\r\nContent-Type: text/html\r\n\r\n<p>Greetings</p>\r\n--a--\r\n\
        --m\r\nContent-Type: application/octet-stream; name=\"a.bin\"\r\nContent-Transfer-Encoding: base64\r\n\r\nAAEC\r\n\
        --m\r\nContent-Type: message/rfc822\r\n\r\nSubject: within\r\n\r\nInner\r\n--m--\r\n";

    fn read(part: &Part) -> Option<(About, Vec<u8>)> {
        super::part(MAIL.as_bytes().to_vec(), part).ok()
    }

    fn section(path: &str) -> Option<(About, Vec<u8>)> {
        read(&Part::Section(path.parse().ok()?))
    }

    #[test]
    fn parts_are_numbered_as_imap_does_and_decoded() {
        let text = section("1.1").map(|(about, bytes)| (about.content_type, bytes));
        let text =
            text.map(|(kind, bytes)| (kind, String::from_utf8_lossy(&bytes).trim().to_owned()));
        assert_eq!(text, Some(("text/plain".to_owned(), "Grüße".to_owned())));
        let (about, bytes) = section("2").unwrap_or_default();
        assert_eq!((about.filename.as_str(), bytes), ("a.bin", vec![0, 1, 2]));
        let (_, within) = section("3.1").unwrap_or_default();
        assert_eq!(String::from_utf8_lossy(&within).trim(), "Inner");
        assert_eq!(section("4"), None);
        assert_eq!(section("2.2"), None);
    }

    #[test]
    fn the_text_is_utf_8_and_the_header_ends_with_its_empty_line() {
        let (about, text) = read(&Part::Text).unwrap_or_default();
        assert_eq!(about.charset, "utf-8");
        assert_eq!(String::from_utf8_lossy(&text).trim(), "Grüße");
        let (_, header) = read(&Part::Headers).unwrap_or_default();
        assert!(header.ends_with(b"boundary=m\r\n\r\n"));
        let raw = read(&Part::Raw).map(|(_, raw)| raw);
        assert_eq!(raw.as_deref(), Some(MAIL.as_bytes()));
    }

    #[test]
    fn a_message_without_parts_is_its_own_part_1() {
        let raw = b"Subject: plain\r\n\r\nHello".to_vec();
        let path = Section::at(&[1]).map(Part::Section);
        let found = path.and_then(|path| super::part(raw, &path).ok());
        assert_eq!(found.map(|(_, bytes)| bytes), Some(b"Hello".to_vec()));
    }
}
