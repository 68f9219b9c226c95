//! The leases: the real table of one process, over a network that fails.

use crate::network::{Link, NoAnswer};
use async_trait::async_trait;
use futures::future::FutureExt as _;
use futures::stream::{BoxStream, StreamExt as _};
use pushmail_domain::{Shard, WorkerId};
use pushmail_leases::{Beat, Beaten, LeaseError, Leases, Member, Release, Version, View};
use pushmail_leases_embedded::EmbeddedLeases;
use std::sync::Arc;
use std::time::Duration;

/// One worker's way to the leases.
pub(crate) struct Adapter {
    pub(crate) table: Arc<EmbeddedLeases>,
    pub(crate) link: Link,
}

/// A beat on its way.
struct Sent {
    member: Member,
    held: Vec<Shard>,
    claims: Vec<Shard>,
    releases: Vec<Release>,
    known: Version,
}

impl Sent {
    fn new(beat: &Beat<'_>) -> Self {
        Self {
            member: beat.member.clone(),
            held: beat.held.to_vec(),
            claims: beat.claims.to_vec(),
            releases: beat.releases.to_vec(),
            known: beat.known,
        }
    }

    /// The table answers at once.
    fn arrive(&self, table: &EmbeddedLeases) -> Option<Result<Beaten, LeaseError>> {
        let beat = Beat {
            member: &self.member,
            held: &self.held,
            claims: &self.claims,
            releases: &self.releases,
            known: self.known,
        };
        table.beat(beat).now_or_never()
    }
}

#[async_trait]
impl Leases for Adapter {
    async fn beat(&self, beat: Beat<'_>) -> Result<Beaten, LeaseError> {
        let (sent, table) = (Sent::new(&beat), self.table.clone());
        let answer = self.link.call(move || sent.arrive(&table)).await;
        answer.ok().flatten().unwrap_or_else(|| Err(away()))
    }

    async fn leave(&self, worker: WorkerId) -> Result<(), LeaseError> {
        let table = self.table.clone();
        let leave = self.link.call(move || table.leave(worker).now_or_never());
        leave.await.ok().flatten().unwrap_or_else(|| Err(away()))
    }

    async fn drain(&self, worker: WorkerId) -> Result<bool, LeaseError> {
        self.table.drain(worker).await
    }

    async fn view(&self) -> Result<View, LeaseError> {
        self.table.view().await
    }

    /// A bell that rings while the way is cut is not heard.
    async fn wakes(&self, worker: WorkerId) -> Result<BoxStream<'static, ()>, LeaseError> {
        let link = self.link.clone();
        let hears = move |()| {
            let passes = link.network.passes(link.worker, link.service);
            async move { passes.then_some(()) }
        };
        Ok(self.table.wakes(worker).await?.filter_map(hears).boxed())
    }

    fn ttl(&self) -> Duration {
        self.table.ttl()
    }
}

fn away() -> LeaseError {
    LeaseError(NoAnswer.into())
}
