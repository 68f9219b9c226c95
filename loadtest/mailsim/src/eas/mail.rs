//! Mail as an item (MS-ASEMAIL, section 2.2.2).

use super::body::{self, Source};
use super::choice::Choice;
use super::dates::dashed;
use super::present::{FLAGGED, READ, version as state};
use crate::mailbox::Message;
use mail_parser::{Address, MessageParser};
use pushmail_wbxml::pages::{air_sync_base as base, email, email2};
use pushmail_wbxml::{Element, Node, ProtocolVersion, Tag};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::LazyLock;

static PARSER: LazyLock<MessageParser> = LazyLock::new(MessageParser::default);

/// All that is told of a mail: what is in ApplicationData, or in Properties.
pub(super) fn whole(
    data: Tag,
    message: &Message,
    choice: &Choice,
    version: ProtocolVersion,
) -> Element {
    let raw = &message.mail.raw;
    let parsed = PARSER.parse(raw).unwrap_or_default();
    let subject = parsed.subject().unwrap_or_default();
    let source = Source {
        plain: parsed.body_text(0).unwrap_or_default(),
        html: parsed.body_html(0).filter(|_| is_html(&parsed)),
        mime: Some(raw),
    };
    let to = addresses(parsed.to());
    let said = [
        (email::TO, to.clone()),
        (email::CC, addresses(parsed.cc())),
        (email::FROM, addresses(parsed.from())),
        (email::SUBJECT, subject.to_owned()),
        (email::REPLY_TO, addresses(parsed.reply_to())),
        (email::DATE_RECEIVED, dashed(message.mail.internal_date)),
        (email::DISPLAY_TO, to),
        (email::THREAD_TOPIC, subject.to_owned()),
        (email::IMPORTANCE, "1".to_owned()),
        (email::READ, u8::from(state(message) & READ > 0).to_string()),
    ];
    let said = said.into_iter().filter(|(_, text)| !text.is_empty());
    let root = said.fold(Element::new(data), |root, (tag, text)| {
        root.with(Element::of_text(tag, text))
    });
    let root = with_body(root, &source, choice, version)
        .with(Element::of_text(email::MESSAGE_CLASS, "IPM.Note"))
        .with(Element::of_text(email::INTERNET_CPID, "65001"));
    let root = with_later(root, message, &source, version);
    with_conversation(root, subject, version)
}

/// What has changed since this version of it.
pub(super) fn change(
    data: Tag,
    message: &Message,
    known: u32,
    version: ProtocolVersion,
) -> Element {
    let state = state(message);
    let (changed, has_flags) = (state ^ known, version >= ProtocolVersion::V12_0);
    let mut root = Element::new(data);
    // A change has to have something in it.
    if changed & READ > 0 || !has_flags {
        let read = u8::from(state & READ > 0).to_string();
        root = root.with(Element::of_text(email::READ, read));
    }
    if changed & FLAGGED > 0 && has_flags {
        root = root.with(flag(message));
    }
    root
}

fn with_body(
    root: Element,
    source: &Source<'_>,
    choice: &Choice,
    version: ProtocolVersion,
) -> Element {
    if version >= ProtocolVersion::V12_0 {
        return root.with(source.element(choice, version));
    }
    let cut = source.cut(choice);
    let [truncated, size, data] = match cut.kind {
        body::MIME => [email::MIME_TRUNCATED, email::MIME_SIZE, email::MIME_DATA],
        _ => [email::BODY_TRUNCATED, email::BODY_SIZE, email::BODY],
    };
    let part = u8::from(cut.is_part()).to_string();
    root.with(Element::of_text(truncated, part))
        .with(Element::of_text(size, cut.size.to_string()))
        .with(cut.element(data))
}

/// What came with 12.0.
fn with_later(
    root: Element,
    message: &Message,
    source: &Source<'_>,
    version: ProtocolVersion,
) -> Element {
    if version < ProtocolVersion::V12_0 {
        return root;
    }
    let native = if source.html.is_some() { "2" } else { "1" };
    root.with(flag(message))
        .with(Element::of_text(
            email::CONTENT_CLASS,
            "urn:content-classes:message",
        ))
        .with(Element::of_text(base::NATIVE_BODY_TYPE, native))
}

/// What came with 14.0.
fn with_conversation(root: Element, subject: &str, version: ProtocolVersion) -> Element {
    if version < ProtocolVersion::V14_0 {
        return root;
    }
    let mut hasher = DefaultHasher::new();
    subject.hash(&mut hasher);
    let topic = hasher.finish().to_be_bytes();
    let opaque = |tag, bytes: &[u8]| Element::new(tag).with(Node::Opaque(bytes.to_vec()));
    root.with(opaque(email2::CONVERSATION_ID, &[topic, topic].concat()))
        .with(opaque(email2::CONVERSATION_INDEX, &topic[..5]))
}

/// An empty one where there is no flag (MS-ASEMAIL, section 2.2.2.34).
fn flag(message: &Message) -> Element {
    let flag = Element::new(email::FLAG);
    match state(message) & FLAGGED > 0 {
        true => flag
            .with(Element::of_text(email::STATUS, "2"))
            .with(Element::of_text(email::FLAG_TYPE, "for Follow Up")),
        false => flag,
    }
}

fn is_html(parsed: &mail_parser::Message<'_>) -> bool {
    parsed
        .html_part(0)
        .is_some_and(mail_parser::MessagePart::is_text_html)
}

/// As a header has them: `"Ann" <ann@x.test>, bob@x.test`.
fn addresses(addresses: Option<&Address<'_>>) -> String {
    let all = addresses.into_iter().flat_map(Address::iter);
    let all = all.filter_map(|one| {
        let address = one.address()?;
        Some(match one.name() {
            Some(name) => format!("\"{name}\" <{address}>"),
            None => address.to_owned(),
        })
    });
    all.collect::<Vec<_>>().join(", ")
}
