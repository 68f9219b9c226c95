//! The trait that every upstream protocol implements: a conversation without sockets, tasks or clocks.

use crate::item::ItemChange;
use pushmail_domain::{
    Arrival, Authentication, Clock, Endpoint, Fault, Folder, FolderCursor, FolderId, MessageKey,
    SyncCursor, Timestamp,
};
use std::any::Any;
use std::time::Duration;

/// The time at which something is handed to a flow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    /// The wall clock, for timestamps.
    pub now: Timestamp,
    /// Time that only goes forward, for deadlines.
    pub elapsed: Duration,
}

impl Moment {
    /// The time by this clock.
    pub fn of(clock: &dyn Clock) -> Self {
        Self {
            now: clock.now(),
            elapsed: clock.elapsed(),
        }
    }
}

/// A new message, as read from the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewMessage {
    /// Which.
    pub key: MessageKey,
    /// How it came into its folder.
    pub arrival: Arrival,
    /// INTERNALDATE, if the server gave a valid one.
    pub internal_date: Option<Timestamp>,
    /// RFC822.SIZE in bytes.
    pub size: u64,
    /// Flags, as the server writes them.
    pub flags: Vec<String>,
    /// EMAILID (RFC 8474, section 5.1) or X-GM-MSGID in decimal; empty where the server has neither.
    pub provider_message_id: String,
    /// The first bytes of the message: header and the start of the body, at most 16 KiB.
    pub head: Vec<u8>,
    /// The server failed to give it three times: it is announced without anything of what it says.
    pub unreadable: bool,
    /// When the server's notice arrived.
    pub noticed_at: Timestamp,
    /// When the message had been read.
    pub fetched_at: Timestamp,
}

impl NewMessage {
    /// Whether it is Gmail's, which shows a message once for each of its labels: its identity is a number of
    /// 64 bits in decimal, which the EMAILID of no known server is. Elsewhere a copy is a message of its own.
    pub fn is_gmail(&self) -> bool {
        self.provider_message_id.parse::<u64>().is_ok()
    }
}

/// The flags of a message, as the server gave them with their MODSEQ.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangedFlags {
    /// Which message.
    pub key: MessageKey,
    /// All of its flags.
    pub flags: Vec<String>,
    /// Its MODSEQ (RFC 7162, section 3.1.4.2); `None` where the server has none.
    pub mod_seq: Option<u64>,
    /// When the server's notice arrived.
    pub noticed_at: Timestamp,
}

/// Messages that the server says are gone (RFC 7162, section 3.2.10).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Vanished {
    /// Their folder.
    pub folder: FolderId,
    /// Its UIDVALIDITY.
    pub uid_validity: u32,
    /// Ranges of UIDs, both ends included, rising, clipped to UIDs that were announced; at most 500 UIDs.
    pub uids: Vec<(u32, u32)>,
    /// When the server's notice arrived.
    pub noticed_at: Timestamp,
}

/// The newest messages of a folder, to be compared with what was known: where the server itself does not
/// tell exactly what changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    /// The folder.
    pub folder: FolderId,
    /// Its UIDVALIDITY.
    pub uid_validity: u32,
    /// Its newest messages below the cursor's `uid_next`, at most 256, by rising UID, with their flags.
    pub messages: Vec<(u32, Vec<String>)>,
    /// Whether these are all that the folder holds.
    pub all: bool,
    /// When the server's notice arrived.
    pub noticed_at: Timestamp,
}

/// What a flow saw.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// Every folder is open. From here on changes are announced. Comes once per connection, before
    /// any other change.
    Live {
        /// The folders that the account's selection stands for, the main one first.
        folders: Vec<Folder>,
        /// Where reading starts, for folders that had no cursor.
        baselines: Vec<FolderCursor>,
        /// The same, where the server counts by keys.
        syncs: Vec<SyncCursor>,
        /// Names of the selection that the server does not have.
        missing: Vec<String>,
        /// How many more folders the selection stands for than are watched on one connection.
        left_out: u32,
    },
    /// A folder's UIDVALIDITY changed; this is where reading goes on. `read_at` is the old cursor's,
    /// `rebuilt_below` the new UIDNEXT.
    FolderReset(FolderCursor),
    /// A message appeared. UIDs of one folder come in rising order.
    Message(Box<NewMessage>),
    /// The server told a message's flags. They need not differ from what was known.
    Flags(Box<ChangedFlags>),
    /// Messages are gone. They need not have been known.
    Vanished(Box<Vanished>),
    /// The newest messages of a folder as they are now.
    Snapshot(Box<Snapshot>),
    /// More changed in the folder than is told one by one.
    Resync {
        /// Which folder.
        folder: FolderId,
        /// When that was noticed.
        noticed_at: Timestamp,
    },
    /// Everything up to this cursor has been told: its `uid_next`, `mod_seq` and `read_at` count.
    Confirmed(FolderCursor),
    /// Something happened to an item, where the server counts by keys.
    Item(Box<ItemChange>),
    /// Everything up to this key has been told. The next thing that is sent holds it.
    Synced(SyncCursor),
    /// A folder appeared, where the server counts by keys; all of it is new. Its cursor is
    /// [`SyncCursor::beginning`].
    CollectionCreated(Folder),
    /// A folder appeared; all of it is new. Its cursor starts at UID 1.
    FolderCreated {
        /// Which.
        folder: Folder,
        /// Where reading starts.
        cursor: FolderCursor,
    },
    /// A folder has another name, and the same cursor.
    FolderRenamed {
        /// Which, by its new name.
        folder: Folder,
        /// Its name before.
        old_name: String,
    },
    /// A folder is gone.
    FolderDeleted {
        /// Which.
        folder: Folder,
    },
    /// The server orders that everything of the account be forgotten. The next thing that is sent says that it is. Comes
    /// before [`Change::Live`] too.
    Wiped,
}

/// What a flow wants done. In order; taken until there is no more.
#[derive(Debug)]
pub enum Output {
    /// Send these bytes. May hold a credential: never log them.
    Send(Vec<u8>),
    /// Begin TLS on the connection, then call [`Flow::secured`].
    StartTls,
    /// Tell the account.
    Change(Change),
    /// Nothing is outstanding: the connection may wait for the server with next to no memory.
    Park,
    /// Give the flow the account's credential, by [`Flow::credential`]: it keeps none while it waits.
    Credential,
    /// The connection is of no more use: make another one, and let the conversation go on there. No output follows until
    /// it has.
    Redial(Redial),
    /// The conversation is over. No output follows.
    Finished(Fault),
}

/// Another connection for a conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Redial {
    /// Where it leads.
    pub endpoint: Endpoint,
    /// When to make it, in the time of [`Moment::elapsed`]; not before.
    pub at: Duration,
}

/// One connection's conversation with an upstream server.
///
/// Bytes and ticks go in, bytes and changes come out. After every call that puts something in, take
/// [`Flow::next_output`] until it gives `None`.
pub trait Flow: Send + Any {
    /// Bytes arrived from the server; for TLS, after decryption.
    fn receive(&mut self, bytes: &[u8], at: Moment);

    /// TLS is up, as [`Output::StartTls`] asked.
    fn secured(&mut self, at: Moment);

    /// The server closed the connection. A conversation that can go on asks for another one by [`Output::Redial`].
    fn closed(&mut self, at: Moment);

    /// The changes that were told last are taken: they are durable, as far as they have to be.
    fn accepted(&mut self, _at: Moment) {}

    /// The credential, as [`Output::Credential`] asked.
    fn credential(&mut self, _credential: Authentication, _at: Moment) {}

    /// There is another connection, as [`Output::Redial`] asked.
    fn redialled(&mut self, _at: Moment) {}

    /// The time of [`Flow::deadline`] has come.
    fn tick(&mut self, at: Moment);

    /// When to call [`Flow::tick`], in the time of [`Moment::elapsed`].
    fn deadline(&self) -> Option<Duration>;

    /// What to do next, if anything.
    fn next_output(&mut self) -> Option<Output>;

    /// The same conversation in few bytes, if it only waits for its server or its deadline. It goes on as what
    /// [`Rest::wake`] gives; this one is of no more use then.
    fn rest(&self) -> Option<Rest> {
        None
    }
}

/// A conversation at rest: bytes that hold all of it, but for where its connection leads.
pub struct Rest {
    bytes: Box<[u8]>,
    wake: Wake,
}

/// Makes the conversation out of its bytes, for this endpoint; `None` if they are not of one.
pub type Wake = fn(&[u8], &Endpoint) -> Option<Box<dyn Flow>>;

impl Rest {
    /// Of these bytes, which `wake` understands. They must hold no secret: nobody wipes them.
    pub fn new(bytes: impl Into<Box<[u8]>>, wake: Wake) -> Self {
        let bytes = bytes.into();
        Self { bytes, wake }
    }

    /// How many bytes it takes.
    pub const fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Whether it takes none.
    pub const fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// The conversation, which leads to this endpoint; `None` if there is none in the bytes.
    pub fn wake(&self, endpoint: &Endpoint) -> Option<Box<dyn Flow>> {
        (self.wake)(&self.bytes, endpoint)
    }
}
