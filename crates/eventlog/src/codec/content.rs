//! What is sealed: the content of an event, before it is sealed and after it is opened.

mod item;

use super::DecodeError;
use prost::Message as _;
use pushmail_domain::{Content, FolderContent, MessageContent, Timestamp};
use pushmail_proto::log::v1;

/// The content as a serialised `Content`.
pub fn encode_content(content: &Content) -> Vec<u8> {
    let kind = match content {
        Content::Message(message) => v1::content::Kind::Message(encode_message(message)),
        Content::Flags(flags) => v1::content::Kind::Flags(v1::Flags {
            flags: flags.clone(),
        }),
        Content::Folder(folder) => v1::content::Kind::Folder(v1::FolderNames {
            name: folder.name.clone(),
            old_name: folder.old_name.clone(),
        }),
        Content::Item(item) => v1::content::Kind::Item(item::encode(item)),
        Content::Nothing => v1::content::Kind::Nothing(v1::Nothing {}),
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
        v1::content::Kind::Flags(flags) => Content::Flags(flags.flags),
        v1::content::Kind::Folder(folder) => Content::Folder(FolderContent {
            name: folder.name,
            old_name: folder.old_name,
        }),
        v1::content::Kind::Item(item) => Content::Item(Box::new(item::decode(item))),
        v1::content::Kind::Nothing(_) => Content::Nothing,
        v1::content::Kind::StateDetail(detail) => Content::State { detail },
    })
}

fn encode_message(message: &MessageContent) -> v1::Envelope {
    v1::Envelope {
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
        provider_message_id: message.provider_message_id.clone(),
    }
}

fn decode_message(message: v1::Envelope) -> MessageContent {
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
        provider_message_id: message.provider_message_id,
    }
}
