//! The adapter as the port that the watcher sees.

use super::Adapter;
use super::stream::Record;
use crate::network::NoAnswer;
use crate::options::Plant;
use async_trait::async_trait;
use pushmail_domain::{
    AccountId, Epoch, Event, EventId, Position, Shard, StreamId, TenantId, Timestamp, WorkerId,
};
use pushmail_eventlog::{
    AppendError, AppendErrorKind, Appended, EventLog, ReadError, Stored, Tail, TakeError, Taken,
};

/// The most events of one append.
const MAX_EVENTS: usize = 100;

#[async_trait]
impl EventLog for Adapter {
    async fn take(&self, shard: Shard, _worker: WorkerId) -> Result<Taken, TakeError> {
        self.take_shard(shard)
            .await
            .map_err(|error| TakeError(error.into()))
    }

    async fn raise_generation(&self, stream: StreamId, seen: u32) -> Result<u32, TakeError> {
        let begun = self.begin_generation(stream, seen).await;
        begun.map_err(|error| TakeError(error.into()))
    }

    async fn shard_at(&self, stream: StreamId, sequence: u64) -> Result<Option<Shard>, ReadError> {
        let found = self.ask(stream, move |stream| stream.shard_at(sequence));
        found.await.map_err(unread)
    }

    async fn fence(&self, shard: Shard) -> Result<Option<Epoch>, ReadError> {
        self.newest_epoch(shard).await.map_err(unread)
    }

    async fn append(
        &self,
        shard: Shard,
        epoch: Epoch,
        events: Vec<Event>,
    ) -> Result<Vec<Appended>, AppendError> {
        if !(1..=MAX_EVENTS).contains(&events.len()) {
            return Err(AppendError::new(AppendErrorKind::Invalid));
        }
        if self.plant == Some(Plant::CursorFirst) {
            self.registry.flush_first(shard, epoch, &events).await;
        }
        let stored = self.append_events(shard, epoch, events).await?;
        let appended = stored.into_iter().map(|(sequence, duplicate)| Appended {
            position: self.position(shard.stream(), sequence),
            duplicate,
        });
        Ok(appended.collect())
    }

    async fn read_shard(
        &self,
        shard: Shard,
        after: u64,
        through: u64,
        limit: usize,
    ) -> Result<Vec<Stored>, ReadError> {
        let stream = shard.stream();
        if self.plant == Some(Plant::SkipFold) {
            return Ok(Vec::new());
        }
        let last = self.ask(stream, move |stream| stream.last_of_shard(shard));
        let end = last.await.map_err(unread)?.min(through);
        let mut stored = Vec::new();
        let mut reached = after;
        while reached < end && stored.len() < limit {
            let (server, lag) = (self.server.clone(), self.lag());
            let (range, missing) = (reached + 1..=u64::MAX, limit - stored.len());
            let page = self
                .link
                .call(move || server.replica(stream, lag).page(shard, range, missing));
            let mut page = page.await.map_err(unread)?;
            if page.is_empty() && self.plant != Some(Plant::StaleReplica) {
                let range = reached + 1..=u64::MAX;
                let page_ = self.ask(stream, move |stream| stream.page(shard, range, missing));
                page = page_.await.map_err(unread)?;
            }
            let Some((newest, _)) = page.last() else {
                break;
            };
            reached = *newest;
            let wanted = page.into_iter().filter(|(sequence, _)| *sequence <= end);
            stored.extend(wanted.map(|(sequence, record)| self.stored(stream, sequence, record)));
        }
        Ok(stored)
    }

    async fn read_account(
        &self,
        _tenant: TenantId,
        account: AccountId,
        after: u64,
        limit: usize,
    ) -> Result<Vec<Stored>, ReadError> {
        let mut all = self.all_of(account).await?;
        all.retain(|stored| stored.position.sequence > after);
        all.truncate(limit);
        Ok(all)
    }

    async fn last_of_account(
        &self,
        _tenant: TenantId,
        account: AccountId,
    ) -> Result<Option<Stored>, ReadError> {
        Ok(self.all_of(account).await?.pop())
    }

    async fn newest_of_account(
        &self,
        _tenant: TenantId,
        account: AccountId,
        limit: usize,
    ) -> Result<Vec<Stored>, ReadError> {
        let mut all = self.all_of(account).await?;
        Ok(all.split_off(all.len().saturating_sub(limit)))
    }

    async fn surplus_records(&self) -> Result<Vec<EventId>, ReadError> {
        Err(unread(NoAnswer))
    }

    async fn live(&self) -> Result<Tail, ReadError> {
        Err(unread(NoAnswer))
    }

    fn generation(&self, stream: StreamId) -> u32 {
        self.known(stream)
    }

    fn retained_since(&self) -> Timestamp {
        Timestamp::default()
    }

    async fn purge_account(
        &self,
        _tenant: TenantId,
        _account: AccountId,
        _below: Option<u64>,
    ) -> Result<(), ReadError> {
        Err(unread(NoAnswer))
    }
}

impl Adapter {
    async fn all_of(&self, account: AccountId) -> Result<Vec<Stored>, ReadError> {
        let stream = Shard::of(account).stream();
        let of_account = move |stream: &mut super::Stream| -> Vec<(u64, Record)> {
            let own = stream.of_account(account);
            own.map(|(sequence, record)| (sequence, record.clone()))
                .collect()
        };
        let records = self.ask(stream, of_account).await.map_err(unread)?;
        let stored = records.into_iter();
        Ok(stored
            .map(|(sequence, record)| self.stored(stream, sequence, record))
            .collect())
    }

    fn stored(&self, stream: StreamId, sequence: u64, record: Record) -> Stored {
        Stored {
            event: record.event,
            position: self.position(stream, sequence),
            stored_at: Timestamp::default().after(record.at),
        }
    }

    fn position(&self, stream: StreamId, sequence: u64) -> Position {
        Position {
            stream,
            generation: self.known(stream),
            sequence,
        }
    }
}

fn unread(error: NoAnswer) -> ReadError {
    ReadError(error.into())
}
