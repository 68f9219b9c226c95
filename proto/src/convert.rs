//! Domain values as the public API writes them.
//!
//! Conversion lives beside the generated code, so that every service writes the same value alike.

mod item;

use crate::v1;
use pushmail_domain::{
    AccountPhase, Arrival, Content, Event, EventKind, FolderContent, FolderId, MessageContent,
    MessageKey, Timestamp,
};

/// Microseconds in a second.
const SECOND: i64 = 1_000_000;

/// The event as devices and operators see it.
///
/// An event that is not for them ([`EventKind::is_delivered`]) has no kind. `logged_at` is when the log took
/// it. Without `content` (it could not be opened) the event has its routing only; content of another kind
/// than the event's is left out.
pub fn event(event: &Event, logged_at: Timestamp, content: Option<Content>) -> v1::Event {
    v1::Event {
        id: event.id.to_string(),
        account: event.account.to_string(),
        detected_at: Some(timestamp(event.detected_at)),
        fetched_at: Some(timestamp(event.fetched_at)),
        logged_at: Some(timestamp(logged_at)),
        kind: kind(&event.kind, content),
    }
}

fn kind(kind: &EventKind, content: Option<Content>) -> Option<v1::event::Kind> {
    use v1::event::Kind;
    Some(match *kind {
        EventKind::MessageNew { message, arrival } => {
            Kind::MessageNew(message_new(message, arrival, content))
        }
        EventKind::MessageFlags { message } => Kind::MessageFlags(v1::MessageFlags {
            folder_id: message.folder.to_string(),
            uid_validity: message.uid_validity,
            uid: message.uid,
            flags: match content {
                Some(Content::Flags(flags)) => flags,
                _ => Vec::new(),
            },
            ..v1::MessageFlags::default()
        }),
        EventKind::MessageDeleted { message } => Kind::MessageDeleted(v1::MessageDeleted {
            folder_id: message.folder.to_string(),
            uid_validity: message.uid_validity,
            uid: message.uid,
            server_id: String::new(),
        }),
        EventKind::ItemNew { .. }
        | EventKind::ItemChanged { .. }
        | EventKind::ItemMarked { .. }
        | EventKind::ItemDeleted { .. } => item::kind(kind, content)?,
        EventKind::AccountState { phase } => {
            let detail = match content {
                Some(Content::State { detail }) => detail,
                _ => String::new(),
            };
            Kind::AccountState(v1::AccountStateChanged {
                phase: self::phase(phase).into(),
                detail,
            })
        }
        EventKind::Cursor => return None,
        EventKind::FolderCreated { folder }
        | EventKind::FolderRenamed { folder }
        | EventKind::FolderDeleted { folder }
        | EventKind::FolderReset { folder, .. }
        | EventKind::FolderResync { folder } => {
            let names = match content {
                Some(Content::Folder(names)) => names,
                _ => FolderContent::default(),
            };
            folder_kind(kind, folder, names)?
        }
    })
}

fn folder_kind(
    kind: &EventKind,
    folder: FolderId,
    FolderContent { name, old_name }: FolderContent,
) -> Option<v1::event::Kind> {
    use v1::event::Kind;
    let folder_id = folder.to_string();
    Some(match *kind {
        EventKind::FolderCreated { .. } => {
            Kind::FolderCreated(v1::FolderCreated { folder_id, name })
        }
        EventKind::FolderRenamed { .. } => Kind::FolderRenamed(v1::FolderRenamed {
            folder_id,
            name,
            old_name,
        }),
        EventKind::FolderDeleted { .. } => {
            Kind::FolderDeleted(v1::FolderDeleted { folder_id, name })
        }
        EventKind::FolderReset { uid_validity, .. } => Kind::FolderReset(v1::FolderReset {
            folder_id,
            name,
            uid_validity,
        }),
        EventKind::FolderResync { .. } => Kind::FolderResync(v1::FolderResync { folder_id, name }),
        _ => return None,
    })
}

fn message_new(key: MessageKey, arrival: Arrival, content: Option<Content>) -> v1::MessageNew {
    let message = match content {
        Some(Content::Message(content)) => Some(message(*content)),
        _ => None,
    };
    v1::MessageNew {
        folder_id: key.folder.to_string(),
        uid_validity: key.uid_validity,
        uid: key.uid,
        arrival: self::arrival(arrival).into(),
        message,
        server_id: String::new(),
    }
}

const fn arrival(arrival: Arrival) -> v1::Arrival {
    match arrival {
        Arrival::Delivered => v1::Arrival::Delivered,
        Arrival::Added => v1::Arrival::Added,
        Arrival::Bulk => v1::Arrival::Bulk,
    }
}

fn message(content: MessageContent) -> v1::Message {
    v1::Message {
        folder: content.folder,
        message_id: content.message_id,
        from: content.from,
        to: content.to,
        subject: content.subject,
        date: content.date.map(timestamp),
        internal_date: content.internal_date.map(timestamp),
        size: content.size,
        flags: content.flags,
        preview: content.preview,
        provider_message_id: content.provider_message_id,
    }
}

/// The phase as the API writes it.
pub const fn phase(phase: AccountPhase) -> v1::AccountPhase {
    match phase {
        AccountPhase::Pending => v1::AccountPhase::Pending,
        AccountPhase::Live => v1::AccountPhase::Live,
        AccountPhase::Retrying => v1::AccountPhase::Retrying,
        AccountPhase::NeedsAttention => v1::AccountPhase::NeedsAttention,
        AccountPhase::Paused => v1::AccountPhase::Paused,
        AccountPhase::Wiped => v1::AccountPhase::Wiped,
    }
}

/// The phase that the API wrote; `None` if it is not said.
pub const fn phase_from(phase: v1::AccountPhase) -> Option<AccountPhase> {
    match phase {
        v1::AccountPhase::Unspecified => None,
        v1::AccountPhase::Pending => Some(AccountPhase::Pending),
        v1::AccountPhase::Live => Some(AccountPhase::Live),
        v1::AccountPhase::Retrying => Some(AccountPhase::Retrying),
        v1::AccountPhase::NeedsAttention => Some(AccountPhase::NeedsAttention),
        v1::AccountPhase::Paused => Some(AccountPhase::Paused),
        v1::AccountPhase::Wiped => Some(AccountPhase::Wiped),
    }
}

/// The filterable type of an event's kind; unspecified for one that is never delivered.
pub const fn event_type(kind: &EventKind) -> v1::EventType {
    if let Some(of_item) = item::event_type(kind) {
        return of_item;
    }
    match kind {
        EventKind::MessageNew { .. } => v1::EventType::MessageNew,
        EventKind::MessageFlags { .. } => v1::EventType::MessageFlags,
        EventKind::MessageDeleted { .. } => v1::EventType::MessageDeleted,
        EventKind::FolderCreated { .. } => v1::EventType::FolderCreated,
        EventKind::FolderRenamed { .. } => v1::EventType::FolderRenamed,
        EventKind::FolderDeleted { .. } => v1::EventType::FolderDeleted,
        EventKind::FolderReset { .. } => v1::EventType::FolderReset,
        EventKind::FolderResync { .. } => v1::EventType::FolderResync,
        EventKind::Cursor
        | EventKind::ItemNew { .. }
        | EventKind::ItemChanged { .. }
        | EventKind::ItemMarked { .. }
        | EventKind::ItemDeleted { .. } => v1::EventType::Unspecified,
        EventKind::AccountState { .. } => v1::EventType::AccountState,
    }
}

/// The moment as protobuf writes it: seconds, and nanoseconds counted forward.
pub fn timestamp(at: Timestamp) -> prost_types::Timestamp {
    let micros = i32::try_from(at.micros().rem_euclid(SECOND)).unwrap_or(0);
    prost_types::Timestamp {
        seconds: at.micros().div_euclid(SECOND),
        nanos: micros * 1_000,
    }
}

/// The moment that protobuf wrote, whole microseconds of it; `None` if it is out of range.
pub fn timestamp_from(at: &prost_types::Timestamp) -> Option<Timestamp> {
    if !(0..1_000_000_000).contains(&at.nanos) {
        return None;
    }
    let micros = at.seconds.checked_mul(SECOND)?;
    let micros = micros.checked_add(i64::from(at.nanos / 1_000))?;
    Some(Timestamp::from_micros(micros))
}

#[cfg(test)]
mod tests {
    use super::*;
    use pushmail_domain::{AccountId, CursorStep, EventId, TenantId};

    fn new_message() -> Event {
        let message = MessageKey {
            folder: FolderId::from_bytes([3; 16]),
            uid_validity: 7,
            uid: 9,
        };
        let account = AccountId::from_bytes([2; 16]);
        Event {
            id: EventId::of_message(account, message),
            tenant: TenantId::from_bytes([1; 16]),
            account,
            kind: EventKind::MessageNew {
                message,
                arrival: Arrival::Delivered,
            },
            cursor: CursorStep::default(),
            detected_at: Timestamp::from_micros(1),
            fetched_at: Timestamp::from_micros(2),
            content: Vec::new(),
            trace: None,
        }
    }

    #[test]
    fn times_before_and_after_1970_read_back() {
        for micros in [0, 1, -1, 1_700_000_000_123_456, -1_000_001] {
            let at = Timestamp::from_micros(micros);
            assert_eq!(timestamp_from(&timestamp(at)), Some(at));
        }
    }

    #[test]
    fn a_time_out_of_range_is_refused() {
        let wrong = |seconds, nanos| prost_types::Timestamp { seconds, nanos };
        assert_eq!(timestamp_from(&wrong(0, -1)), None);
        assert_eq!(timestamp_from(&wrong(0, 1_000_000_000)), None);
        assert_eq!(timestamp_from(&wrong(i64::MAX, 0)), None);
    }

    #[test]
    fn phases_read_back() {
        for known in [
            AccountPhase::Pending,
            AccountPhase::Live,
            AccountPhase::Retrying,
            AccountPhase::NeedsAttention,
            AccountPhase::Paused,
            AccountPhase::Wiped,
        ] {
            assert_eq!(phase_from(phase(known)), Some(known));
        }
    }

    #[test]
    fn a_message_carries_its_routing_and_its_content() {
        let content = Content::Message(Box::new(MessageContent {
            subject: "Lunch".into(),
            ..MessageContent::default()
        }));
        let sent = event(&new_message(), Timestamp::from_micros(3), Some(content));
        let Some(v1::event::Kind::MessageNew(new)) = sent.kind else {
            panic!("not a message");
        };
        assert_eq!((new.uid_validity, new.uid), (7, 9));
        assert_eq!(new.message.unwrap().subject, "Lunch");
        assert_eq!(sent.logged_at.unwrap().nanos, 3_000);
    }

    #[test]
    fn content_of_another_kind_is_left_out() {
        let content = Content::State {
            detail: "no".into(),
        };
        let sent = event(&new_message(), Timestamp::default(), Some(content));
        let Some(v1::event::Kind::MessageNew(new)) = sent.kind else {
            panic!("not a message");
        };
        assert_eq!(new.message, None);
    }
}
