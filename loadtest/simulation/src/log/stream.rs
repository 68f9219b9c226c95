//! One stream's records.

use super::DEDUPE_WINDOW;
use pushmail_domain::{AccountId, Epoch, Event, EventId, Shard};
use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::time::Duration;

/// A stream: events and fences, each with its sequence.
#[derive(Clone, Default)]
pub(crate) struct Stream {
    /// The highest sequence that was given out.
    pub(crate) last: u64,
    pub(crate) events: BTreeMap<u64, Record>,
    /// The newest fence of each shard in each generation.
    fences: BTreeMap<(Shard, u32), Fence>,
    ids: BTreeMap<EventId, u64>,
}

/// An event, and when it was stored.
#[derive(Clone)]
pub(crate) struct Record {
    pub(crate) event: Event,
    pub(crate) at: Duration,
}

/// A fence and what marks it as its taker's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Fence {
    pub(crate) sequence: u64,
    pub(crate) nonce: u64,
    pub(crate) worker: usize,
}

impl Stream {
    pub(super) fn push(&mut self, event: Event, at: Duration) {
        self.last += 1;
        self.ids.insert(event.id, self.last);
        self.events.insert(self.last, Record { event, at });
    }

    /// Where the id was stored, if that was not long ago.
    pub(super) fn dedupe(&self, id: EventId, now: Duration) -> Option<u64> {
        let sequence = *self.ids.get(&id)?;
        let record = self.events.get(&sequence)?;
        (now.saturating_sub(record.at) < DEDUPE_WINDOW).then_some(sequence)
    }

    /// Puts a fence in the place of one with this sequence (0: of none); its sequence, if that was the newest.
    pub(super) fn raise(
        &mut self,
        shard: Shard,
        generation: u32,
        before: u64,
        mut fence: Fence,
    ) -> Option<u64> {
        if self.fence_of(shard, generation) != before {
            return None;
        }
        self.last += 1;
        fence.sequence = self.last;
        self.fences.insert((shard, generation), fence);
        Some(self.last)
    }

    /// The sequence of the shard's fence in the generation; 0 if it has none.
    pub(super) fn fence_of(&self, shard: Shard, generation: u32) -> u64 {
        self.fences
            .get(&(shard, generation))
            .map_or(0, |fence| fence.sequence)
    }

    /// The shard's last fence, by sequence.
    pub(super) fn last_fence(&self, shard: Shard) -> Option<(Epoch, Fence)> {
        let of_shard = self.fences.range((shard, 0)..=(shard, u32::MAX));
        let epochs = of_shard.map(|((_, generation), fence)| {
            let epoch = Epoch {
                generation: *generation,
                fence: fence.sequence,
            };
            (epoch, *fence)
        });
        epochs.max_by_key(|(epoch, _)| epoch.fence)
    }

    /// The shard's newest epoch, by generation.
    pub(crate) fn newest_fence(&self, shard: Shard) -> Option<(Epoch, usize)> {
        let of_shard = self.fences.range((shard, 0)..=(shard, u32::MAX));
        let ((_, generation), fence) = of_shard.last()?;
        Some((
            Epoch {
                generation: *generation,
                fence: fence.sequence,
            },
            fence.worker,
        ))
    }

    /// Removes the fences of generations below; of one shard, or of all.
    pub(super) fn purge_fences(&mut self, shard: Option<Shard>, below: u32) {
        self.fences.retain(|(of, generation), _| {
            *generation >= below || shard.is_some_and(|shard| shard != *of)
        });
    }

    /// Whose record has this sequence.
    pub(super) fn shard_at(&self, sequence: u64) -> Option<Shard> {
        let event = self
            .events
            .get(&sequence)
            .map(|record| Shard::of(record.event.account));
        let mut fences = self.fences.iter();
        event.or_else(|| {
            fences
                .find(|(_, fence)| fence.sequence == sequence)
                .map(|((shard, _), _)| *shard)
        })
    }

    /// The sequence of the shard's last event; 0 if it has none.
    pub(super) fn last_of_shard(&self, shard: Shard) -> u64 {
        let mut newest = self.events.iter().rev();
        let found = newest.find(|(_, record)| Shard::of(record.event.account) == shard);
        found.map_or(0, |(sequence, _)| *sequence)
    }

    /// Some events of the shard, oldest first.
    pub(super) fn page(
        &self,
        shard: Shard,
        range: RangeInclusive<u64>,
        limit: usize,
    ) -> Vec<(u64, Record)> {
        if range.is_empty() {
            return Vec::new();
        }
        let events = self.events.range(range);
        let own = events.filter(|(_, record)| Shard::of(record.event.account) == shard);
        own.take(limit)
            .map(|(sequence, record)| (*sequence, record.clone()))
            .collect()
    }

    /// The account's events, oldest first.
    pub(crate) fn of_account(
        &self,
        account: AccountId,
    ) -> impl DoubleEndedIterator<Item = (u64, &Record)> {
        let own = self
            .events
            .iter()
            .filter(move |(_, record)| record.event.account == account);
        own.map(|(sequence, record)| (*sequence, record))
    }

    /// What was there at a moment; fences as they are.
    pub(super) fn as_of(&self, moment: Duration) -> Self {
        let mut then = self.clone();
        then.events.retain(|_, record| record.at <= moment);
        then
    }
}
