//! A fleet at scale: the real plan and the real table of leases under a thousand workers, in virtual time.
//!
//! What is real: `fleet::assignment::plan_of` and `fleet::pace` of the watcher, the table of `pushmail-leases-embedded`, and the
//! distribution of accounts over shards by SHA-256. What is modelled: the keeper's and the owner's steps around the plan, as a state machine
//! (`keeper`); handing a shard over takes a fixed time, four at a time; a call takes a
//! millisecond. What is not there: Redis' own time for its scripts, the log, the registry, mail servers.

mod bounds;
mod fleet;
mod keeper;
mod meter;
mod scenario;

pub use scenario::{Report, Scenario};

use crate::chance::Chance;
use pushmail_domain::{AccountId, SHARD_COUNT, Shard};

/// A fleet.
#[derive(Debug, Clone, Copy)]
pub struct Scale {
    /// How many workers there are at first.
    pub workers: usize,
    /// How many accounts there are.
    pub accounts: u64,
    /// What decides everything that chance decides.
    pub seed: u64,
    /// Whether workers take turns with what all learn at once; without, to see what that is for.
    pub turns: bool,
}

/// Plays a scenario with a new fleet.
pub fn play(scale: Scale, scenario: Scenario, accounts: &Accounts) -> Report {
    scenario.play(scale, &accounts.0)
}

/// How many accounts each shard has.
pub struct Accounts(Vec<u64>);

/// Spreads the fleet's accounts over shards: each id is made by chance and hashed.
pub fn spread(scale: Scale) -> Accounts {
    let chance = Chance::new(scale.seed);
    let mut accounts = vec![0; usize::from(SHARD_COUNT)];
    for _ in 0..scale.accounts {
        let shard = Shard::of(AccountId::random(&chance));
        accounts[usize::from(shard.number())] += 1;
    }
    Accounts(accounts)
}
