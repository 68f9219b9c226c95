//! Workers and shards to test with.

use super::{Fixture, Terms};
use crate::{Beat, Beaten, Known, Leases, Member, Release};
use pushmail_domain::{Shard, Timestamp, WorkerId};
use std::sync::Arc;

/// The shard with this number.
pub fn shard(number: u16) -> Shard {
    Shard::new(number).unwrap()
}

/// The shards with these numbers.
pub fn shards(numbers: impl IntoIterator<Item = u16>) -> Vec<Shard> {
    numbers.into_iter().map(shard).collect()
}

/// Gives the shard away.
pub fn release(number: u16, successor: Option<WorkerId>) -> Release {
    Release {
        shard: shard(number),
        successor,
    }
}

/// The member with this number.
pub fn member(number: u8) -> Member {
    Member {
        worker: WorkerId::from_bytes([number; 16]),
        name: format!("host-{number}"),
        capacity: u32::from(number) + 1,
        draining: false,
        started_at: Timestamp::from_micros(1_700_000_000_000_000 + i64::from(number)),
    }
}

/// What a beat carries besides the heartbeat.
#[derive(Debug, Clone, Default)]
pub struct Orders {
    /// See [`Beat::held`].
    pub held: Vec<Shard>,
    /// See [`Beat::claims`].
    pub claims: Vec<Shard>,
    /// See [`Beat::releases`].
    pub releases: Vec<Release>,
}

/// A worker that follows the table by what its beats are answered.
pub struct Worker {
    /// Its handle.
    pub leases: Arc<dyn Leases>,
    /// Its record.
    pub member: Member,
    /// What it was told.
    pub known: Known,
}

impl Worker {
    /// The worker with this number, which knows nothing yet.
    pub fn new(leases: Arc<dyn Leases>, number: u8) -> Self {
        Self {
            leases,
            member: member(number),
            known: Known::default(),
        }
    }

    /// So many workers on one new table. None has beaten yet.
    pub async fn on<const COUNT: usize>(fixture: &impl Fixture, terms: Terms) -> [Self; COUNT] {
        let handles = fixture.open(terms, COUNT).await;
        let numbered = (1..).zip(handles);
        let workers: Vec<Self> = numbered.map(|(n, leases)| Self::new(leases, n)).collect();
        let workers = <[Self; COUNT]>::try_from(workers);
        workers.unwrap_or_else(|_| panic!("the fixture gives {COUNT} handles"))
    }

    /// Its id.
    pub fn id(&self) -> WorkerId {
        self.member.worker
    }

    /// One beat; takes in the answer.
    pub async fn order(&mut self, orders: Orders) -> Beaten {
        let beat = Beat {
            member: &self.member,
            held: &orders.held,
            claims: &orders.claims,
            releases: &orders.releases,
            known: self.known.version,
        };
        let beaten = self.leases.beat(beat).await.unwrap();
        self.known.take_in(&beaten);
        beaten
    }

    /// A heartbeat and nothing else.
    pub async fn beat(&mut self) -> Beaten {
        self.order(Orders::default()).await
    }

    /// Beats, and claims the shards with these numbers.
    pub async fn claim(&mut self, numbers: impl IntoIterator<Item = u16>) -> Beaten {
        let claims = shards(numbers);
        let orders = Orders::default();
        self.order(Orders { claims, ..orders }).await
    }

    /// Beats, and holds the shards with these numbers.
    pub async fn hold(&mut self, numbers: impl IntoIterator<Item = u16>) -> Beaten {
        let held = shards(numbers);
        let orders = Orders::default();
        self.order(Orders { held, ..orders }).await
    }

    /// Beats, and gives this shard away.
    pub async fn give(&mut self, number: u16, successor: Option<WorkerId>) -> Beaten {
        let releases = vec![release(number, successor)];
        let orders = Orders::default();
        self.order(Orders { releases, ..orders }).await
    }

    /// Who owns this shard, as told.
    pub fn owner(&self, number: u16) -> Option<WorkerId> {
        self.known.owners.get(&shard(number)).copied()
    }

    /// The numbers of the shards that this worker owns, as told.
    pub fn owned(&self) -> Vec<u16> {
        let own = self
            .known
            .owners
            .iter()
            .filter(|(_, owner)| **owner == self.id());
        own.map(|(shard, _)| shard.number()).collect()
    }

    /// The members, as told, by id.
    pub fn members(&self) -> Vec<Member> {
        self.known.members.values().cloned().collect()
    }

    /// Whether it was told that `other` is a member.
    pub fn knows(&self, other: WorkerId) -> bool {
        self.known.members.contains_key(&other)
    }

    /// Goes on beating until `other` is no member any more.
    pub async fn outlive(&mut self, other: WorkerId, fixture: &impl Fixture) {
        self.beat().await;
        while self.knows(other) {
            fixture.pass().await;
            self.beat().await;
        }
    }
}
