//! The table itself: no lock, no clock, no task.

use pushmail_domain::{Shard, WorkerId};
use pushmail_leases::{Beat, Beaten, Member, Release, Seen, Version, View};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// Members and owners. Moments are of the table's own time, which begins at zero.
pub(crate) struct Table {
    version: Version,
    /// The change at which the members were last others.
    members_changed: u64,
    members: BTreeMap<WorkerId, Heartbeat>,
    owners: BTreeMap<Shard, WorkerId>,
    /// The last change of each shard that ever had an owner.
    changes: BTreeMap<Shard, u64>,
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
    /// This one was handed a shard.
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
            members_changed: 0,
            members: BTreeMap::new(),
            owners: BTreeMap::new(),
            changes: BTreeMap::new(),
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

    /// See [`Leases::view`](pushmail_leases::Leases::view).
    pub(crate) fn view(&self, clock: Duration, ttl: Duration) -> View {
        let now = self.time_at(clock, ttl);
        View {
            version: self.version,
            members: self.seen(now),
            owners: self.owners.iter().map(|(s, w)| (*s, *w)).collect(),
            settling: self.settles_at.saturating_sub(now),
        }
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
            self.members_changed = self.version.change;
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
        let before = self.members.len();
        self.members.retain(|worker, _| !gone.contains(worker));
        if self.members.len() == before {
            return false;
        }
        self.version.change += 1;
        self.members_changed = self.version.change;
        let theirs = self.owners.iter().filter(|(_, owner)| gone.contains(owner));
        let theirs: Vec<Shard> = theirs.map(|(shard, _)| *shard).collect();
        for shard in &theirs {
            self.set(*shard, None);
        }
        !theirs.is_empty()
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
        self.changes.insert(shard, self.version.change);
    }

    fn answer(&self, beat: &Beat<'_>) -> Beaten {
        let known = beat.known;
        let whole =
            known.incarnation != self.version.incarnation || known.change > self.version.change;
        let since = if whole { 0 } else { known.change };
        Beaten {
            version: self.version,
            whole,
            members: (self.members_changed > since).then(|| self.seen(self.time)),
            owners: self.changed_owners(since, whole, beat),
            next_expiry: self.next_expiry(beat.member.worker),
            settling: self.settles_at.saturating_sub(self.time),
        }
    }

    fn changed_owners(
        &self,
        since: u64,
        whole: bool,
        beat: &Beat<'_>,
    ) -> Vec<(Shard, Option<WorkerId>)> {
        let owner = |shard: &Shard| self.owners.get(shard).copied();
        let changed = self.changes.iter().filter(|(_, change)| **change > since);
        let changed = changed.map(|(shard, _)| *shard);
        let lost = beat.held.iter().copied();
        let lost = lost.filter(|shard| owner(shard).is_some_and(|to| to != beat.member.worker));
        let told: BTreeSet<Shard> = changed.chain(lost).collect();
        let told = told.into_iter().map(|shard| (shard, owner(&shard)));
        told.filter(|(_, owner)| !whole || owner.is_some())
            .collect()
    }

    fn seen(&self, now: Duration) -> Vec<Seen> {
        let members = self.members.values();
        let seen = members.map(|heartbeat| Seen {
            member: heartbeat.member.clone(),
            expires_in: heartbeat.lasts_until.saturating_sub(now),
        });
        seen.collect()
    }

    fn next_expiry(&self, caller: WorkerId) -> Option<Duration> {
        let others = self.members.iter().filter(|(worker, _)| **worker != caller);
        let next = others.map(|(_, heartbeat)| heartbeat.lasts_until);
        next.min().map(|next| next.saturating_sub(self.time))
    }
}
