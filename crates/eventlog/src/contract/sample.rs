//! Accounts, events and writers to test with.

use crate::{AppendError, AppendErrorKind, Appended, EventLog, Stored};
use pushmail_domain::{
    AccountId, Arrival, CursorStep, Epoch, Event, EventId, EventKind, FolderCursor, FolderId,
    MessageKey, Shard, TenantId, Timestamp, WorkerId,
};
use std::collections::HashSet;

/// The tenant of every sample account.
pub const TENANT: TenantId = TenantId::from_bytes([1; 16]);
/// A tenant that owns nothing.
pub const STRANGER: TenantId = TenantId::from_bytes([2; 16]);
/// The worker that takes shards.
pub const WORKER: WorkerId = WorkerId::from_bytes([3; 16]);
/// Reads everything there is.
pub const ALL: usize = 10_000;

/// The account with this number.
pub fn account(number: u64) -> AccountId {
    let mut bytes = [0; 16];
    bytes[8..].copy_from_slice(&number.to_be_bytes());
    AccountId::from_bytes(bytes)
}

/// Another account of the same shard.
pub fn neighbour(of: AccountId) -> AccountId {
    (1_000..)
        .map(account)
        .find(|other| Shard::of(*other) == Shard::of(of) && *other != of)
        .unwrap()
}

/// An account of another shard in the same stream.
pub fn cousin(of: AccountId) -> AccountId {
    let place = |account| (Shard::of(account), Shard::of(account).stream());
    let (shard, stream) = place(of);
    let is_cousin = |other: &AccountId| {
        let (other, of_stream) = place(*other);
        other != shard && of_stream == stream
    };
    (1_000..).map(account).find(is_cousin).unwrap()
}

/// So many accounts, no two of one shard.
pub fn accounts_of_distinct_shards(count: usize) -> Vec<AccountId> {
    let mut shards = HashSet::new();
    (1..)
        .map(account)
        .filter(|account| shards.insert(Shard::of(*account)))
        .take(count)
        .collect()
}

/// `message.new` with this UID, in the account's one folder, with content of a usual size.
pub fn message(account: AccountId, uid: u32) -> Event {
    let key = MessageKey {
        folder: FolderId::from_bytes([4; 16]),
        uid_validity: 1,
        uid,
    };
    let folder = FolderCursor::starting(key.folder, 1, u64::from(uid) + 1);
    Event {
        id: EventId::of_message(account, key),
        tenant: TENANT,
        account,
        kind: EventKind::MessageNew {
            message: key,
            arrival: Arrival::Delivered,
        },
        cursor: CursorStep {
            version: u64::from(uid),
            folders: vec![folder],
            ..CursorStep::default()
        },
        detected_at: Timestamp::from_micros(1_000),
        fetched_at: Timestamp::from_micros(2_000),
        content: vec![7; 400],
        trace: None,
    }
}

/// `message.new` for each of these UIDs.
pub fn messages(account: AccountId, uids: impl IntoIterator<Item = u32>) -> Vec<Event> {
    uids.into_iter().map(|uid| message(account, uid)).collect()
}

/// The events without their places.
pub fn events(stored: Vec<Stored>) -> Vec<Event> {
    stored.into_iter().map(|stored| stored.event).collect()
}

/// The sequences that an append was answered with.
pub fn sequences(appended: &[Appended]) -> Vec<u64> {
    appended.iter().map(|a| a.position.sequence).collect()
}

/// The right to write for one shard.
pub struct Writer<'a> {
    /// The log.
    pub log: &'a dyn EventLog,
    /// The shard.
    pub shard: Shard,
    /// Its newest epoch, if nobody else took the shard.
    pub epoch: Epoch,
}

impl<'a> Writer<'a> {
    /// Takes the account's shard.
    pub async fn take(log: &'a dyn EventLog, account: AccountId) -> Self {
        let shard = Shard::of(account);
        let epoch = log.take(shard, WORKER).await.unwrap().epoch;
        Self { log, shard, epoch }
    }

    /// Appends, and expects success.
    pub async fn append(&self, events: Vec<Event>) -> Vec<Appended> {
        self.try_append(events).await.unwrap()
    }

    /// Appends.
    pub async fn try_append(&self, events: Vec<Event>) -> Result<Vec<Appended>, AppendError> {
        self.log.append(self.shard, self.epoch, events).await
    }

    /// Appends, expects a refusal, and tells why.
    pub async fn refused(&self, events: Vec<Event>) -> AppendErrorKind {
        self.try_append(events).await.unwrap_err().kind
    }

    /// Everything of the shard.
    pub async fn all(&self) -> Vec<Stored> {
        let all = self.log.read_shard(self.shard, 0, u64::MAX, ALL).await;
        all.unwrap()
    }
}
