//! One worker's keeper of leases, and what its owner does of it, as steps.

use futures::future::FutureExt as _;
use pushmail_domain::{Shard, Timestamp, WorkerId};
use pushmail_leases::{Beat, Beaten, Known, Leases, Member, Release};
use pushmail_leases_embedded::EmbeddedLeases;
use pushmail_watcher::fleet::assignment::{Plan, plan_of, shards_of};
use std::collections::BTreeMap;
use std::time::Duration;

/// After somebody else's heartbeat runs out, so much later it is sure to have: as in the watcher.
const EXPIRED: Duration = Duration::from_millis(20);
/// A heartbeat is sent at least this often: the watcher's default.
const INTERVAL: Duration = Duration::from_secs(5);

/// A worker, as far as its leases go.
pub(super) struct Keeper {
    pub(super) member: Member,
    pub(super) known: Known,
    claims: Vec<Shard>,
    /// What is being handed over, and to whom.
    pub(super) leaving: BTreeMap<Shard, WorkerId>,
    /// Stopped, and not released yet.
    pub(super) stopped: Vec<Release>,
    /// What the last plan was made of; the same again needs no thought.
    thought: Option<(pushmail_leases::Version, usize, bool)>,
    plan: Plan,
    /// Whether the fleet knows that it drains.
    told: bool,
}

/// What a beat came to.
pub(super) struct Told {
    pub(super) beaten: Beaten,
    /// What is to be handed over from now on.
    pub(super) hand_overs: Vec<Release>,
    /// Whether the plan was thought through, and not the same as before.
    pub(super) thought: bool,
    /// Whether this beat was the one that told that it drains.
    pub(super) began_to_drain: bool,
}

impl Keeper {
    pub(super) fn new(worker: WorkerId, started_at: Timestamp) -> Self {
        Self {
            member: Member {
                worker,
                name: String::new(),
                capacity: 1,
                draining: false,
                started_at,
            },
            known: Known::default(),
            claims: Vec::new(),
            leaving: BTreeMap::new(),
            stopped: Vec::new(),
            thought: None,
            plan: Plan::default(),
            told: false,
        }
    }

    /// The shards that it has.
    pub(super) fn shards(&self) -> Vec<Shard> {
        shards_of(&self.known, self.member.worker).collect()
    }

    /// Whether it takes something with the next beat.
    pub(super) fn claims(&self) -> bool {
        !self.claims.is_empty()
    }

    /// One call of the table, and the plan that follows from its answer.
    pub(super) fn beat(&mut self, table: &EmbeddedLeases, shards: &[Shard]) -> Option<Told> {
        let held = self.shards();
        let releases = std::mem::take(&mut self.stopped);
        let beat = Beat {
            member: &self.member,
            held: &held,
            claims: &self.claims,
            releases: &releases,
            known: self.known.version,
        };
        let beaten = table.beat(beat).now_or_never()?.ok()?;
        self.known.take_in(&beaten);
        for release in &releases {
            self.leaving.remove(&release.shard);
        }
        let made_of = (self.known.version, self.leaving.len(), self.member.draining);
        // In a new fleet there is nothing to be decided before claims are taken.
        let waits = self.known.owners.is_empty() && !beaten.settling.is_zero();
        let thought = self.thought != Some(made_of) && !waits;
        if thought {
            self.plan = plan_of(shards, &self.known, self.member.worker, &self.leaving);
        }
        self.claims = match self.member.draining {
            true => Vec::new(),
            false => self.plan.claims.clone(),
        };
        let mut hand_overs = std::mem::take(&mut self.plan.hand_overs);
        let may = match self.member.draining {
            true => self.told,
            false => beaten.settling.is_zero(),
        };
        let began_to_drain = self.member.draining && !self.told;
        self.told = self.member.draining;
        if !may {
            hand_overs.clear();
        }
        for release in &hand_overs {
            if let Some(successor) = release.successor {
                self.leaving.insert(release.shard, successor);
            }
        }
        let is_whole = may && beaten.settling.is_zero() && hand_overs.is_empty();
        self.thought = is_whole.then_some(made_of);
        Some(Told {
            beaten,
            hand_overs,
            thought,
            began_to_drain,
        })
    }

    /// How long until the next beat, if nothing happens before.
    pub(super) fn pause(told: &Told, turn: Duration) -> Duration {
        if told.began_to_drain {
            return turn;
        }
        let beaten = &told.beaten;
        let expiry = beaten.next_expiry.map(|expiry| expiry + EXPIRED);
        let settled = (!beaten.settling.is_zero()).then_some(beaten.settling + EXPIRED);
        let soonest = [expiry, settled].into_iter().flatten().min();
        soonest.map_or(INTERVAL, |soonest| (soonest + turn).min(INTERVAL))
    }
}
