//! A worker's own copy of the table.

use crate::{Beaten, Member, Version};
use pushmail_domain::{Shard, WorkerId};
use std::collections::BTreeMap;

/// What a worker knows of the table, kept up by the answers to its beats. The default is nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Known {
    /// Where it stands: what the next beat names.
    pub version: Version,
    /// All members, the worker itself too.
    pub members: BTreeMap<WorkerId, Member>,
    /// The shards that have an owner.
    pub owners: BTreeMap<Shard, WorkerId>,
}

impl Known {
    /// Takes in an answer to a beat that named this version.
    pub fn take_in(&mut self, beaten: &Beaten) {
        if beaten.whole {
            self.members.clear();
            self.owners.clear();
        }
        self.version = beaten.version;
        merge(&mut self.members, &beaten.members);
        merge(&mut self.owners, &beaten.owners);
    }
}

fn merge<Key: Ord + Copy, Value: Clone>(
    into: &mut BTreeMap<Key, Value>,
    changes: &[(Key, Option<Value>)],
) {
    for (key, value) in changes {
        match value {
            Some(value) => into.insert(*key, value.clone()),
            None => into.remove(key),
        };
    }
}
