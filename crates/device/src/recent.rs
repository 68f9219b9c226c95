//! The newest event ids, to know what came before.

use std::collections::{HashSet, VecDeque};

/// A bounded memory of ids: the oldest are forgotten first.
#[derive(Debug)]
pub(crate) struct Recent {
    limit: usize,
    order: VecDeque<String>,
    known: HashSet<String>,
}

impl Recent {
    pub(crate) fn new(limit: usize) -> Self {
        Self {
            limit,
            order: VecDeque::new(),
            known: HashSet::new(),
        }
    }

    /// Remembers the id; `false` if it is remembered already.
    pub(crate) fn insert(&mut self, id: &str) -> bool {
        if !self.known.insert(id.to_owned()) {
            return false;
        }
        self.order.push_back(id.to_owned());
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
        let mut recent = Recent::new(1);
        assert!(recent.insert("a"));
        assert!(!recent.insert("a"));
        assert!(recent.insert("b"));
        assert!(recent.insert("a"));
    }
}
