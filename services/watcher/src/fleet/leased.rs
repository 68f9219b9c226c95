//! What the keeper and the owner of shards tell each other.

use super::assignment::shards_of;
use pushmail_domain::{Shard, WorkerId};
use pushmail_leases::{Known, Release};
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use tokio::sync::Notify;

/// A shard that is leased to this worker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lease {
    /// To be owned.
    Held,
    /// To be stopped, and then released to this worker.
    Leaving(WorkerId),
}

/// What is leased to this worker at one moment.
pub(crate) struct Leases {
    pub(crate) shards: BTreeMap<Shard, Lease>,
    /// How many beats were answered so far.
    pub(crate) beats: u64,
    /// Whether there is nothing more that this worker is about to take.
    pub(crate) settled: bool,
}

/// The shards that are leased to this worker.
#[derive(Default)]
pub(crate) struct Leased {
    state: Mutex<State>,
    /// Rung for the owner: leases changed, or were confirmed.
    changed: Notify,
    /// Rung for the keeper: shards were stopped.
    stopped: Notify,
}

#[derive(Default)]
struct State {
    leases: BTreeMap<Shard, Lease>,
    /// Stopped here, and not released yet.
    stopped: Vec<Release>,
    /// How many beats were answered.
    beats: u64,
    settled: bool,
    /// Whether there is nobody to hand shards to.
    alone: bool,
    /// Whether the fleet was told, or could not be told, that this worker drains.
    told: bool,
}

impl Leased {
    /// How it stands.
    pub(crate) fn leases(&self) -> Leases {
        let state = self.lock();
        Leases {
            shards: state.leases.clone(),
            beats: state.beats,
            settled: state.settled,
        }
    }

    /// Whether a drain has nothing to hand over, or nobody to hand it to.
    pub(crate) fn nothing_to_hand_over(&self) -> bool {
        let state = self.lock();
        state.told && (state.alone || state.leases.is_empty())
    }

    /// Waits until there may be something to do for the owner.
    pub(crate) async fn changed(&self) {
        self.changed.notified().await;
    }

    /// Has the owner look again.
    pub(crate) fn look_again(&self) {
        self.changed.notify_one();
    }

    /// The shard was stopped here, and its cursors are flushed: it can be released.
    pub(crate) fn stopped(&self, release: Release) {
        self.lock().stopped.push(release);
        self.stopped.notify_one();
    }

    /// Waits until there is something to release.
    pub(super) async fn any_stopped(&self) {
        self.stopped.notified().await;
    }

    /// What is held, and what of it is to be released now.
    pub(super) fn for_beat(&self) -> (Vec<Shard>, Vec<Release>) {
        let state = self.lock();
        let held = state.leases.keys().copied().collect();
        (held, state.stopped.clone())
    }

    /// The shards that are leaving, and where to.
    pub(super) fn leaving(&self) -> BTreeMap<Shard, WorkerId> {
        let state = self.lock();
        let leaving = state
            .leases
            .iter()
            .filter_map(|(shard, lease)| match lease {
                Lease::Leaving(successor) => Some((*shard, *successor)),
                Lease::Held => None,
            });
        leaving.collect()
    }

    /// A beat that released these was answered, and this is the fleet now; `settled` if there is
    /// nothing to claim.
    pub(super) fn beaten(&self, known: &Known, me: WorkerId, released: &[Release], settled: bool) {
        let mut state = self.lock();
        let mut before = std::mem::take(&mut state.leases);
        for release in released {
            before.remove(&release.shard);
        }
        let lease = |shard| (shard, before.get(&shard).copied().unwrap_or(Lease::Held));
        state.leases = shards_of(known, me).map(lease).collect();
        state.stopped.retain(|stopped| !released.contains(stopped));
        state.beats += 1;
        state.settled = settled;
        let mut others = known.members.values().filter(|member| member.worker != me);
        state.alone = others.all(|member| member.draining);
        drop(state);
        self.changed.notify_one();
    }

    /// The fleet was told that this worker drains; not if it is out of reach.
    pub(super) fn drain_told(&self, in_reach: bool) {
        let mut state = self.lock();
        state.told = true;
        state.alone |= !in_reach;
        drop(state);
        self.changed.notify_one();
    }

    /// These have to go.
    pub(super) fn hand_over(&self, releases: &[Release]) {
        let mut state = self.lock();
        for release in releases {
            if let (Some(lease), Some(successor)) =
                (state.leases.get_mut(&release.shard), release.successor)
            {
                *lease = Lease::Leaving(successor);
            }
        }
        drop(state);
        self.changed.notify_one();
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
