//! The first bytes of a mail (RFC 5322, MIME) as the envelope and preview that people see.
//!
//! The head may end anywhere: within a header, an encoded word, a MIME part or a character. What can
//! be read is given; the rest is empty. Nothing a mail holds makes this fail.

mod repair;
mod text;

use crate::html;
use mail_parser::{Addr, DateTime, HeaderName, Message, MessageParser, PartType};
use pushmail_domain::{ContentLevel, MessageContent, Timestamp};
use pushmail_upstream::NewMessage;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// How much of a mail goes into its event.
pub mod limits {
    /// Longest text of a header, in characters (RFC 5322, section 2.1.1).
    pub const TEXT: usize = 998;
    /// Most recipients.
    pub const RECIPIENTS: usize = 64;
    /// Longest preview, in characters.
    pub const PREVIEW: usize = 256;
    /// Longest flag, in characters.
    pub const FLAG: usize = 128;
}

/// What is known of a mail.
#[derive(Debug, Clone, Copy)]
pub struct Source<'a> {
    /// Its first bytes.
    pub head: &'a [u8],
    /// How many it has in all.
    pub size: u64,
    /// When it came.
    pub internal_date: Option<Timestamp>,
    /// Its flags.
    pub flags: &'a [String],
    /// The provider's own identity of it; empty where there is none.
    pub provider_message_id: &'a str,
}

/// What the account's content level allows to say of a message.
pub fn content(message: &NewMessage, folder_name: &str, level: ContentLevel) -> MessageContent {
    let source = Source {
        head: &message.head,
        size: message.size,
        internal_date: message.internal_date,
        flags: &message.flags,
        provider_message_id: &message.provider_message_id,
    };
    content_of(source, folder_name, level)
}

/// The same of what is known of a mail otherwise.
pub fn content_of(message: Source<'_>, folder_name: &str, level: ContentLevel) -> MessageContent {
    let mut content = MessageContent {
        folder: folder_name.to_owned(),
        ..MessageContent::default()
    };
    if level == ContentLevel::Signal {
        return content;
    }
    message
        .provider_message_id
        .clone_into(&mut content.provider_message_id);
    content.internal_date = message.internal_date;
    content.size = message.size;
    content.flags = message
        .flags
        .iter()
        .map(|flag| text::fold(flag, limits::FLAG))
        .collect();
    let truncated = message.size > message.head.len() as u64;
    if level == ContentLevel::Preview {
        content.preview = preview(message.head, truncated);
    }
    fill_envelope(message.head, &mut content);
    content
}

/// Runs the MIME library. It is written not to panic, but has arithmetic that overflow checks catch on
/// crafted mail; such a mail is worth its empty preview, not a crash.
fn guarded<T: Default>(read: impl FnOnce() -> T) -> T {
    catch_unwind(AssertUnwindSafe(read)).unwrap_or_default()
}

fn fill_envelope(head: &[u8], content: &mut MessageContent) {
    let envelope = guarded(|| {
        let parsed = MessageParser::default().parse_headers(head)?;
        Some(MessageContent {
            message_id: header_text(parsed.message_id()),
            from: parsed
                .from()
                .and_then(|from| from.first())
                .map(address)
                .unwrap_or_default(),
            to: recipients(&parsed),
            subject: header_text(parsed.subject()),
            date: parsed.date().and_then(timestamp),
            ..MessageContent::default()
        })
    });
    if let Some(envelope) = envelope {
        content.message_id = envelope.message_id;
        content.from = envelope.from;
        content.to = envelope.to;
        content.subject = envelope.subject;
        content.date = envelope.date;
    }
}

fn header_text(value: Option<&str>) -> String {
    value
        .map(|value| text::fold(value, limits::TEXT))
        .unwrap_or_default()
}

fn recipients(message: &Message<'_>) -> Vec<String> {
    message
        .header_values(HeaderName::To)
        .filter_map(|value| value.as_address())
        .flat_map(|list| list.iter())
        .map(address)
        .filter(|address| !address.is_empty())
        .take(limits::RECIPIENTS)
        .collect()
}

/// `Name <address>`, or the one of them that there is.
fn address(address: &Addr<'_>) -> String {
    let name = header_text(address.name());
    let at = header_text(address.address());
    match (name.is_empty(), at.is_empty()) {
        (true, _) => at,
        (false, true) => name,
        (false, false) => text::cut(&format!("{name} <{at}>"), limits::TEXT),
    }
}

fn timestamp(date: &DateTime) -> Option<Timestamp> {
    let seconds = date.is_valid().then(|| date.to_timestamp())?;
    seconds.checked_mul(1_000_000).map(Timestamp::from_micros)
}

/// The first words of the first part that has any.
fn preview(head: &[u8], truncated: bool) -> String {
    guarded(|| {
        if !truncated {
            return first_words(head);
        }
        first_words(&repair::close(head))
    })
}

fn first_words(mail: &[u8]) -> String {
    let Some(parsed) = MessageParser::default().parse(mail) else {
        return String::new();
    };
    parsed
        .text_body
        .iter()
        .chain(&parsed.html_body)
        .filter_map(|part| parsed.part(*part))
        .map(|part| match &part.body {
            PartType::Text(text) => text::fold(text, limits::PREVIEW),
            PartType::Html(html) => text::fold(&html::to_text(html), limits::PREVIEW),
            _ => String::new(),
        })
        .find(|words| !words.is_empty())
        .unwrap_or_default()
}
