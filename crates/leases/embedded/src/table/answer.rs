//! What the table tells.

use super::Table;
use pushmail_domain::{Shard, WorkerId};
use pushmail_leases::{Beat, Beaten, Member, Seen, View};
use std::collections::BTreeSet;
use std::time::Duration;

impl Table {
    /// See [`Leases::view`](pushmail_leases::Leases::view).
    pub(crate) fn view(&self, clock: Duration, ttl: Duration) -> View {
        let now = self.time_at(clock, ttl);
        let seen = self.members.values().map(|heartbeat| Seen {
            member: heartbeat.member.clone(),
            expires_in: heartbeat.lasts_until.saturating_sub(now),
        });
        View {
            version: self.version,
            members: seen.collect(),
            owners: self.owners.iter().map(|(s, w)| (*s, *w)).collect(),
            settling: self.settles_at.saturating_sub(now),
        }
    }

    /// The answer to a beat, once all of it is done.
    pub(super) fn answer(&self, beat: &Beat<'_>) -> Beaten {
        let known = beat.known;
        let changes = self.forgotten..=self.version.change;
        let whole =
            known.incarnation != self.version.incarnation || !changes.contains(&known.change);
        let since = if whole { 0 } else { known.change };
        Beaten {
            version: self.version,
            whole,
            members: self.changed_members(since, whole),
            owners: self.changed_owners(since, whole, beat),
            next_expiry: self.next_expiry(beat.member.worker),
            settling: self.settles_at.saturating_sub(self.time),
            drain: self.drains.contains(&beat.member.worker),
        }
    }

    fn changed_members(&self, since: u64, whole: bool) -> Vec<(WorkerId, Option<Member>)> {
        let changed = self.member_changes.iter();
        let changed = changed.filter(|(_, change)| **change > since);
        let told = changed.map(|(worker, _)| {
            let heartbeat = self.members.get(worker);
            (*worker, heartbeat.map(|heartbeat| heartbeat.member.clone()))
        });
        told.filter(|(_, member)| !whole || member.is_some())
            .collect()
    }

    fn changed_owners(
        &self,
        since: u64,
        whole: bool,
        beat: &Beat<'_>,
    ) -> Vec<(Shard, Option<WorkerId>)> {
        let owner = |shard: &Shard| self.owners.get(shard).copied();
        let changed = self
            .owner_changes
            .iter()
            .filter(|(_, change)| **change > since);
        let changed = changed.map(|(shard, _)| *shard);
        let lost = beat.held.iter().copied();
        let lost = lost.filter(|shard| owner(shard).is_some_and(|to| to != beat.member.worker));
        let told: BTreeSet<Shard> = changed.chain(lost).collect();
        let told = told.into_iter().map(|shard| (shard, owner(&shard)));
        told.filter(|(_, owner)| !whole || owner.is_some())
            .collect()
    }

    fn next_expiry(&self, caller: WorkerId) -> Option<Duration> {
        let others = self.members.iter().filter(|(worker, _)| **worker != caller);
        let next = others.map(|(_, heartbeat)| heartbeat.lasts_until);
        next.min().map(|next| next.saturating_sub(self.time))
    }
}
