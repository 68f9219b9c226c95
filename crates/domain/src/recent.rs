//! A bounded memory of what came lately.

use std::collections::{HashSet, VecDeque};
use std::hash::Hash;

/// Remembers the newest values, at most `limit` of them; the oldest are forgotten first.
#[derive(Debug)]
pub struct Recent<T> {
    limit: usize,
    order: VecDeque<T>,
    known: HashSet<T>,
}

impl<T: Clone + Eq + Hash> Recent<T> {
    /// A memory of at most `limit` values; takes no space before any come.
    pub fn new(limit: usize) -> Self {
        Self {
            limit,
            order: VecDeque::new(),
            known: HashSet::new(),
        }
    }

    /// Remembers the value; `false` if it is remembered already.
    pub fn insert(&mut self, value: T) -> bool {
        if !self.known.insert(value.clone()) {
            return false;
        }
        self.order.push_back(value);
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
    fn only_the_newest_values_are_remembered() {
        let mut recent = Recent::new(2);
        assert!(recent.insert(1));
        assert!(!recent.insert(1));
        assert!(recent.insert(2));
        assert!(recent.insert(3));
        assert!(recent.insert(1));
        assert!(!recent.insert(3));
        assert_eq!(recent.known.len(), 2);
    }
}
