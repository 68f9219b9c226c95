//! The dedupe window: which ids were stored lately, and where.

use pushmail_domain::{EventId, Timestamp};
use std::collections::{HashMap, VecDeque};
use std::time::Duration;

/// The most ids remembered, whatever the window: about 100 MB.
pub(crate) const CAPACITY: usize = 1 << 20;

/// The ids of the window, in the order they were stored. In step with the database: what a
/// transaction added is taken back when it fails.
pub(crate) struct Recent {
    window: Duration,
    sequences: HashMap<EventId, u64>,
    order: VecDeque<(Timestamp, EventId)>,
    added: usize,
}

impl Recent {
    pub(crate) fn new(window: Duration) -> Self {
        Self {
            window,
            sequences: HashMap::new(),
            order: VecDeque::new(),
            added: 0,
        }
    }

    /// Whether an id stored at `stored_at` is still in the window at `now`.
    pub(crate) fn covers(&self, stored_at: Timestamp, now: Timestamp) -> bool {
        now.since(stored_at) < self.window
    }

    /// Forgets what the window left behind, and what the transaction before added for good.
    pub(crate) fn begin(&mut self, now: Timestamp) {
        self.added = 0;
        while let Some((stored_at, id)) = self.order.front().copied() {
            if self.order.len() <= CAPACITY && self.covers(stored_at, now) {
                break;
            }
            self.order.pop_front();
            self.sequences.remove(&id);
        }
    }

    /// Where the id is stored, if it is in the window.
    pub(crate) fn find(&self, id: EventId) -> Option<u64> {
        self.sequences.get(&id).copied()
    }

    /// Remembers an id. One that is known already keeps its first place.
    pub(crate) fn add(&mut self, id: EventId, sequence: u64, stored_at: Timestamp) {
        if self.find(id).is_none() {
            self.sequences.insert(id, sequence);
            self.order.push_back((stored_at, id));
            self.added += 1;
        }
    }

    /// Takes back what was added since [`Recent::begin`].
    pub(crate) fn roll_back(&mut self) {
        for _ in 0..std::mem::take(&mut self.added) {
            if let Some((_, id)) = self.order.pop_back() {
                self.sequences.remove(&id);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn at(seconds: i64) -> Timestamp {
        Timestamp::from_micros(seconds * 1_000_000)
    }

    fn id(number: u32) -> EventId {
        EventId::from_bytes((u128::from(number)).to_be_bytes())
    }

    #[test]
    fn an_id_is_known_until_the_window_has_passed() {
        let mut recent = Recent::new(Duration::from_secs(10));
        recent.begin(at(0));
        recent.add(id(1), 7, at(0));
        recent.begin(at(9));
        assert_eq!(recent.find(id(1)), Some(7));
        recent.begin(at(10));
        assert_eq!(recent.find(id(1)), None);
    }

    #[test]
    fn what_a_failed_transaction_added_is_forgotten() {
        let mut recent = Recent::new(Duration::from_secs(10));
        recent.begin(at(0));
        recent.add(id(1), 7, at(0));
        recent.begin(at(1));
        recent.add(id(1), 8, at(1));
        recent.add(id(2), 9, at(1));
        recent.roll_back();
        assert_eq!((recent.find(id(1)), recent.find(id(2))), (Some(7), None));
    }

    #[test]
    fn memory_is_bounded_whatever_the_window() {
        let mut recent = Recent::new(Duration::MAX);
        for number in 0..=u32::try_from(CAPACITY).unwrap() {
            recent.begin(at(0));
            recent.add(id(number), u64::from(number) + 1, at(0));
        }
        recent.begin(at(0));
        assert_eq!(recent.sequences.len(), CAPACITY);
        assert_eq!(recent.find(id(0)), None);
    }
}
