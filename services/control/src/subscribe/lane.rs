//! One stream of a subscription: what was read and is not done, in log order.

use pushmail_domain::{AccountId, Position, StreamId, Timestamp};
use pushmail_registry::{MAX_ACKED_ABOVE, Mark};
use std::collections::{BTreeSet, VecDeque};
use std::time::Duration;

/// An event that was read and that the mark is still below.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) sequence: u64,
    pub(super) account: AccountId,
    /// The number of its first sending in this stream of the API.
    pub(super) number: u64,
    /// The number of its newest sending.
    pub(super) newest: u64,
    /// How often it was sent.
    pub(super) attempt: u32,
    /// When it is to be sent again.
    pub(super) deadline: Duration,
    pub(super) done: bool,
    /// Where the mark goes once this entry and all before it are done.
    through: Reach,
}

/// How far a stream was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Reach {
    /// Up to and with this sequence.
    pub(crate) sequence: u64,
    /// Nothing above it was stored before this moment.
    pub(crate) current_at: Timestamp,
}

/// The low-water mark of one stream, and what is above it.
#[derive(Debug)]
pub(super) struct Lane {
    stream: StreamId,
    generation: u32,
    mark: Reach,
    /// What was acknowledged in earlier streams of the API and is not read yet.
    earlier: BTreeSet<u64>,
    entries: VecDeque<Entry>,
    /// Whether the mark, or what is done above it, differs from what was last stored.
    pub(super) changed: bool,
}

impl Entry {
    /// An event that is being sent for the first time, as `number`.
    pub(super) const fn sent(
        sequence: u64,
        current_at: Timestamp,
        account: AccountId,
        number: u64,
        deadline: Duration,
    ) -> Self {
        Self {
            sequence,
            account,
            number,
            newest: number,
            attempt: 1,
            deadline,
            done: false,
            through: Reach {
                sequence,
                current_at,
            },
        }
    }

    /// An event that was acknowledged in an earlier stream of the API, and is not sent.
    const fn earlier(sequence: u64, current_at: Timestamp, account: AccountId) -> Self {
        let mut entry = Self::sent(sequence, current_at, account, 0, Duration::ZERO);
        entry.attempt = 0;
        entry.done = true;
        entry
    }
}

impl Lane {
    pub(super) fn new(mark: &Mark) -> Self {
        Self {
            stream: mark.position.stream,
            generation: mark.position.generation,
            mark: Reach {
                sequence: mark.position.sequence,
                current_at: mark.current_at,
            },
            earlier: mark.acked.iter().copied().collect(),
            entries: VecDeque::new(),
            changed: false,
        }
    }

    pub(super) const fn generation(&self) -> u32 {
        self.generation
    }

    pub(super) const fn mark(&self) -> Reach {
        self.mark
    }

    /// How many entries are held.
    pub(super) fn held(&self) -> usize {
        self.entries.len()
    }

    /// Everything up to `reach` that has no entry is done.
    pub(super) fn pass(&mut self, reach: Reach) {
        self.earlier = self.earlier.split_off(&reach.sequence.saturating_add(1));
        match self.entries.back_mut() {
            Some(last) => last.through = reach,
            None => self.move_to(reach),
        }
    }

    /// Whether the event was acknowledged in an earlier stream of the API; if so, it is held as done.
    pub(super) fn was_done(
        &mut self,
        sequence: u64,
        current_at: Timestamp,
        account: AccountId,
    ) -> bool {
        let done = self.earlier.remove(&sequence);
        if done {
            self.push(Entry::earlier(sequence, current_at, account));
        }
        done
    }

    pub(super) fn push(&mut self, entry: Entry) {
        self.entries.push_back(entry);
        self.settle();
    }

    pub(super) fn get(&self, sequence: u64) -> Option<&Entry> {
        let at = self.entries.binary_search_by_key(&sequence, |e| e.sequence);
        at.ok().and_then(|at| self.entries.get(at))
    }

    pub(super) fn entry(&mut self, sequence: u64) -> Option<&mut Entry> {
        let at = self.entries.binary_search_by_key(&sequence, |e| e.sequence);
        at.ok().and_then(|at| self.entries.get_mut(at))
    }

    /// Notes an entry as done; the number of its newest sending, if it was not done before.
    pub(super) fn finish(&mut self, sequence: u64) -> Option<u64> {
        let entry = self.entry(sequence).filter(|entry| !entry.done)?;
        entry.done = true;
        let newest = entry.newest;
        self.changed = true;
        self.settle();
        Some(newest)
    }

    /// The entries not done that were first sent as `number` or before.
    pub(super) fn undone_through(&self, number: u64) -> Vec<u64> {
        let sent = self.entries.iter().take_while(|e| e.number <= number);
        sent.filter(|e| !e.done).map(|e| e.sequence).collect()
    }

    /// The lane as it is to be stored.
    pub(super) fn stored(&self) -> Mark {
        let done = self.entries.iter().filter(|e| e.done).map(|e| e.sequence);
        let earlier = self.earlier.iter().copied();
        Mark {
            position: Position {
                stream: self.stream,
                generation: self.generation,
                sequence: self.mark.sequence,
            },
            current_at: self.mark.current_at,
            acked: done.chain(earlier).take(MAX_ACKED_ABOVE).collect(),
        }
    }

    /// Moves the mark over everything done that follows it.
    fn settle(&mut self) {
        while let Some(entry) = self.entries.pop_front_if(|entry| entry.done) {
            self.move_to(entry.through);
        }
    }

    fn move_to(&mut self, reach: Reach) {
        self.changed |= self.mark != reach;
        self.mark = reach;
    }
}
