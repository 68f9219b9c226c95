//! Events: what the log stores and devices see.

use crate::account::AccountPhase;
use crate::cursor::CursorStep;
use crate::id::{AccountId, EventId, FolderId, TenantId};
use crate::item::{ItemClass, ItemContent};
use crate::time::Timestamp;
use crate::trace::TraceContext;
use ring::digest::{Context, SHA256};

/// Which message of a folder: RFC 9051, section 2.3.1.1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct MessageKey {
    /// The folder.
    pub folder: FolderId,
    /// The folder's UIDVALIDITY when the message was seen.
    pub uid_validity: u32,
    /// The message's UID.
    pub uid: u32,
}

/// How a message came into its folder.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Arrival {
    /// By delivery, as far as the server shows.
    #[default]
    Delivered,
    /// Its INTERNALDATE is more than 24 hours old although it came just now: copied, moved or uploaded.
    Added,
    /// With more than 500 others in one resync.
    Bulk,
}

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum EventKind {
    /// `message.new`: a message appeared in a watched folder.
    MessageNew {
        /// Which.
        message: MessageKey,
        /// How it came.
        arrival: Arrival,
    },
    /// `message.flags`: the flags of a message changed.
    MessageFlags {
        /// Which.
        message: MessageKey,
    },
    /// `message.deleted`: a message is no longer in its folder.
    MessageDeleted {
        /// Which.
        message: MessageKey,
    },
    /// `message.new`, `calendar.new`, `contact.new`, `task.new`: an item appeared in a watched folder of a server of
    /// Exchange ActiveSync. The content says which.
    ItemNew {
        /// The folder.
        folder: FolderId,
        /// What it is.
        class: ItemClass,
        /// How it came.
        arrival: Arrival,
    },
    /// `message.changed`, `calendar.changed`, `contact.changed`, `task.changed`: an item is another one now.
    ItemChanged {
        /// The folder.
        folder: FolderId,
        /// What it is.
        class: ItemClass,
    },
    /// `message.flags`: marks of a mail changed.
    ItemMarked {
        /// The folder.
        folder: FolderId,
    },
    /// `message.deleted`, `calendar.deleted`, `contact.deleted`, `task.deleted`: an item is no longer in its folder.
    ItemDeleted {
        /// The folder.
        folder: FolderId,
        /// What it was.
        class: ItemClass,
    },
    /// `folder.created`: a folder appeared, and is watched.
    FolderCreated {
        /// Which.
        folder: FolderId,
    },
    /// `folder.renamed`: a watched folder has another name.
    FolderRenamed {
        /// Which.
        folder: FolderId,
    },
    /// `folder.deleted`: a watched folder is gone.
    FolderDeleted {
        /// Which.
        folder: FolderId,
    },
    /// `folder.reset`: UIDVALIDITY changed; UIDs known before mean nothing any more (RFC 9051, section 2.3.1.1).
    FolderReset {
        /// Which.
        folder: FolderId,
        /// The new UIDVALIDITY.
        uid_validity: u32,
    },
    /// `folder.resync`: more changed than is announced one by one; read the folder again.
    FolderResync {
        /// Which.
        folder: FolderId,
    },
    /// `cursor`: how far the upstream was read, where no other event says so. Never delivered.
    Cursor,
    /// `account.state`: the account entered another phase.
    AccountState {
        /// The phase entered.
        phase: AccountPhase,
    },
}

impl ItemClass {
    const fn appeared(self) -> &'static str {
        match self {
            Self::Message => "message.new",
            Self::Calendar => "calendar.new",
            Self::Contact => "contact.new",
            Self::Task => "task.new",
        }
    }

    const fn changed(self) -> &'static str {
        match self {
            Self::Message => "message.changed",
            Self::Calendar => "calendar.changed",
            Self::Contact => "contact.changed",
            Self::Task => "task.changed",
        }
    }

    const fn deleted(self) -> &'static str {
        match self {
            Self::Message => "message.deleted",
            Self::Calendar => "calendar.deleted",
            Self::Contact => "contact.deleted",
            Self::Task => "task.deleted",
        }
    }
}

impl EventKind {
    /// The event's type, as APIs write it.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::MessageNew { .. } => "message.new",
            Self::MessageFlags { .. } => "message.flags",
            Self::MessageDeleted { .. } => "message.deleted",
            Self::ItemNew { class, .. } => class.appeared(),
            Self::ItemChanged { class, .. } => class.changed(),
            Self::ItemMarked { .. } => "message.flags",
            Self::ItemDeleted { class, .. } => class.deleted(),
            Self::FolderCreated { .. } => "folder.created",
            Self::FolderRenamed { .. } => "folder.renamed",
            Self::FolderDeleted { .. } => "folder.deleted",
            Self::FolderReset { .. } => "folder.reset",
            Self::FolderResync { .. } => "folder.resync",
            Self::Cursor => "cursor",
            Self::AccountState { .. } => "account.state",
        }
    }

    /// Whether devices and backends are told.
    pub const fn is_delivered(&self) -> bool {
        !matches!(self, Self::Cursor)
    }
}

/// What an event says beyond its routing: sealed in the log (invariant 7).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// Of `message.new`; as much of it as the account's content level allows.
    Message(Box<MessageContent>),
    /// Of `message.flags`: all flags that the message has now, as the server writes them.
    Flags(Vec<String>),
    /// Of [`EventKind::ItemNew`] and what comes after it.
    Item(Box<ItemContent>),
    /// Of `folder.*`.
    Folder(FolderContent),
    /// Of events that say all by their kind: `message.deleted`, `cursor`.
    Nothing,
    /// Of `account.state`: the reason in plain words.
    State {
        /// The reason, with the remedy; empty when all is well.
        detail: String,
    },
}

/// What a folder is called.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FolderContent {
    /// Its name, after what happened.
    pub name: String,
    /// Of `folder.renamed`: its name before; else empty.
    pub old_name: String,
}

/// The envelope and the first words of a mail. Every text is UTF-8, already decoded and bounded;
/// what the mail does not have, or the content level leaves out, is empty or `None`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MessageContent {
    /// The folder's name when the message was seen.
    pub folder: String,
    /// Message-ID without angle brackets (RFC 5322, section 3.6.4).
    pub message_id: String,
    /// `Name <address>`, or the address alone.
    pub from: String,
    /// Recipients of the To field, each like `from`.
    pub to: Vec<String>,
    /// The subject.
    pub subject: String,
    /// The Date field.
    pub date: Option<Timestamp>,
    /// INTERNALDATE (RFC 9051, section 2.3.3).
    pub internal_date: Option<Timestamp>,
    /// RFC822.SIZE in bytes.
    pub size: u64,
    /// Flags when first seen, as the server writes them.
    pub flags: Vec<String>,
    /// The first words of the text, white space folded.
    pub preview: String,
    /// The provider's own identity of the message, equal for its copies in several folders: EMAILID
    /// (RFC 8474, section 5.1) or Gmail's X-GM-MSGID in decimal; empty where there is none.
    pub provider_message_id: String,
}

/// An event as the log stores it: readable routing, sealed content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// Its one identity.
    pub id: EventId,
    /// The owner.
    pub tenant: TenantId,
    /// The account it is about.
    pub account: AccountId,
    /// What happened.
    pub kind: EventKind,
    /// The account's cursor after it (invariant 1).
    pub cursor: CursorStep,
    /// When the gateway learned that something happened.
    pub detected_at: Timestamp,
    /// When what happened had been read from the upstream.
    pub fetched_at: Timestamp,
    /// The sealed [`Content`]; bound to `id`, so that it cannot be moved to another event.
    pub content: Vec<u8>,
    /// The trace that the event is part of, if it is traced.
    pub trace: Option<TraceContext>,
}

impl EventId {
    /// The identity of `message.new`: account, folder id, UIDVALIDITY, UID (invariant 2).
    pub fn of_message(account: AccountId, message: MessageKey) -> Self {
        let mut hash = Hasher::new(b"message.new", account);
        hash.add(message.folder.as_bytes());
        hash.add(&message.uid_validity.to_be_bytes());
        hash.add(&message.uid.to_be_bytes());
        hash.finish()
    }

    /// The identity of `message.deleted`: a UID is gone once and for all (RFC 9051, section 2.3.1.1).
    pub fn of_deletion(account: AccountId, message: MessageKey) -> Self {
        Self::of_change(b"message.deleted", account, message, &[])
    }

    /// The identity of `message.flags`, which can repeat: the message's MODSEQ, and where there is none
    /// the version of the cursor it was read from and a hash of the new flags (invariant 2).
    pub fn of_flags(account: AccountId, message: MessageKey, version: FlagsVersion) -> Self {
        match version {
            FlagsVersion::ModSeq(mod_seq) => {
                let parts: [&[u8]; 1] = [&mod_seq.to_be_bytes()];
                Self::of_change(b"message.flags", account, message, &parts)
            }
            FlagsVersion::Cursor { version, flags } => {
                let parts: [&[u8]; 2] = [&version.to_be_bytes(), &flags.to_be_bytes()];
                Self::of_change(b"message.flags", account, message, &parts)
            }
        }
    }

    /// The identity of [`EventKind::ItemNew`]: account, folder id, ServerId and its generation (invariant 2).
    pub fn of_item(account: AccountId, folder: FolderId, server_id: &str, generation: u32) -> Self {
        let mut hash = Hasher::new(b"item.new", account);
        hash.add(folder.as_bytes());
        hash.add(server_id.as_bytes());
        hash.add(&generation.to_be_bytes());
        hash.finish()
    }

    /// The identity of another event about an item, which can repeat: adds the SyncKey that it was read from, and a hash
    /// of what it says (invariant 2).
    pub fn of_item_change(
        account: AccountId,
        kind: &EventKind,
        (folder, server_id): (FolderId, &str),
        (sync_key, data): (&str, &[u8]),
    ) -> Self {
        let mut hash = Hasher::new(kind.name().as_bytes(), account);
        hash.add(b"item");
        hash.add(folder.as_bytes());
        hash.add(server_id.as_bytes());
        hash.add(sync_key.as_bytes());
        hash.add(data);
        hash.finish()
    }

    /// The identity of a `folder.*` or `cursor` event, which can repeat: its kind, the folder, and the
    /// version of the cursor it was decided at.
    pub fn of_folder(
        account: AccountId,
        kind: &EventKind,
        folder: FolderId,
        cursor_version: u64,
    ) -> Self {
        let mut hash = Hasher::new(kind.name().as_bytes(), account);
        hash.add(folder.as_bytes());
        hash.add(&cursor_version.to_be_bytes());
        hash.finish()
    }

    /// The identity of a `cursor` event that is about no folder: the version of the cursor it was decided at.
    pub fn of_cursor(account: AccountId, cursor_version: u64) -> Self {
        let mut hash = Hasher::new(b"cursor", account);
        hash.add(&cursor_version.to_be_bytes());
        hash.finish()
    }

    fn of_change(kind: &[u8], account: AccountId, message: MessageKey, parts: &[&[u8]]) -> Self {
        let mut hash = Hasher::new(kind, account);
        hash.add(message.folder.as_bytes());
        hash.add(&message.uid_validity.to_be_bytes());
        hash.add(&message.uid.to_be_bytes());
        for part in parts {
            hash.add(part);
        }
        hash.finish()
    }

    /// The identity of `account.state`, which can repeat: the version of the cursor it was decided
    /// at, and the new state (invariant 2).
    pub fn of_state(
        account: AccountId,
        cursor_version: u64,
        phase: AccountPhase,
        detail: &str,
    ) -> Self {
        let mut hash = Hasher::new(b"account.state", account);
        hash.add(&cursor_version.to_be_bytes());
        hash.add(phase.as_str().as_bytes());
        hash.add(detail.as_bytes());
        hash.finish()
    }
}

/// What tells two changes of one message's flags apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FlagsVersion {
    /// The message's MODSEQ after the change (RFC 7162, section 3.1.4.2).
    ModSeq(u64),
    /// The cursor's version at which the change was seen, and [`flags_hash`](crate::memory::flags_hash) of the new flags.
    Cursor {
        /// The cursor's version.
        version: u64,
        /// The hash of the flags.
        flags: u32,
    },
}

/// SHA-256 over length-prefixed parts, so that no two lists of parts collide by concatenation.
struct Hasher(Context);

impl Hasher {
    fn new(kind: &[u8], account: AccountId) -> Self {
        let mut hasher = Self(Context::new(&SHA256));
        hasher.add(kind);
        hasher.add(account.as_bytes());
        hasher
    }

    fn add(&mut self, part: &[u8]) {
        self.0.update(&(part.len() as u64).to_be_bytes());
        self.0.update(part);
    }

    fn finish(self) -> EventId {
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&self.0.finish().as_ref()[..16]);
        EventId::from_bytes(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(uid: u32) -> MessageKey {
        MessageKey {
            folder: FolderId::from_bytes([2; 16]),
            uid_validity: 7,
            uid,
        }
    }

    #[test]
    fn the_same_message_has_the_same_id_and_another_has_not() {
        let account = AccountId::from_bytes([1; 16]);
        assert_eq!(
            EventId::of_message(account, key(3)),
            EventId::of_message(account, key(3))
        );
        assert_ne!(
            EventId::of_message(account, key(3)),
            EventId::of_message(account, key(4))
        );
    }

    #[test]
    fn a_state_that_repeats_later_is_another_event() {
        let account = AccountId::from_bytes([1; 16]);
        let id = |version| EventId::of_state(account, version, AccountPhase::Live, "");
        assert_eq!(id(4), id(4));
        assert_ne!(id(4), id(5));
    }
}
