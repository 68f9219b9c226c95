//! Where something stands in the event log, and who may write there.

use serde::{Deserialize, Serialize};

/// One of the event log's streams: 0 to 15.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct StreamId(u8);

impl StreamId {
    /// How many streams the log has.
    pub const COUNT: u8 = 16;

    /// The stream with this number; the low four bits count.
    pub const fn new(number: u8) -> Self {
        Self(number % Self::COUNT)
    }

    /// The stream's number, 0 to 15.
    pub const fn number(self) -> u8 {
        self.0
    }
}

/// A place in the log. Ordered within a stream only: generation first, then sequence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Position {
    /// The stream the sequence counts in.
    pub stream: StreamId,
    /// Rises when the stream was recreated, restored or lost acknowledged events.
    pub generation: u32,
    /// The stored event's number within the stream; the first is 1, and 0 is "before the first".
    pub sequence: u64,
}

/// The right to write for a shard (invariant 3): the log's generation and the fence's sequence,
/// compared in that order. The log refuses an append whose epoch is not the newest. The default is below
/// every epoch.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub struct Epoch {
    /// The log's generation when the fence was raised.
    pub generation: u32,
    /// The fence record's own sequence.
    pub fence: u64,
}
