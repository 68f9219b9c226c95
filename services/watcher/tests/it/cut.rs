//! A worker's way to the leases, which can be cut.

use async_trait::async_trait;
use futures::stream::BoxStream;
use pushmail_domain::WorkerId;
use pushmail_leases::{Beat, Beaten, LeaseError, Leases, View};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

pub(crate) struct Cut {
    table: Arc<dyn Leases>,
    is_cut: AtomicBool,
    refused: AtomicU64,
}

impl Cut {
    pub(crate) fn new(table: Arc<dyn Leases>) -> Arc<Self> {
        Arc::new(Self {
            table,
            is_cut: AtomicBool::new(false),
            refused: AtomicU64::new(0),
        })
    }

    /// From now on the table is out of reach, or in reach again.
    pub(crate) fn set_cut(&self, is_cut: bool) {
        self.is_cut.store(is_cut, Ordering::SeqCst);
    }

    /// How many calls found the table out of reach.
    pub(crate) fn refused(&self) -> u64 {
        self.refused.load(Ordering::SeqCst)
    }

    fn pass(&self) -> Result<(), LeaseError> {
        if self.is_cut.load(Ordering::SeqCst) {
            self.refused.fetch_add(1, Ordering::SeqCst);
            return Err(LeaseError("the way to the leases is cut".into()));
        }
        Ok(())
    }
}

#[async_trait]
impl Leases for Cut {
    async fn beat(&self, beat: Beat<'_>) -> Result<Beaten, LeaseError> {
        self.pass()?;
        self.table.beat(beat).await
    }

    async fn leave(&self, worker: WorkerId) -> Result<(), LeaseError> {
        self.pass()?;
        self.table.leave(worker).await
    }

    async fn drain(&self, worker: WorkerId) -> Result<bool, LeaseError> {
        self.table.drain(worker).await
    }

    async fn view(&self) -> Result<View, LeaseError> {
        self.table.view().await
    }

    async fn wakes(&self, worker: WorkerId) -> Result<BoxStream<'static, ()>, LeaseError> {
        self.table.wakes(worker).await
    }

    fn ttl(&self) -> Duration {
        self.table.ttl()
    }
}
