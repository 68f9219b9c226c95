//! Who there is, who owns what, and how many accounts that is.

use crate::reply;
use crate::state::State;
use pushmail_domain::{Shard, WorkerId};
use pushmail_leases::{Seen, View};
use pushmail_proto::convert::timestamp;
use pushmail_proto::v1 as pb;
use std::collections::HashMap;
use tonic::Status;

/// The fleet at one moment.
pub(super) struct Workers {
    view: View,
    owners: HashMap<Shard, WorkerId>,
    accounts: HashMap<Shard, u64>,
}

impl Workers {
    pub(super) async fn load(state: &State) -> Result<Self, Status> {
        let view = state.deps.leases.view().await;
        let view = view.map_err(|error| reply::leases(&error))?;
        let accounts = state.deps.registry.shard_counts().await;
        let accounts = accounts.map_err(|error| reply::registry_failed(&error))?;
        Ok(Self {
            owners: view.owners.iter().copied().collect(),
            accounts: accounts.into_iter().collect(),
            view,
        })
    }

    pub(super) fn owner(&self, shard: Shard) -> Option<WorkerId> {
        self.owners.get(&shard).copied()
    }

    /// How many accounts the shard has.
    pub(super) fn accounts(&self, shard: Shard) -> u64 {
        self.accounts.get(&shard).copied().unwrap_or_default()
    }

    /// How many accounts there are, with an owner or without.
    pub(super) fn all_accounts(&self) -> u64 {
        self.accounts.values().sum()
    }

    /// The worker's name; its id if it left just now.
    pub(super) fn name(&self, worker: WorkerId) -> String {
        let seen = self.view.members.iter();
        let mut seen = seen.filter(|seen| seen.member.worker == worker);
        seen.next()
            .map_or_else(|| worker.to_string(), |seen| seen.member.name.clone())
    }

    /// How many shards have accounts and no owner.
    pub(super) fn without_owner(&self) -> u32 {
        let without = self
            .accounts
            .keys()
            .filter(|s| !self.owners.contains_key(s));
        u32::try_from(without.count()).unwrap_or(u32::MAX)
    }

    /// All workers, by name.
    pub(super) fn all(&self) -> Vec<pb::Worker> {
        let mut all: Vec<pb::Worker> = self.view.members.iter().map(|s| self.write(s)).collect();
        all.sort_by(|a, b| (&a.name, &a.id).cmp(&(&b.name, &b.id)));
        all
    }

    /// The worker with this id, or the only one with this name.
    pub(super) fn find(&self, worker: &str) -> Result<&Seen, Status> {
        let members = self.view.members.iter();
        let by_id = members
            .clone()
            .find(|s| s.member.worker.to_string() == worker);
        if let Some(seen) = by_id {
            return Ok(seen);
        }
        let mut named = members.filter(|seen| seen.member.name == worker);
        match (named.next(), named.next()) {
            (Some(seen), None) => Ok(seen),
            (None, _) => Err(reply::no_worker(worker)),
            (Some(_), Some(_)) => Err(reply::ambiguous_worker(worker)),
        }
    }

    pub(super) fn write(&self, seen: &Seen) -> pb::Worker {
        let member = &seen.member;
        let own = self
            .owners
            .iter()
            .filter(|(_, owner)| **owner == member.worker);
        let own: Vec<Shard> = own.map(|(shard, _)| *shard).collect();
        pb::Worker {
            id: member.worker.to_string(),
            name: member.name.clone(),
            capacity: member.capacity,
            draining: member.draining,
            started_at: Some(timestamp(member.started_at)),
            expires_in: prost_types::Duration::try_from(seen.expires_in).ok(),
            shards: u32::try_from(own.len()).unwrap_or(u32::MAX),
            accounts: own.iter().map(|shard| self.accounts(*shard)).sum(),
        }
    }
}
