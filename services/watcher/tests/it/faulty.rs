//! The embedded event log, failing as it is told.

use async_trait::async_trait;
use pushmail_domain::{
    AccountId, Epoch, Event, EventId, Shard, StreamId, TenantId, Timestamp, WorkerId,
};
use pushmail_eventlog::{
    AppendError, AppendErrorKind, Appended, EventLog, ReadError, Stored, Tail, TakeError, Taken,
};
use pushmail_eventlog_embedded::EmbeddedLog;
use std::collections::VecDeque;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// What happens to the next append.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Failure {
    /// It is stored, and the answer is lost.
    AnswerLost,
    /// It is lost on the way, and so nobody knows.
    RequestLost,
    /// It is refused as if another worker had taken the shard.
    Stale,
    /// It is refused as if it broke the log's rules.
    Invalid,
    /// It is acknowledged, and was never stored.
    Lied,
    /// It is refused because the log lost what it had acknowledged.
    Regressed,
}

pub(crate) struct Faulty {
    inner: EmbeddedLog,
    failures: Mutex<VecDeque<Failure>>,
    full: AtomicBool,
    unreadable: AtomicUsize,
    unreadable_shard: Mutex<Option<Shard>>,
    /// What became of the last event that was stored.
    last: Mutex<Option<Appended>>,
    /// How many events each append held, whatever became of it.
    sizes: Mutex<Vec<usize>>,
}

impl Faulty {
    pub(crate) fn new(inner: EmbeddedLog) -> Self {
        Self {
            inner,
            failures: Mutex::default(),
            full: AtomicBool::new(false),
            unreadable: AtomicUsize::new(0),
            unreadable_shard: Mutex::default(),
            last: Mutex::default(),
            sizes: Mutex::default(),
        }
    }

    /// An answer as if so many events had been stored.
    fn lie(&self, events: usize) -> Vec<Appended> {
        let mut last = self.last.lock().unwrap().unwrap();
        let next = |_| {
            last.position.sequence += 1;
            last
        };
        (0..events).map(next).collect()
    }

    /// The next append without a failure of its own gets this one.
    pub(crate) fn fail_next(&self, failure: Failure) {
        self.failures.lock().unwrap().push_back(failure);
    }

    /// From now on the log has no room, or has some again.
    pub(crate) fn set_full(&self, full: bool) {
        self.full.store(full, Ordering::SeqCst);
    }

    /// So many looks at an account's last event fail from now on.
    pub(crate) fn set_unreadable(&self, times: usize) {
        self.unreadable.store(times, Ordering::SeqCst);
    }

    /// This shard cannot be read from now on; `None`: all can.
    pub(crate) fn set_unreadable_shard(&self, shard: Option<Shard>) {
        *self.unreadable_shard.lock().unwrap() = shard;
    }

    /// How many events each append held so far, whatever became of it.
    pub(crate) fn appends(&self) -> Vec<usize> {
        self.sizes.lock().unwrap().clone()
    }
}

#[async_trait]
impl EventLog for Faulty {
    async fn take(&self, shard: Shard, worker: WorkerId) -> Result<Taken, TakeError> {
        self.inner.take(shard, worker).await
    }

    async fn raise_generation(&self, stream: StreamId, seen: u32) -> Result<u32, TakeError> {
        self.inner.raise_generation(stream, seen).await
    }

    async fn shard_at(&self, stream: StreamId, sequence: u64) -> Result<Option<Shard>, ReadError> {
        self.inner.shard_at(stream, sequence).await
    }

    async fn fence(&self, shard: Shard) -> Result<Option<Epoch>, ReadError> {
        self.inner.fence(shard).await
    }

    async fn append(
        &self,
        shard: Shard,
        epoch: Epoch,
        events: Vec<Event>,
    ) -> Result<Vec<Appended>, AppendError> {
        self.sizes.lock().unwrap().push(events.len());
        if self.full.load(Ordering::SeqCst) {
            return Err(AppendError::new(AppendErrorKind::Full));
        }
        let failure = self.failures.lock().unwrap().pop_front();
        match failure {
            None => {
                let appended = self.inner.append(shard, epoch, events).await?;
                *self.last.lock().unwrap() = appended.last().copied();
                Ok(appended)
            }
            Some(Failure::AnswerLost) => {
                self.inner.append(shard, epoch, events).await?;
                Err(AppendError::new(AppendErrorKind::Ambiguous))
            }
            Some(Failure::Lied) => Ok(self.lie(events.len())),
            Some(Failure::RequestLost) => Err(AppendError::new(AppendErrorKind::Ambiguous)),
            Some(Failure::Stale) => Err(AppendError::new(AppendErrorKind::StaleEpoch)),
            Some(Failure::Regressed) => Err(AppendError::new(AppendErrorKind::Regressed)),
            Some(Failure::Invalid) => Err(AppendError::new(AppendErrorKind::Invalid)),
        }
    }

    async fn read_shard(
        &self,
        shard: Shard,
        after: u64,
        through: u64,
        limit: usize,
    ) -> Result<Vec<Stored>, ReadError> {
        if *self.unreadable_shard.lock().unwrap() == Some(shard) {
            return Err(ReadError("the shard is on a bad sector".into()));
        }
        self.inner.read_shard(shard, after, through, limit).await
    }

    async fn read_account(
        &self,
        tenant: TenantId,
        account: AccountId,
        after: u64,
        limit: usize,
    ) -> Result<Vec<Stored>, ReadError> {
        self.inner.read_account(tenant, account, after, limit).await
    }

    async fn last_of_account(
        &self,
        tenant: TenantId,
        account: AccountId,
    ) -> Result<Option<Stored>, ReadError> {
        let fails = |left: usize| left.checked_sub(1);
        let (set, fetch) = (Ordering::SeqCst, Ordering::SeqCst);
        if self.unreadable.fetch_update(set, fetch, fails).is_ok() {
            return Err(ReadError("the leader does not answer".into()));
        }
        self.inner.last_of_account(tenant, account).await
    }

    async fn newest_of_account(
        &self,
        tenant: TenantId,
        account: AccountId,
        limit: usize,
    ) -> Result<Vec<Stored>, ReadError> {
        self.inner.newest_of_account(tenant, account, limit).await
    }

    async fn surplus_records(&self) -> Result<Vec<EventId>, ReadError> {
        self.inner.surplus_records().await
    }

    async fn live(&self) -> Result<Tail, ReadError> {
        self.inner.live().await
    }

    fn generation(&self, stream: StreamId) -> u32 {
        self.inner.generation(stream)
    }

    fn retained_since(&self) -> Timestamp {
        self.inner.retained_since()
    }

    async fn purge_account(
        &self,
        tenant: TenantId,
        account: AccountId,
        below: Option<u64>,
    ) -> Result<(), ReadError> {
        self.inner.purge_account(tenant, account, below).await
    }
}
