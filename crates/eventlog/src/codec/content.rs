//! What is sealed: the content of an event, before it is sealed and after it is opened.

use super::DecodeError;
use prost::Message as _;
use pushmail_domain::{Content, MessageContent, Timestamp};
use pushmail_proto::log::v1;

/// The content as a serialised `Content`.
pub fn encode_content(content: &Content) -> Vec<u8> {
    let kind = match content {
        Content::Message(message) => v1::content::Kind::Message(encode_message(message)),
        Content::State { detail } => v1::content::Kind::StateDetail(detail.clone()),
    };
    v1::Content { kind: Some(kind) }.encode_to_vec()
}

/// The content of a serialised `Content`.
///
/// # Errors
/// When the bytes are not one that [`encode_content`] wrote.
pub fn decode_content(bytes: &[u8]) -> Result<Content, DecodeError> {
    let content = v1::Content::decode(bytes)?;
    Ok(match content.kind.ok_or(DecodeError::Missing("kind"))? {
        v1::content::Kind::Message(message) => Content::Message(Box::new(decode_message(message))),
        v1::content::Kind::StateDetail(detail) => Content::State { detail },
    })
}

fn encode_message(message: &MessageContent) -> v1::Message {
    v1::Message {
        folder: message.folder.clone(),
        message_id: message.message_id.clone(),
        from: message.from.clone(),
        to: message.to.clone(),
        subject: message.subject.clone(),
        date: message.date.map(Timestamp::micros),
        internal_date: message.internal_date.map(Timestamp::micros),
        size: message.size,
        flags: message.flags.clone(),
        preview: message.preview.clone(),
    }
}

fn decode_message(message: v1::Message) -> MessageContent {
    MessageContent {
        folder: message.folder,
        message_id: message.message_id,
        from: message.from,
        to: message.to,
        subject: message.subject,
        date: message.date.map(Timestamp::from_micros),
        internal_date: message.internal_date.map(Timestamp::from_micros),
        size: message.size,
        flags: message.flags,
        preview: message.preview,
    }
}
