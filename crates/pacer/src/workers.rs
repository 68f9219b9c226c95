//! How many share the rates.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

/// The last known number of the fleet's workers. Copies share it; 1 at first.
#[derive(Debug, Clone)]
pub struct Workers(Arc<AtomicU32>);

impl Default for Workers {
    fn default() -> Self {
        Self(Arc::new(AtomicU32::new(1)))
    }
}

impl Workers {
    /// So many are known now; none counts as one.
    pub fn set(&self, count: usize) {
        let count = u32::try_from(count).unwrap_or(u32::MAX).max(1);
        self.0.store(count, Ordering::Relaxed);
    }

    /// How many; at least 1.
    pub fn get(&self) -> u32 {
        self.0.load(Ordering::Relaxed)
    }
}
