//! The table itself: no lock, no clock, no task.

mod answer;

use pushmail_domain::{Shard, WorkerId};
use pushmail_leases::{Beat, Beaten, Member, Release, Version};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

/// How many workers that were removed are remembered as such.
const KEPT_GONE: usize = 1_000;

/// Members and owners. Moments are of the table's own time, which begins at zero.
pub(crate) struct Table {
    version: Version,
    members: BTreeMap<WorkerId, Heartbeat>,
    owners: BTreeMap<Shard, WorkerId>,
    /// The last change of each member, and of those that [`gone`](Self::gone) lists.
    member_changes: BTreeMap<WorkerId, u64>,
    /// The last change of each shard that ever had an owner.
    owner_changes: BTreeMap<Shard, u64>,
    /// The members that were asked to drain.
    drains: BTreeSet<WorkerId>,
    /// Who was removed, the oldest first. One that came back is listed until its turn.
    gone: VecDeque<WorkerId>,
    /// Up to this change, removals are forgotten: an older view is answered whole.
    forgotten: u64,
    /// Claims are refused before this moment.
    settles_at: Duration,
    /// The table's time at the last beat.
    time: Duration,
    /// The clock at the last beat, of anybody; `None` before the first.
    heard_at: Option<Duration>,
}

struct Heartbeat {
    member: Member,
    lasts_until: Duration,
}

/// Who is to be woken.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Bell {
    /// This one was handed a shard, or asked to drain.
    Handed(WorkerId),
    /// Shards became free, by a beat of this one or when it left.
    Freed(WorkerId),
}

impl Bell {
    pub(crate) fn is_for(self, worker: WorkerId) -> bool {
        match self {
            Self::Handed(to) => to == worker,
            Self::Freed(by) => by != worker,
        }
    }
}

impl Table {
    pub(crate) fn new(incarnation: u64, settles_at: Duration) -> Self {
        Self {
            version: Version {
                incarnation,
                change: 0,
            },
            members: BTreeMap::new(),
            owners: BTreeMap::new(),
            member_changes: BTreeMap::new(),
            owner_changes: BTreeMap::new(),
            drains: BTreeSet::new(),
            gone: VecDeque::new(),
            forgotten: 0,
            settles_at,
            time: Duration::ZERO,
            heard_at: None,
        }
    }

    pub(crate) fn incarnation(&self) -> u64 {
        self.version.incarnation
    }

    /// See [`Leases::beat`](pushmail_leases::Leases::beat).
    pub(crate) fn beat(
        &mut self,
        clock: Duration,
        ttl: Duration,
        beat: &Beat<'_>,
    ) -> (Beaten, Vec<Bell>) {
        let caller = beat.member.worker;
        self.time = self.time_at(clock, ttl);
        self.heard_at = Some(clock);
        self.renew(beat.member, self.time + ttl);
        let mut freed = self.expire(caller);
        self.take_free(beat.held, caller);
        let mut bells = Vec::new();
        for release in beat.releases {
            match self.release(*release, caller) {
                Some(Some(successor)) => bells.push(Bell::Handed(successor)),
                Some(None) => freed = true,
                None => {}
            }
        }
        if self.time >= self.settles_at {
            self.take_free(beat.claims, caller);
        }
        bells.extend(freed.then_some(Bell::Freed(caller)));
        (self.answer(beat), bells)
    }

    /// See [`Leases::leave`](pushmail_leases::Leases::leave).
    pub(crate) fn leave(&mut self, worker: WorkerId) -> Option<Bell> {
        self.remove(&BTreeSet::from([worker]))
            .then_some(Bell::Freed(worker))
    }

    /// See [`Leases::drain`](pushmail_leases::Leases::drain).
    pub(crate) fn drain(&mut self, worker: WorkerId) -> Option<Bell> {
        self.members.contains_key(&worker).then(|| {
            self.drains.insert(worker);
            Bell::Handed(worker)
        })
    }

    /// The table's time. It goes on with the clock, but from beat to beat by a third of the TTL at
    /// most: see the port's "Silence".
    fn time_at(&self, clock: Duration, ttl: Duration) -> Duration {
        let heard_at = self.heard_at.unwrap_or(clock);
        self.time + clock.saturating_sub(heard_at).min(ttl / 3)
    }

    fn renew(&mut self, member: &Member, lasts_until: Duration) {
        let heartbeat = Heartbeat {
            member: member.clone(),
            lasts_until,
        };
        let before = self.members.insert(member.worker, heartbeat);
        if before.is_none_or(|before| before.member != *member) {
            self.version.change += 1;
            let change = self.version.change;
            self.member_changes.insert(member.worker, change);
        }
    }

    /// Removes those whose time ran out; whether shards became free.
    fn expire(&mut self, caller: WorkerId) -> bool {
        let others = self.members.iter().filter(|(worker, _)| **worker != caller);
        let gone = others.filter(|(_, heartbeat)| heartbeat.lasts_until <= self.time);
        let gone: BTreeSet<WorkerId> = gone.map(|(worker, _)| *worker).collect();
        self.remove(&gone)
    }

    fn remove(&mut self, gone: &BTreeSet<WorkerId>) -> bool {
        for worker in gone {
            self.drains.remove(worker);
            if self.members.remove(worker).is_some() {
                self.version.change += 1;
                self.member_changes.insert(*worker, self.version.change);
                self.gone.push_back(*worker);
            }
        }
        self.forget();
        let theirs = self.owners.iter().filter(|(_, owner)| gone.contains(owner));
        let theirs: Vec<Shard> = theirs.map(|(shard, _)| *shard).collect();
        for shard in &theirs {
            self.set(*shard, None);
        }
        !theirs.is_empty()
    }

    /// Keeps the list of those that were removed short.
    fn forget(&mut self) {
        while self.gone.len() > KEPT_GONE {
            let oldest = self.gone.pop_front();
            let gone = oldest.filter(|worker| !self.members.contains_key(worker));
            let change = gone.and_then(|worker| self.member_changes.remove(&worker));
            self.forgotten = self.forgotten.max(change.unwrap_or(0));
        }
    }

    fn take_free(&mut self, shards: &[Shard], caller: WorkerId) {
        for shard in shards {
            if !self.owners.contains_key(shard) {
                self.set(*shard, Some(caller));
            }
        }
    }

    /// Gives a shard of the caller's away: to whom it went; `None` if it is not the caller's to give.
    fn release(&mut self, release: Release, caller: WorkerId) -> Option<Option<WorkerId>> {
        if self.owners.get(&release.shard) != Some(&caller) {
            return None;
        }
        let members = &self.members;
        let successor = release.successor.filter(|to| members.contains_key(to));
        if successor == Some(caller) {
            return None;
        }
        self.set(release.shard, successor);
        Some(successor)
    }

    fn set(&mut self, shard: Shard, owner: Option<WorkerId>) {
        match owner {
            Some(owner) => self.owners.insert(shard, owner),
            None => self.owners.remove(&shard),
        };
        self.version.change += 1;
        self.owner_changes.insert(shard, self.version.change);
    }
}
