//! Reading: by direct get, complete as of the call.

use crate::error::Fault;
use crate::log::NatsLog;
use crate::record::Record;
use crate::subjects;
use pushmail_domain::{AccountId, EventId, StreamId, TenantId};
use pushmail_eventlog::{Stored, TenantPage};
use std::collections::{HashSet, VecDeque};
use std::ops::RangeInclusive;

/// How many more events than asked for [`NatsLog::newest`] may read.
const SLACK: u64 = 32;

impl NatsLog {
    /// The events of the subjects after the range's start and up to its end, oldest first, at most `limit`.
    ///
    /// The leader says how far they reach; where the replica that answers ends before that, the
    /// leader gives the rest.
    pub(crate) async fn read(
        &self,
        stream: StreamId,
        subjects: &str,
        bounds: RangeInclusive<u64>,
        limit: usize,
    ) -> Result<Vec<Stored>, Fault> {
        let (after, through) = (*bounds.start(), *bounds.end());
        if limit == 0 || after >= through {
            return Ok(Vec::new());
        }
        let end = self.end(stream, subjects).await?.min(through);
        self.read_to(stream, subjects, after..=end, limit).await
    }

    /// The sequence of the newest event of the subjects, at the leader; 0 if there is none.
    async fn end(&self, stream: StreamId, subjects: &str) -> Result<u64, Fault> {
        if !self.config.asks_the_leader() {
            return Ok(u64::MAX);
        }
        let last = self.api.last(stream, subjects).await?;
        Ok(last.map_or(0, |last| last.sequence))
    }

    /// [`NatsLog::read`], when the range's end is known to be there, or to have been.
    async fn read_to(
        &self,
        stream: StreamId,
        subjects: &str,
        bounds: RangeInclusive<u64>,
        limit: usize,
    ) -> Result<Vec<Stored>, Fault> {
        let (mut reached, end) = (*bounds.start(), *bounds.end());
        let mut stored = Vec::new();
        while reached < end && stored.len() < limit {
            let missing = limit - stored.len();
            let records = self.some(stream, subjects, reached + 1, missing).await?;
            let Some(newest) = records.last() else {
                break;
            };
            reached = newest.sequence;
            let wanted = records.iter().filter(|record| record.sequence <= end);
            for record in wanted {
                stored.push(record.stored(&self.known)?);
            }
        }
        Ok(stored)
    }

    /// The next few messages of the subjects: none only if the leader has none.
    async fn some(
        &self,
        stream: StreamId,
        subjects: &str,
        from: u64,
        limit: usize,
    ) -> Result<Vec<Record>, Fault> {
        let page = self.api.page(stream, subjects, from, limit).await?;
        if !page.records.is_empty() || !self.config.asks_the_leader() {
            return Ok(page.records);
        }
        let next = self.api.next(stream, subjects, from).await?;
        Ok(next.into_iter().collect())
    }

    /// The newest `limit` events of the account, oldest first.
    ///
    /// Direct gets only go forward, but tell how many messages come after: so the place from which
    /// about `limit` remain is found by halving, with one message read for each of at most 64 steps.
    pub(crate) async fn newest(
        &self,
        tenant: TenantId,
        account: AccountId,
        limit: usize,
    ) -> Result<Vec<Stored>, Fault> {
        let subject = subjects::account(tenant, account);
        let stream = pushmail_domain::Shard::of(account).stream();
        let last = self.api.last(stream, &subject).await?;
        let Some(last) = last.filter(|_| limit > 0) else {
            return Ok(Vec::new());
        };
        if limit == 1 {
            return Ok(vec![last.stored(&self.known)?]);
        }
        let wanted = u64::try_from(limit).unwrap_or(u64::MAX);
        let from = self.begin(stream, &subject, last.sequence, wanted).await?;
        let mut newest = VecDeque::new();
        let mut reached = from - 1;
        while reached < last.sequence {
            let bounds = reached..=last.sequence;
            let some = self.read_to(stream, &subject, bounds, 256).await?;
            let Some(end) = some.last() else { break };
            reached = end.position.sequence;
            newest.extend(some);
            newest.drain(..newest.len().saturating_sub(limit));
        }
        Ok(newest.into())
    }

    /// A sequence from which at least `wanted` messages of the subject remain, if there are so many,
    /// and not many more.
    async fn begin(
        &self,
        stream: StreamId,
        subject: &str,
        last: u64,
        wanted: u64,
    ) -> Result<u64, Fault> {
        let (mut low, mut high) = (1, last);
        // A replica that is behind counts too few, which only makes the answer earlier.
        let mut remaining = self.count(stream, subject, low).await?;
        while remaining > wanted.saturating_add(SLACK) && high - low > 1 {
            let middle = low + (high - low) / 2;
            let count = self.count(stream, subject, middle).await?;
            if count >= wanted {
                (low, remaining) = (middle, count);
            } else {
                high = middle;
            }
        }
        Ok(low)
    }

    async fn count(&self, stream: StreamId, subject: &str, from: u64) -> Result<u64, Fault> {
        let page = self.api.page(stream, subject, from, 1).await?;
        Ok(page.pending + page.records.len() as u64)
    }

    /// The tenant's events in the stream, and how far they reach.
    pub(crate) async fn tenant(
        &self,
        tenant: TenantId,
        stream: StreamId,
        after: u64,
        limit: usize,
    ) -> Result<TenantPage, Fault> {
        let subjects = subjects::tenant(tenant, stream);
        if limit == 0 {
            let last = self.api.last_ever(stream).await?;
            let (events, through) = (Vec::new(), after.min(last));
            return Ok(TenantPage { events, through });
        }
        let mut end = self.end(stream, &subjects).await?;
        let mut through = end;
        if end <= after {
            // Nothing new: so the page reaches to the end of the stream, if it is still so after that
            // was read.
            through = self.api.last_ever(stream).await?;
            end = self.end(stream, &subjects).await?;
        }
        let events = self.read_to(stream, &subjects, after..=end, limit).await?;
        if events.len() >= limit {
            through = events.last().map_or(through, |last| last.position.sequence);
        }
        let newest = events.last().map_or(0, |last| last.position.sequence);
        through = through.max(newest);
        Ok(TenantPage { events, through })
    }

    /// Each id as often as it has surplus records. Reads the whole log.
    pub(crate) async fn surplus(&self) -> Result<Vec<EventId>, Fault> {
        let mut surplus = Vec::new();
        for stream in (0..StreamId::COUNT).map(StreamId::new) {
            let subjects = subjects::events_of(stream);
            let end = self.end(stream, &subjects).await?;
            let (mut seen, mut reached) = (HashSet::new(), 0);
            while reached < end {
                let some = self
                    .read_to(stream, &subjects, reached..=end, 4_096)
                    .await?;
                let Some(last) = some.last() else { break };
                reached = last.position.sequence;
                let again = some
                    .iter()
                    .map(|stored| (stored.event.account, stored.event.id));
                let again = again.filter(|key| !seen.insert(*key));
                surplus.extend(again.map(|(_, id)| id));
            }
        }
        Ok(surplus)
    }
}
