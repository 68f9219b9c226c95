//! The newest event ids of a session, so that none is sent twice.

use pushmail_domain::EventId;
use std::collections::{HashSet, VecDeque};

/// A bounded memory of ids: the oldest are forgotten first.
#[derive(Debug)]
pub(crate) struct Seen {
    limit: usize,
    order: VecDeque<EventId>,
    known: HashSet<EventId>,
}

impl Seen {
    /// A memory of at most `limit` ids; takes no space before ids come.
    pub(crate) fn new(limit: usize) -> Self {
        Self {
            limit,
            order: VecDeque::new(),
            known: HashSet::new(),
        }
    }

    /// Remembers the id; `false` if it is remembered already.
    pub(crate) fn insert(&mut self, id: EventId) -> bool {
        if !self.known.insert(id) {
            return false;
        }
        self.order.push_back(id);
        if self.order.len() > self.limit
            && let Some(oldest) = self.order.pop_front()
        {
            self.known.remove(&oldest);
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_newest_ids_are_remembered() {
        let id = |n| EventId::from_bytes([n; 16]);
        let mut seen = Seen::new(2);
        assert!(seen.insert(id(1)));
        assert!(!seen.insert(id(1)));
        assert!(seen.insert(id(2)));
        assert!(seen.insert(id(3)));
        assert!(seen.insert(id(1)));
        assert!(!seen.insert(id(3)));
        assert_eq!(seen.known.len(), 2);
    }
}
