//! Which messages were announced, and which of them lately enough to be remembered.

use pushmail_domain::memory::FINGERPRINTS;
use std::collections::{HashSet, VecDeque};

/// Message-IDs as they were announced.
#[derive(Debug, Default)]
pub(crate) struct Announced {
    ever: HashSet<String>,
    /// The last ones, as the gateway remembers them.
    ring: VecDeque<String>,
}

impl Announced {
    pub(crate) fn add(&mut self, id: String) {
        if !self.recently(&id) {
            self.ring.push_back(id.clone());
        }
        if self.ring.len() > FINGERPRINTS {
            self.ring.pop_front();
        }
        self.ever.insert(id);
    }

    /// Whether it is among the last that were announced.
    pub(crate) fn recently(&self, id: &str) -> bool {
        self.ring.iter().any(|known| known == id)
    }

    /// How many were announced that are not among these.
    pub(crate) fn other_than(&self, known: &HashSet<&str>) -> u64 {
        let others = self.ever.iter().filter(|id| !known.contains(id.as_str()));
        others.count() as u64
    }

    /// Whether it was announced at all.
    pub(crate) fn ever(&self, id: &str) -> bool {
        self.ever.contains(id)
    }
}
