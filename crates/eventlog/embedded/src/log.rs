//! The adapter: the port's methods as jobs of the writer and queries of the readers.

mod live;
mod query;
#[cfg(test)]
mod tests;

use crate::config::Config;
use crate::database;
use crate::error::{OpenError, WriteError};
use crate::readers::Readers;
use crate::recent::Recent;
use crate::tables::{self, Tables};
use crate::writer::{Append, Job, Operation, Writer};
use async_trait::async_trait;
use futures::stream::BoxStream;
use live::Shards;
use pushmail_domain::{
    AccountId, Clock, Epoch, Event, EventId, Shard, StreamId, TenantId, Timestamp, WorkerId,
};
use pushmail_eventlog::{
    AppendError, AppendErrorKind, Appended, EventLog, Fresh, Live, ReadError, Stored, Tail,
    TakeError, Taken, TenantLog, TenantPage,
};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;
use tokio::sync::{broadcast, mpsc, oneshot};

/// Called with the time that each commit took, on the writer's thread: it must be quick.
pub type OnCommit = Arc<dyn Fn(Duration) + Send + Sync>;

/// The most events of one append.
const MAX_EVENTS: usize = 100;
/// Jobs that wait for the writer; more callers wait for room.
const QUEUE: usize = 1024;

/// The event log on SQLite.
///
/// Its positions carry the generation that the log has when they are read, so after
/// [`EventLog::raise_generation`] an event's position differs from the one it was appended at.
///
/// Dropping it waits until the jobs under way are done and the database is closed.
pub struct EmbeddedLog {
    jobs: Option<mpsc::Sender<Box<dyn Job>>>,
    thread: Option<JoinHandle<()>>,
    readers: Arc<Readers>,
    live: broadcast::Sender<Fresh>,
    generation: Arc<AtomicU32>,
    clock: Arc<dyn Clock>,
    retention: Duration,
}

impl std::fmt::Debug for EmbeddedLog {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("EmbeddedLog").finish_non_exhaustive()
    }
}

impl EmbeddedLog {
    /// Opens the log, making it if it is not there, and starts its writer.
    ///
    /// Blocks while it reads the file, so it belongs to start-up. Only one process may have a log
    /// open; the caller sees to that. `on_commit` is called after every commit that wrote.
    ///
    /// # Errors
    /// Say what is wrong with the file and what to do about it.
    pub fn open(
        config: Config,
        clock: Arc<dyn Clock>,
        on_commit: Option<OnCommit>,
    ) -> Result<Self, OpenError> {
        let sqlite = |error| OpenError::from_sqlite(&config.path, error);
        let connection = database::open_writer(&config)?;
        let readers = Readers::open(&config)?;
        let mut recent = Recent::new(config.dedupe_window);
        tables::load_recent(&connection, &mut recent, clock.now()).map_err(sqlite)?;
        let generation = tables::load_generation(&connection).map_err(sqlite)?;
        let generation = Arc::new(AtomicU32::new(generation));
        let live = broadcast::Sender::new(config.live_capacity.max(1));
        let writer = Writer {
            connection,
            recent,
            generation: Arc::clone(&generation),
            live: live.clone(),
            clock: Arc::clone(&clock),
            on_commit,
        };
        let (jobs, queue) = mpsc::channel(QUEUE);
        let thread = std::thread::Builder::new()
            .name("eventlog-writer".to_owned())
            .spawn(move || writer.run(queue))
            .map_err(|error| OpenError::from_io(&config.path, error))?;
        Ok(Self {
            jobs: Some(jobs),
            thread: Some(thread),
            readers,
            live,
            generation,
            clock,
            retention: config.retention,
        })
    }

    /// Removes what is older than the retention, a few events at a time so that appends go on in
    /// between. To be called now and then. Returns how many events were removed.
    ///
    /// # Errors
    /// When the database fails. What was removed until then stays removed.
    pub async fn expire(&self) -> Result<u64, ReadError> {
        let before = self.retained_since();
        self.remove(move |tables| tables.expire(before)).await
    }

    /// The generation, which all streams share.
    fn present(&self) -> u32 {
        self.generation.load(Ordering::Acquire)
    }

    /// Repeats `step`, a transaction each, until it removes nothing more.
    async fn remove(
        &self,
        step: impl FnMut(&mut Tables<'_>) -> rusqlite::Result<usize> + Copy + Send + 'static,
    ) -> Result<u64, ReadError> {
        let mut removed = 0;
        loop {
            match self.operate(step).await? {
                0 => return Ok(removed),
                count => removed += count as u64,
            }
        }
    }

    /// Has the writer run `function`; returns once its effect is durable.
    async fn operate<T: Send + 'static>(
        &self,
        function: impl FnMut(&mut Tables<'_>) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, WriteError> {
        let (job, answer) = Operation::new(function);
        self.hand_over(Box::new(job), answer).await?
    }

    /// Queues the job, waiting for room, and waits for its answer.
    async fn hand_over<T>(
        &self,
        job: Box<dyn Job>,
        answer: oneshot::Receiver<T>,
    ) -> Result<T, WriteError> {
        let jobs = self.jobs.as_ref().ok_or(WriteError::Stopped)?;
        jobs.send(job).await.map_err(|_| WriteError::Stopped)?;
        answer.await.map_err(|_| WriteError::Stopped)
    }
}

impl Drop for EmbeddedLog {
    fn drop(&mut self) {
        self.readers.close();
        self.jobs = None;
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the event log's writer had panicked");
        }
    }
}

#[async_trait]
impl EventLog for EmbeddedLog {
    async fn take(&self, shard: Shard, worker: WorkerId) -> Result<Taken, TakeError> {
        let take = move |tables: &mut Tables<'_>| {
            let before = tables.epoch(shard)?;
            Ok(Taken {
                epoch: tables.raise_fence(shard, worker)?,
                before,
                last_sequence: tables.last_of_shard(shard)?,
                stream_last: tables.last_ever()?,
            })
        };
        Ok(self.operate(take).await?)
    }

    async fn raise_generation(&self, _: StreamId, seen: u32) -> Result<u32, TakeError> {
        let raise = move |tables: &mut Tables<'_>| tables.raise_generation(seen);
        Ok(self.operate(raise).await?)
    }

    async fn shard_at(&self, _: StreamId, sequence: u64) -> Result<Option<Shard>, ReadError> {
        let read = move |connection: &_| query::shard_at(connection, sequence);
        self.readers.run(read).await
    }

    async fn fence(&self, shard: Shard) -> Result<Option<Epoch>, ReadError> {
        let read = move |connection: &_| query::fence(connection, shard);
        self.readers.run(read).await
    }

    async fn append(
        &self,
        shard: Shard,
        epoch: Epoch,
        events: Vec<Event>,
    ) -> Result<Vec<Appended>, AppendError> {
        let fits = (1..=MAX_EVENTS).contains(&events.len());
        if !fits || events.iter().any(|event| Shard::of(event.account) != shard) {
            return Err(AppendError::new(AppendErrorKind::Invalid));
        }
        let (job, answer) = Append::new(shard, epoch, events);
        self.hand_over(Box::new(job), answer).await?
    }

    async fn read_shard(
        &self,
        shard: Shard,
        after: u64,
        through: u64,
        limit: usize,
    ) -> Result<Vec<Stored>, ReadError> {
        let generation = self.present();
        let read = move |connection: &_| {
            query::shard(connection, generation, shard, after..=through, limit)
        };
        self.readers.run(read).await
    }

    async fn read_account(
        &self,
        tenant: TenantId,
        account: AccountId,
        after: u64,
        limit: usize,
    ) -> Result<Vec<Stored>, ReadError> {
        let generation = self.present();
        let read = move |connection: &_| {
            query::account(connection, generation, (tenant, account), after, limit)
        };
        self.readers.run(read).await
    }

    async fn last_of_account(
        &self,
        tenant: TenantId,
        account: AccountId,
    ) -> Result<Option<Stored>, ReadError> {
        let mut newest = self.newest_of_account(tenant, account, 1).await?;
        Ok(newest.pop())
    }

    async fn newest_of_account(
        &self,
        tenant: TenantId,
        account: AccountId,
        limit: usize,
    ) -> Result<Vec<Stored>, ReadError> {
        let generation = self.present();
        let read =
            move |connection: &_| query::newest(connection, generation, (tenant, account), limit);
        self.readers.run(read).await
    }

    async fn surplus_records(&self) -> Result<Vec<EventId>, ReadError> {
        self.readers.run(query::surplus).await
    }

    async fn live(&self) -> Result<Tail, ReadError> {
        let shards = Arc::new(Shards::none());
        let follow = Arc::clone(&shards);
        let wants = move |event: &Event| shards.has(Shard::of(event.account));
        let live = live::stream(self.live.subscribe(), wants);
        Ok(Tail { follow, live })
    }

    fn generation(&self, _: StreamId) -> u32 {
        self.present()
    }

    fn retained_since(&self) -> Timestamp {
        self.clock.now().before(self.retention)
    }

    async fn purge_account(
        &self,
        tenant: TenantId,
        account: AccountId,
        below: Option<u64>,
    ) -> Result<(), ReadError> {
        let below = below.and_then(|below| i64::try_from(below).ok());
        let below = below.unwrap_or(i64::MAX);
        let purge = move |tables: &mut Tables<'_>| tables.purge(tenant, account, below);
        self.remove(purge).await.map(drop)
    }
}

#[async_trait]
impl TenantLog for EmbeddedLog {
    async fn read_tenant(
        &self,
        tenant: TenantId,
        stream: StreamId,
        after: u64,
        limit: usize,
    ) -> Result<TenantPage, ReadError> {
        let generation = self.present();
        let read = move |connection: &_| {
            query::tenant(connection, generation, (tenant, stream), after, limit)
        };
        self.readers.run(read).await
    }

    async fn live_of_tenant(
        &self,
        tenant: TenantId,
    ) -> Result<BoxStream<'static, Live>, ReadError> {
        let wants = move |event: &Event| event.tenant == tenant;
        Ok(live::stream(self.live.subscribe(), wants))
    }

    async fn stream_last(&self, _: StreamId) -> Result<u64, ReadError> {
        self.readers.run(query::last).await
    }
}
