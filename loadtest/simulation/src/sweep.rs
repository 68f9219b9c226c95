//! Many worlds at the same time.

use crate::options::Options;
use crate::world::{Outcome, simulate};
use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};

/// Simulates a world for each seed, on all processors; in the order of seeds.
///
/// # Errors
/// If one could not be simulated.
pub fn sweep(seeds: Range<u64>, options: Options) -> std::io::Result<Vec<Outcome>> {
    let next = AtomicU64::new(seeds.start);
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let work = || {
        let mut outcomes = Vec::new();
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= seeds.end {
                return Ok(outcomes);
            }
            outcomes.push(simulate(Options { seed, ..options })?);
        }
    };
    let parts: Vec<std::io::Result<Vec<Outcome>>> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        let joined = threads.into_iter().map(std::thread::ScopedJoinHandle::join);
        let panicked = |_| Err(std::io::Error::other("a world panicked"));
        joined.map(|part| part.unwrap_or_else(panicked)).collect()
    });
    let mut all = Vec::new();
    for part in parts {
        all.extend(part?);
    }
    all.sort_by_key(|outcome| outcome.seed);
    Ok(all)
}
