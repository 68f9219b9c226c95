//! How a world is simulated.

use clap::ValueEnum;

/// A rule broken on purpose, so that it is known that its breach would be noticed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Plant {
    /// The log stores events without looking at the fence.
    SkipFence,
    /// Cursors are flushed before their events are stored.
    CursorFirst,
    /// A new owner starts from the checkpoint without folding the log.
    SkipFold,
    /// A new owner's reads may end before the last acknowledged event.
    StaleReplica,
}

/// One world.
#[derive(Debug, Clone, Copy, Default)]
pub struct Options {
    /// What decides everything that chance decides.
    pub seed: u64,
    /// A rule that is broken.
    pub plant: Option<Plant>,
    /// Whether the trace's lines are kept.
    pub keeps_trace: bool,
}
