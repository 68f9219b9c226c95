//! The adapter: the port's methods.

use crate::api::Api;
use crate::append::Writer;
use crate::config::Config;
use crate::connect;
use crate::error::{Fault, OpenError, code};
use crate::generations::{Generations, Known};
use crate::live::{Hub, Hubs, What};
use crate::{streams, subjects};
use async_nats::connection::State;
use async_trait::async_trait;
use futures::stream::BoxStream;
use pushmail_domain::{
    AccountId, Clock, Epoch, Event, EventId, SHARD_COUNT, Shard, StreamId, TenantId, Timestamp,
    WorkerId,
};
use pushmail_eventlog::{
    AppendError, Appended, EventLog, Live, ReadError, Stored, Tail, TakeError, Taken, TenantLog,
    TenantPage,
};
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Duration;
use tokio::sync::Mutex;
use tokio::task::AbortHandle;

/// The shortest time from one telling of a loss to the next.
const BETWEEN_LAGS: Duration = Duration::from_millis(100);

/// The event log on NATS JetStream.
///
/// Its positions carry the generation that the stream has when they are read. Dropping it ends its
/// subscriptions and closes the connection.
///
/// An append of several events is one atomic batch. Where some of them are logged already, or the
/// servers have no room for one more batch, they are stored one by one, in order: then a crash in
/// between leaves the first of them stored, and the error is
/// [`Ambiguous`](pushmail_eventlog::AppendErrorKind::Ambiguous).
///
/// On replicated streams a removal reaches the replicas a little after the leader: a read may give what
/// was purged a moment ago.
pub struct NatsLog {
    pub(crate) api: Api,
    pub(crate) known: Arc<Known>,
    pub(crate) config: Config,
    /// By shard: an append waits for the one before it, since a replicated stream takes one message
    /// at a time under the same fence.
    pub(crate) writers: Vec<Mutex<Writer>>,
    hubs: Arc<Hubs>,
    clock: Arc<dyn Clock>,
    /// How often it was asked whether it answers.
    asked: AtomicU8,
    tasks: Vec<AbortHandle>,
}

impl std::fmt::Debug for NatsLog {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NatsLog").finish_non_exhaustive()
    }
}

impl NatsLog {
    /// Connects, and sees to it that the streams are there and have the right settings. Several
    /// processes may do so at once.
    ///
    /// # Errors
    /// Say what is wrong with the servers or their streams, and what to do about it.
    pub async fn open(
        config: Config,
        generations: Arc<dyn Generations>,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, OpenError> {
        let known = Arc::new(Known::new(generations));
        known.refresh().await.map_err(|fault| match fault {
            Fault::Generations(source) => OpenError::Generations(source),
            other => OpenError::Generations(other.into()),
        })?;
        let (client, link) = connect::connect(&config).await?;
        let api = Api {
            client,
            link,
            patience: config.read_timeout,
        };
        let patient = Api {
            patience: config.open_timeout,
            ..api.clone()
        };
        streams::prepare(&patient, &config).await?;
        let hubs = Arc::new(Hubs::default());
        let fresh = Arc::clone(&known);
        let refresh = config.refresh;
        let (told, tell) = (Arc::clone(&hubs), api.clone());
        let tasks = [
            tokio::spawn(async move { fresh.keep_fresh(refresh).await }),
            tokio::spawn(async move {
                loop {
                    tell.link.loses().await;
                    told.lag(&tell).await;
                    tokio::time::sleep(BETWEEN_LAGS).await;
                }
            }),
        ];
        let writers = (0..SHARD_COUNT).map(|_| Mutex::default());
        Ok(Self {
            api,
            known,
            config,
            writers: writers.collect(),
            hubs,
            clock,
            asked: AtomicU8::new(0),
            tasks: tasks.iter().map(|task| task.abort_handle()).collect(),
        })
    }

    /// Whether there is a connection to a server just now. It comes back by itself, unless the
    /// servers refuse the client.
    pub fn is_connected(&self) -> bool {
        self.api.client.connection_state() == State::Connected
    }

    /// Whether the leader of a stream answers, within 2 s; of another one at each call.
    pub async fn answers(&self) -> bool {
        let number = self.asked.fetch_add(1, Ordering::Relaxed) % StreamId::COUNT;
        let stream = StreamId::new(number);
        // Of a subject that never has a message.
        let question = json!({ "last_by_subj": subjects::sync(stream) });
        let api = format!("STREAM.MSG.GET.{}", subjects::stream(stream));
        match self.api.ask_once::<Value>(&api, &question).await {
            Ok(_) => true,
            Err(fault) => fault.code() == code::NO_MESSAGE,
        }
    }

    fn hub(&self) -> (Arc<Hub>, BoxStream<'static, Live>) {
        let known = Arc::clone(&self.known);
        let (hub, live) = Hub::new(self.api.clone(), known, self.config.live_capacity);
        self.hubs.add(&hub);
        (hub, live)
    }
}

impl Drop for NatsLog {
    fn drop(&mut self) {
        self.tasks.iter().for_each(AbortHandle::abort);
        self.hubs.close();
    }
}

#[async_trait]
impl EventLog for NatsLog {
    async fn take(&self, shard: Shard, worker: WorkerId) -> Result<Taken, TakeError> {
        Ok(self.take_shard(shard, worker).await?)
    }

    async fn raise_generation(&self, stream: StreamId, seen: u32) -> Result<u32, TakeError> {
        Ok(self.begin_generation(stream, seen).await?)
    }

    async fn shard_at(&self, stream: StreamId, sequence: u64) -> Result<Option<Shard>, ReadError> {
        let record = self.api.at(stream, sequence).await?;
        Ok(record.and_then(|record| subjects::shard_of(&record.subject)))
    }

    async fn fence(&self, shard: Shard) -> Result<Option<Epoch>, ReadError> {
        Ok(self.newest_epoch(shard).await?)
    }

    async fn append(
        &self,
        shard: Shard,
        epoch: Epoch,
        events: Vec<Event>,
    ) -> Result<Vec<Appended>, AppendError> {
        self.append_events(shard, epoch, &events).await
    }

    async fn read_shard(
        &self,
        shard: Shard,
        after: u64,
        through: u64,
        limit: usize,
    ) -> Result<Vec<Stored>, ReadError> {
        let subjects = subjects::shard(shard);
        let read = self.read(shard.stream(), &subjects, after..=through, limit);
        Ok(read.await?)
    }

    async fn read_account(
        &self,
        tenant: TenantId,
        account: AccountId,
        after: u64,
        limit: usize,
    ) -> Result<Vec<Stored>, ReadError> {
        let subject = subjects::account(tenant, account);
        let stream = Shard::of(account).stream();
        let read = self.read(stream, &subject, after..=u64::MAX, limit);
        Ok(read.await?)
    }

    async fn last_of_account(
        &self,
        tenant: TenantId,
        account: AccountId,
    ) -> Result<Option<Stored>, ReadError> {
        let mut newest = self.newest(tenant, account, 1).await?;
        Ok(newest.pop())
    }

    async fn newest_of_account(
        &self,
        tenant: TenantId,
        account: AccountId,
        limit: usize,
    ) -> Result<Vec<Stored>, ReadError> {
        Ok(self.newest(tenant, account, limit).await?)
    }

    async fn surplus_records(&self) -> Result<Vec<EventId>, ReadError> {
        Ok(self.surplus().await?)
    }

    async fn live(&self) -> Result<Tail, ReadError> {
        let (follow, live) = self.hub();
        Ok(Tail { follow, live })
    }

    fn generation(&self, stream: StreamId) -> u32 {
        self.known.of(stream)
    }

    fn retained_since(&self) -> Timestamp {
        self.clock.now().before(self.config.retention)
    }

    async fn purge_account(
        &self,
        tenant: TenantId,
        account: AccountId,
        below: Option<u64>,
    ) -> Result<(), ReadError> {
        let subject = subjects::account(tenant, account);
        let stream = Shard::of(account).stream();
        Ok(self.api.purge(stream, &subject, below).await?)
    }
}

#[async_trait]
impl TenantLog for NatsLog {
    async fn read_tenant(
        &self,
        tenant: TenantId,
        stream: StreamId,
        after: u64,
        limit: usize,
    ) -> Result<TenantPage, ReadError> {
        Ok(self.tenant(tenant, stream, after, limit).await?)
    }

    async fn live_of_tenant(
        &self,
        tenant: TenantId,
    ) -> Result<BoxStream<'static, Live>, ReadError> {
        let (hub, live) = self.hub();
        hub.follow(What::Tenant(tenant)).await?;
        Ok(live)
    }

    async fn stream_last(&self, stream: StreamId) -> Result<u64, ReadError> {
        Ok(self.api.last_ever(stream).await?)
    }
}
