//! Chance that comes out the same for the same seed.

use pushmail_domain::Entropy;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// One source of chance for all of a simulated world.
#[derive(Debug)]
pub(crate) struct Chance(AtomicU64);

impl Chance {
    /// Chance that begins with this seed.
    pub(crate) const fn new(seed: u64) -> Self {
        Self(AtomicU64::new(seed.wrapping_mul(0x2545_f491_4f6c_dd1d)))
    }

    /// The next number of SplitMix64 (Steele, Lea, Flood 2014).
    fn next(&self) -> u64 {
        const GAMMA: u64 = 0x9e37_79b9_7f4a_7c15;
        let state = self.0.fetch_add(GAMMA, Ordering::Relaxed);
        let mut mixed = state.wrapping_add(GAMMA);
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// True once in so many times.
    pub(crate) fn one_in(&self, times: u64) -> bool {
        self.next().is_multiple_of(times)
    }

    /// One of the indices below `len`, which is not 0.
    pub(crate) fn index(&self, len: usize) -> usize {
        usize::try_from(self.below(len as u64)).unwrap_or(0)
    }

    /// A time between two times, in milliseconds.
    pub(crate) fn between(&self, least: u64, most: u64) -> Duration {
        Duration::from_millis(least + self.below(most - least + 1))
    }
}

impl Entropy for Chance {
    fn fill(&self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(8) {
            let number = self.next().to_le_bytes();
            chunk.copy_from_slice(&number[..chunk.len()]);
        }
    }
}
