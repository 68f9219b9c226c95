//! Events as the bytes that every adapter stores: `pushmail.log.v1` of the `.proto` files.
//!
//! Decoding trusts nothing: whatever a disk gives back is either a whole event or a [`DecodeError`].

mod content;
mod step;
#[cfg(test)]
mod tests;

pub use content::{decode_content, encode_content};

use prost::Message as _;
use pushmail_domain::{
    AccountId, AccountPhase, Arrival, Event, EventId, EventKind, FolderId, ItemClass, MessageKey,
    TenantId, Timestamp, TraceContext,
};
use pushmail_proto::log::v1;

/// Why stored bytes are not an event or a content.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum DecodeError {
    /// The bytes are not a protobuf message of this kind.
    #[error("the stored record is not readable protobuf: it is damaged")]
    Malformed(#[source] prost::DecodeError),
    /// A field that is always written is not there.
    #[error("the stored record has no field \"{0}\": it is damaged, or of a newer version")]
    Missing(&'static str),
    /// A field holds what this version does not know.
    #[error(
        "the stored record's field \"{0}\" is not understood: it is damaged, or of a newer version"
    )]
    Invalid(&'static str),
}

impl From<prost::DecodeError> for DecodeError {
    fn from(source: prost::DecodeError) -> Self {
        Self::Malformed(source)
    }
}

/// The event as a serialised `Record`.
pub fn encode_event(event: &Event) -> Vec<u8> {
    v1::Record {
        id: event.id.as_bytes().to_vec(),
        tenant: event.tenant.as_bytes().to_vec(),
        account: event.account.as_bytes().to_vec(),
        cursor: Some(step::encode(&event.cursor)),
        detected_at: event.detected_at.micros(),
        fetched_at: event.fetched_at.micros(),
        content: event.content.clone(),
        traceparent: event.trace.map(|t| t.to_string()).unwrap_or_default(),
        kind: Some(encode_kind(event.kind)),
    }
    .encode_to_vec()
}

/// The event of a serialised `Record`.
///
/// # Errors
/// When the bytes are not one that [`encode_event`] wrote.
pub fn decode_event(bytes: &[u8]) -> Result<Event, DecodeError> {
    let record = v1::Record::decode(bytes)?;
    let cursor = record.cursor.ok_or(DecodeError::Missing("cursor"))?;
    let kind = record.kind.ok_or(DecodeError::Missing("kind"))?;
    Ok(Event {
        id: id(&record.id, "id").map(EventId::from_bytes)?,
        tenant: id(&record.tenant, "tenant").map(TenantId::from_bytes)?,
        account: id(&record.account, "account").map(AccountId::from_bytes)?,
        kind: decode_kind(&kind)?,
        cursor: step::decode(&cursor)?,
        detected_at: Timestamp::from_micros(record.detected_at),
        fetched_at: Timestamp::from_micros(record.fetched_at),
        content: record.content,
        trace: decode_trace(&record.traceparent)?,
    })
}

fn id(bytes: &[u8], field: &'static str) -> Result<[u8; 16], DecodeError> {
    bytes.try_into().map_err(|_| DecodeError::Invalid(field))
}

fn folder(bytes: &[u8]) -> Result<FolderId, DecodeError> {
    id(bytes, "folder").map(FolderId::from_bytes)
}

fn encode_kind(kind: EventKind) -> v1::record::Kind {
    use v1::record::Kind;
    match kind {
        EventKind::MessageNew { message, arrival } => Kind::MessageNew(v1::MessageNew {
            folder: message.folder.as_bytes().to_vec(),
            uid_validity: message.uid_validity,
            uid: message.uid,
            arrival: encode_arrival(arrival),
        }),
        EventKind::MessageFlags { message } => Kind::MessageFlags(encode_key(message)),
        EventKind::MessageDeleted { message } => Kind::MessageDeleted(encode_key(message)),
        EventKind::ItemNew {
            folder,
            class,
            arrival,
        } => Kind::ItemNew(v1::ItemNew {
            folder: folder.as_bytes().to_vec(),
            class: encode_class(class),
            arrival: encode_arrival(arrival),
        }),
        EventKind::ItemChanged { folder, class } => Kind::ItemChanged(encode_item(folder, class)),
        EventKind::ItemMarked { folder } => Kind::ItemMarked(encode_folder(folder)),
        EventKind::ItemDeleted { folder, class } => Kind::ItemDeleted(encode_item(folder, class)),
        EventKind::FolderCreated { folder } => Kind::FolderCreated(encode_folder(folder)),
        EventKind::FolderRenamed { folder } => Kind::FolderRenamed(encode_folder(folder)),
        EventKind::FolderDeleted { folder } => Kind::FolderDeleted(encode_folder(folder)),
        EventKind::FolderReset {
            folder,
            uid_validity,
        } => Kind::FolderReset(v1::FolderReset {
            folder: folder.as_bytes().to_vec(),
            uid_validity,
        }),
        EventKind::FolderResync { folder } => Kind::FolderResync(encode_folder(folder)),
        EventKind::Cursor => Kind::CursorOnly(v1::Cursor {}),
        EventKind::AccountState { phase } => Kind::AccountState(v1::AccountState {
            phase: encode_phase(phase),
        }),
    }
}

fn encode_key(message: MessageKey) -> v1::Message {
    v1::Message {
        folder: message.folder.as_bytes().to_vec(),
        uid_validity: message.uid_validity,
        uid: message.uid,
    }
}

fn encode_folder(folder: FolderId) -> v1::Folder {
    v1::Folder {
        folder: folder.as_bytes().to_vec(),
    }
}

fn decode_kind(kind: &v1::record::Kind) -> Result<EventKind, DecodeError> {
    use v1::record::Kind;
    Ok(match kind {
        Kind::MessageNew(new) => EventKind::MessageNew {
            message: MessageKey {
                folder: folder(&new.folder)?,
                uid_validity: new.uid_validity,
                uid: new.uid,
            },
            arrival: decode_arrival(new.arrival)?,
        },
        Kind::MessageFlags(message) => EventKind::MessageFlags {
            message: decode_key(message)?,
        },
        Kind::MessageDeleted(message) => EventKind::MessageDeleted {
            message: decode_key(message)?,
        },
        Kind::ItemNew(new) => EventKind::ItemNew {
            folder: folder(&new.folder)?,
            class: decode_class(new.class)?,
            arrival: decode_arrival(new.arrival)?,
        },
        Kind::ItemChanged(item) => EventKind::ItemChanged {
            folder: folder(&item.folder)?,
            class: decode_class(item.class)?,
        },
        Kind::ItemMarked(of) => EventKind::ItemMarked {
            folder: folder(&of.folder)?,
        },
        Kind::ItemDeleted(item) => EventKind::ItemDeleted {
            folder: folder(&item.folder)?,
            class: decode_class(item.class)?,
        },
        Kind::FolderCreated(of) => EventKind::FolderCreated {
            folder: folder(&of.folder)?,
        },
        Kind::FolderRenamed(of) => EventKind::FolderRenamed {
            folder: folder(&of.folder)?,
        },
        Kind::FolderDeleted(of) => EventKind::FolderDeleted {
            folder: folder(&of.folder)?,
        },
        Kind::FolderReset(reset) => EventKind::FolderReset {
            folder: folder(&reset.folder)?,
            uid_validity: reset.uid_validity,
        },
        Kind::FolderResync(of) => EventKind::FolderResync {
            folder: folder(&of.folder)?,
        },
        Kind::CursorOnly(_) => EventKind::Cursor,
        Kind::AccountState(state) => EventKind::AccountState {
            phase: decode_phase(state.phase)?,
        },
    })
}

fn decode_key(message: &v1::Message) -> Result<MessageKey, DecodeError> {
    Ok(MessageKey {
        folder: folder(&message.folder)?,
        uid_validity: message.uid_validity,
        uid: message.uid,
    })
}

fn encode_item(folder: FolderId, class: ItemClass) -> v1::Item {
    v1::Item {
        folder: folder.as_bytes().to_vec(),
        class: encode_class(class),
    }
}

const fn encode_class(class: ItemClass) -> u32 {
    match class {
        ItemClass::Message => 1,
        ItemClass::Calendar => 2,
        ItemClass::Contact => 3,
        ItemClass::Task => 4,
    }
}

const fn decode_class(number: u32) -> Result<ItemClass, DecodeError> {
    Ok(match number {
        1 => ItemClass::Message,
        2 => ItemClass::Calendar,
        3 => ItemClass::Contact,
        4 => ItemClass::Task,
        _ => return Err(DecodeError::Invalid("class")),
    })
}

const fn encode_arrival(arrival: Arrival) -> u32 {
    match arrival {
        Arrival::Delivered => 1,
        Arrival::Added => 2,
        Arrival::Bulk => 3,
    }
}

const fn decode_arrival(number: u32) -> Result<Arrival, DecodeError> {
    Ok(match number {
        1 => Arrival::Delivered,
        2 => Arrival::Added,
        3 => Arrival::Bulk,
        _ => return Err(DecodeError::Invalid("arrival")),
    })
}

/// The numbers of `pushmail.v1.AccountPhase`.
const fn encode_phase(phase: AccountPhase) -> u32 {
    match phase {
        AccountPhase::Pending => 1,
        AccountPhase::Live => 2,
        AccountPhase::Retrying => 3,
        AccountPhase::NeedsAttention => 4,
        AccountPhase::Paused => 5,
        AccountPhase::Wiped => 6,
    }
}

const fn decode_phase(number: u32) -> Result<AccountPhase, DecodeError> {
    Ok(match number {
        1 => AccountPhase::Pending,
        2 => AccountPhase::Live,
        3 => AccountPhase::Retrying,
        4 => AccountPhase::NeedsAttention,
        5 => AccountPhase::Paused,
        6 => AccountPhase::Wiped,
        _ => return Err(DecodeError::Invalid("phase")),
    })
}

fn decode_trace(header: &str) -> Result<Option<TraceContext>, DecodeError> {
    if header.is_empty() {
        return Ok(None);
    }
    let trace = TraceContext::parse(header).ok_or(DecodeError::Invalid("traceparent"))?;
    Ok(Some(trace))
}
