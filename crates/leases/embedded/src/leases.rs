//! The port over one table behind a lock, with its bells.

use crate::Config;
use crate::table::{Bell, Table};
use async_trait::async_trait;
use futures::StreamExt as _;
use futures::stream::BoxStream;
use pushmail_domain::{Clock, WorkerId};
use pushmail_leases::{Beat, Beaten, LeaseError, Leases, View};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::broadcast;
use tokio_stream::wrappers::BroadcastStream;

/// Bells that a subscription may be behind before they become one.
const WAITING_BELLS: usize = 256;

/// The leases of the workers of this process. They share it in an `Arc`.
pub struct EmbeddedLeases {
    config: Config,
    clock: Arc<dyn Clock>,
    table: Mutex<Table>,
    bells: broadcast::Sender<Bell>,
}

impl EmbeddedLeases {
    /// A new table. Its time is the clock's `elapsed`.
    pub fn new(config: Config, clock: Arc<dyn Clock>) -> Self {
        let table = Table::new(1, config.settle);
        Self {
            config,
            clock,
            table: Mutex::new(table),
            bells: broadcast::Sender::new(WAITING_BELLS),
        }
    }

    /// Forgets all members and owners, as a flushed Redis does. For tests of what follows.
    pub fn forget(&self) {
        let mut table = self.lock();
        *table = Table::new(table.incarnation() + 1, self.config.settle);
    }

    fn lock(&self) -> MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn ring(&self, bells: impl IntoIterator<Item = Bell>) {
        for bell in bells {
            // Without a subscription nobody needs to be woken.
            drop(self.bells.send(bell));
        }
    }
}

#[async_trait]
impl Leases for EmbeddedLeases {
    async fn beat(&self, beat: Beat<'_>) -> Result<Beaten, LeaseError> {
        let (beaten, bells) = self
            .lock()
            .beat(self.clock.elapsed(), self.config.ttl, &beat);
        self.ring(bells);
        Ok(beaten)
    }

    async fn leave(&self, worker: WorkerId) -> Result<(), LeaseError> {
        let bell = self.lock().leave(worker);
        self.ring(bell);
        Ok(())
    }

    async fn drain(&self, worker: WorkerId) -> Result<bool, LeaseError> {
        let bell = self.lock().drain(worker);
        self.ring(bell);
        Ok(bell.is_some())
    }

    async fn view(&self) -> Result<View, LeaseError> {
        Ok(self.lock().view(self.clock.elapsed(), self.config.ttl))
    }

    async fn wakes(&self, worker: WorkerId) -> Result<BoxStream<'static, ()>, LeaseError> {
        let bells = BroadcastStream::new(self.bells.subscribe());
        let wakes = bells.filter_map(move |bell| async move {
            // One that lagged may have missed its own bell.
            bell.map_or(true, |bell| bell.is_for(worker)).then_some(())
        });
        Ok(wakes.boxed())
    }

    fn ttl(&self) -> Duration {
        self.config.ttl
    }
}
