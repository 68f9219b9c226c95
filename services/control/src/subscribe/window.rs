//! What a subscriber was sent and has not acknowledged, and where its position stands. Pure: time is
//! handed in.
//!
//! Invariant: a lane's mark moves only over what was acknowledged, left out by the filter, or is not
//! there; so whatever is lost, everything else is sent again.

use super::lane::{Entry, Lane, Reach};
use pushmail_domain::{AccountId, StreamId, Timestamp};
use pushmail_registry::Mark;
use std::collections::BTreeMap;
use std::time::Duration;

/// How many events above the marks are held, done or not. With more, nothing new is read until the
/// oldest is done.
pub(crate) const MAX_HELD: usize = 4096;

/// What a subscriber asked for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    /// The most events sent and not acknowledged.
    pub(crate) unacked: usize,
    /// After this long without an acknowledgement an event is sent again.
    pub(crate) deadline: Duration,
}

/// Why events may be missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum GapReason {
    /// They were kept no longer.
    Expired,
    /// The log lost events.
    LogRebuilt,
}

/// One event of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Key {
    pub(crate) stream: StreamId,
    pub(crate) generation: u32,
    pub(crate) sequence: u64,
}

/// Something that is to be sent again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Due {
    Event(Key),
    Gap,
}

/// One sending.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Sending {
    /// The number of the first sending of the same thing.
    pub(crate) number: u64,
    /// 1 for the first.
    pub(crate) attempt: u32,
}

/// A gap of the whole tenant that was told and not acknowledged. While there is one, no mark is stored:
/// a subscriber that never hears of it finds it again.
#[derive(Debug)]
struct Gap {
    reason: GapReason,
    number: u64,
    newest: u64,
    attempt: u32,
    deadline: Duration,
}

/// The window of one subscriber.
#[derive(Debug)]
pub(crate) struct Window {
    /// One for each of the log's streams.
    lanes: Vec<Lane>,
    limits: Limits,
    /// What is sent and not done, by the number of its newest sending: the one due next is first.
    due: BTreeMap<u64, Due>,
    gap: Option<Gap>,
    /// The number of the newest sending.
    sent: u64,
}

impl Window {
    /// A window over a subscription's marks, one for each stream, in order.
    pub(crate) fn new(marks: &[Mark], limits: Limits) -> Self {
        Self {
            lanes: marks.iter().map(Lane::new).collect(),
            limits,
            due: BTreeMap::new(),
            gap: None,
            sent: 0,
        }
    }

    /// Begins these marks' streams again, each in another generation of the log.
    pub(crate) fn rebase(&mut self, marks: &[Mark]) {
        for mark in marks {
            let stream = mark.position.stream;
            if let Some(lane) = self.lane(stream) {
                *lane = Lane::new(mark);
                lane.changed = true;
            }
            self.due.retain(|_, due| match due {
                Due::Event(key) => key.stream != stream,
                Due::Gap => true,
            });
        }
    }

    /// Where the streams' marks are, in the order of streams.
    pub(crate) fn marks(&self) -> impl Iterator<Item = Reach> {
        self.lanes.iter().map(Lane::mark)
    }

    /// Whether another event may be sent.
    pub(crate) fn has_room(&self) -> bool {
        self.unacked() < self.limits.unacked && self.held() < MAX_HELD
    }

    /// How many events are sent and not done.
    pub(crate) fn unacked(&self) -> usize {
        self.due.len() - usize::from(self.gap.is_some())
    }

    /// Whether everything that was sent is done, gaps included.
    pub(crate) fn is_done(&self) -> bool {
        self.due.is_empty()
    }

    fn held(&self) -> usize {
        self.lanes.iter().map(Lane::held).sum()
    }

    /// The stream was read up to here, and what has no entry is done.
    pub(crate) fn pass(&mut self, stream: StreamId, reach: Reach) {
        if let Some(lane) = self.lane(stream) {
            lane.pass(reach);
        }
    }

    /// Whether the event, the next of its stream, was acknowledged before; then it counts as done.
    pub(crate) fn was_done(&mut self, key: Key, at: Timestamp, account: AccountId) -> bool {
        self.lane(key.stream)
            .is_some_and(|lane| lane.was_done(key.sequence, at, account))
    }

    /// Notes that the event, the next of its stream, is sent. It was stored at `at`.
    pub(crate) fn send(
        &mut self,
        key: Key,
        at: Timestamp,
        account: AccountId,
        now: Duration,
    ) -> Sending {
        let number = self.number(Due::Event(key));
        let deadline = now.saturating_add(self.limits.deadline);
        if let Some(lane) = self.lane(key.stream) {
            lane.push(Entry::sent(key.sequence, at, account, number, deadline));
        }
        Sending { number, attempt: 1 }
    }

    /// What is to be sent again by now, if anything.
    pub(crate) fn due(&self, now: Duration) -> Option<Due> {
        let (due, deadline) = self.first()?;
        (deadline <= now).then_some(due)
    }

    /// When the next thing is to be sent again.
    pub(crate) fn deadline(&self) -> Option<Duration> {
        self.first().map(|(_, deadline)| deadline)
    }

    fn first(&self) -> Option<(Due, Duration)> {
        let (_, due) = self.due.first_key_value()?;
        let deadline = match due {
            Due::Gap => self.gap.as_ref()?.deadline,
            Due::Event(key) => self.entry(*key)?.deadline,
        };
        Some((*due, deadline))
    }

    /// Notes that an event is sent again; `None` if it is done.
    pub(crate) fn resend(&mut self, key: Key, now: Duration) -> Option<(Sending, AccountId)> {
        let before = self.entry(key).filter(|entry| !entry.done)?.newest;
        self.due.remove(&before);
        let newest = self.number(Due::Event(key));
        let deadline = now.saturating_add(self.limits.deadline);
        let entry = self.lane(key.stream)?.entry(key.sequence)?;
        entry.newest = newest;
        entry.attempt = entry.attempt.saturating_add(1);
        entry.deadline = deadline;
        let sending = Sending {
            number: entry.number,
            attempt: entry.attempt,
        };
        Some((sending, entry.account))
    }

    /// Notes that a gap of the whole tenant is told. One told before and not acknowledged is part of it.
    pub(crate) fn tell_gap(&mut self, reason: GapReason, now: Duration) -> (Sending, GapReason) {
        let before = self.gap.take();
        if let Some(before) = &before {
            self.due.remove(&before.newest);
        }
        let newest = self.number(Due::Gap);
        let gap = Gap {
            reason: before.as_ref().map_or(reason, |b| b.reason.max(reason)),
            number: newest,
            newest,
            attempt: 1,
            deadline: now.saturating_add(self.limits.deadline),
        };
        let told = (gap.sending(), gap.reason);
        self.gap = Some(gap);
        told
    }

    /// Notes that the gap is told again; `None` if it is acknowledged.
    pub(crate) fn retell_gap(&mut self, now: Duration) -> Option<(Sending, GapReason)> {
        let before = self.gap.as_ref()?.newest;
        self.due.remove(&before);
        let newest = self.number(Due::Gap);
        let deadline = now.saturating_add(self.limits.deadline);
        let gap = self.gap.as_mut()?;
        gap.newest = newest;
        gap.attempt = gap.attempt.saturating_add(1);
        gap.deadline = deadline;
        Some((gap.sending(), gap.reason))
    }

    /// The event is done. Whether that is news.
    pub(crate) fn ack(&mut self, key: Key) -> bool {
        let lane = self.lane(key.stream);
        let lane = lane.filter(|lane| lane.generation() == key.generation);
        let finished = lane.and_then(|lane| lane.finish(key.sequence));
        finished.is_some_and(|newest| self.due.remove(&newest).is_some())
    }

    /// The gap told with this number is heard.
    pub(crate) fn ack_gap(&mut self, number: u64) {
        if let Some(gap) = self.gap.take_if(|gap| gap.number == number) {
            self.due.remove(&gap.newest);
        }
    }

    /// Everything sent first with this number or before is done.
    pub(crate) fn ack_through(&mut self, number: u64) {
        for lane in &mut self.lanes {
            for sequence in lane.undone_through(number) {
                if let Some(newest) = lane.finish(sequence) {
                    self.due.remove(&newest);
                }
            }
        }
        if let Some(gap) = self.gap.take_if(|gap| gap.number <= number) {
            self.due.remove(&gap.newest);
        }
    }

    /// What has to be stored: nothing while a gap is not acknowledged.
    pub(crate) fn unstored(&self) -> Vec<Mark> {
        if self.gap.is_some() {
            return Vec::new();
        }
        let changed = self.lanes.iter().filter(|lane| lane.changed);
        changed.map(Lane::stored).collect()
    }

    /// What [`Window::unstored`] gave is stored.
    pub(crate) fn stored(&mut self) {
        self.lanes.iter_mut().for_each(|lane| lane.changed = false);
    }

    fn lane(&mut self, stream: StreamId) -> Option<&mut Lane> {
        self.lanes.get_mut(usize::from(stream.number()))
    }

    fn entry(&self, key: Key) -> Option<&Entry> {
        self.lanes
            .get(usize::from(key.stream.number()))?
            .get(key.sequence)
    }

    fn number(&mut self, due: Due) -> u64 {
        self.sent += 1;
        self.due.insert(self.sent, due);
        self.sent
    }
}

impl Gap {
    const fn sending(&self) -> Sending {
        Sending {
            number: self.number,
            attempt: self.attempt,
        }
    }
}

#[cfg(test)]
mod tests;
