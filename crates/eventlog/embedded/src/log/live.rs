//! Live subscriptions as streams: one channel for all events, and what each subscriber leaves out.

use async_trait::async_trait;
use futures::stream::{self, BoxStream, StreamExt as _};
use pushmail_domain::{Event, SHARD_COUNT, Shard};
use pushmail_eventlog::{Follow, Fresh, Live, ReadError};
use std::sync::atomic::{AtomicU64, Ordering};
use tokio::sync::broadcast::{Receiver, error::RecvError};

/// A bit for each shard that is followed.
pub(super) struct Shards([AtomicU64; SHARD_COUNT as usize / 64]);

impl Shards {
    /// None.
    pub(super) fn none() -> Self {
        Self(std::array::from_fn(|_| AtomicU64::new(0)))
    }

    /// Whether the shard is followed.
    pub(super) fn has(&self, shard: Shard) -> bool {
        let (word, bit) = self.place(shard);
        word.load(Ordering::Acquire) & bit != 0
    }

    fn place(&self, shard: Shard) -> (&AtomicU64, u64) {
        let number = usize::from(shard.number());
        (&self.0[number / 64], 1 << (number % 64))
    }
}

#[async_trait]
impl Follow for Shards {
    async fn add(&self, shard: Shard) -> Result<(), ReadError> {
        let (word, bit) = self.place(shard);
        word.fetch_or(bit, Ordering::AcqRel);
        Ok(())
    }

    async fn remove(&self, shard: Shard) -> Result<(), ReadError> {
        let (word, bit) = self.place(shard);
        word.fetch_and(!bit, Ordering::AcqRel);
        Ok(())
    }
}

/// Everything that `receiver` gets from here on and `wants`; ends when the log is closed.
pub(super) fn stream(
    receiver: Receiver<Fresh>,
    wants: impl Fn(&Event) -> bool + Send + 'static,
) -> BoxStream<'static, Live> {
    let next = |mut receiver: Receiver<Fresh>| async move {
        let live = match receiver.recv().await {
            Ok(fresh) => Live::Event(fresh),
            Err(RecvError::Lagged(_)) => Live::Lagged,
            Err(RecvError::Closed) => return None,
        };
        Some((live, receiver))
    };
    let wanted = move |live: &Live| {
        std::future::ready(match live {
            Live::Event(fresh) => wants(&fresh.stored.event),
            Live::Lagged => true,
        })
    };
    stream::unfold(receiver, next).filter(wanted).boxed()
}
