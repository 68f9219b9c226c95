//! Folding the log onto a shard's checkpoint, and what it shows of a log that lost something.

use super::{Fenced, NotTaken};
use crate::Shared;
use crate::fold::{self, Base, Gap, Gaps};
use crate::standings::Standings;
use pushmail_domain::{AccountId, Shard, Timestamp};
use pushmail_eventlog::{ReadError, Stored};
use pushmail_registry::{AccountChange, RegistryError, ShardCheckpoint};
use std::collections::{HashMap, HashSet};
use std::time::Duration;

/// How many events the fold reads at a time.
const PAGE: usize = 512;
/// How many changes of the registry are read at a time.
const CHANGES: u32 = 1000;
/// The clocks of the log and the registry's writers do not differ by more.
const CLOCKS_DIFFER: Duration = Duration::from_secs(60 * 60);

impl Fenced {
    /// Folds the log onto the checkpoint; also gives the sequence from which on. What is missing in between is
    /// lost: if the checkpoint is of this generation, another has to begin; and in one that begins, accounts go back to
    /// before what is missing.
    pub(super) async fn fold(
        &self,
        shared: &Shared,
        checkpoint: ShardCheckpoint,
    ) -> Result<(Standings, u64), NotTaken> {
        let Self { shard, taken } = *self;
        let generation = checkpoint.position.map(|position| position.generation);
        let made = match generation == Some(taken.epoch.generation) {
            true => HashMap::new(),
            false => made(shared, shard).await?,
        };
        let kept_since = shared.log.retained_since();
        // What is older was told: its record would not have expired yet.
        let since = |account| {
            made.get(&account)
                .copied()
                .unwrap_or_default()
                .max(kept_since)
        };
        let base = fold::base(checkpoint, taken.epoch, since);
        let (after, replaces) = (base.after, base.replaces);
        let rewound = rewound(&base);
        let mut gaps = Gaps::new(&base, younger(&made, kept_since));
        let standings = Standings::new(base);
        if !shared.config.skip_fold() {
            let through = taken.last_sequence;
            fold_log(shared, shard, (&standings, &mut gaps), after, through).await?;
        }
        let gaps: Vec<Gap> = gaps.found().collect();
        if !replaces && gaps.iter().any(|gap| !rewound.contains(&gap.account)) {
            return Err(self.regressed(shared, 0).await?);
        }
        for gap in gaps.iter().filter(|_| replaces) {
            tracing::warn!(account = %gap.account, missing = ?gap.missing, "events are missing in the log; the account is read again from before them");
            standings.rewind(gap, since(gap.account));
        }
        Ok((standings, after))
    }

    /// The log seems to have lost something, whose generation is this one at least. If it was taken long ago, what
    /// it is compared with may be a later owner's.
    pub(super) async fn regressed(
        &self,
        shared: &Shared,
        generation: u32,
    ) -> Result<NotTaken, ReadError> {
        let Self { shard, taken } = *self;
        let newest = shared.log.fence(shard).await?;
        Ok(match newest.is_some_and(|newest| newest > taken.epoch) {
            true => NotTaken::Overtaken(shard),
            false => NotTaken::LogRegressed {
                shard,
                generation: generation.max(taken.epoch.generation),
            },
        })
    }
}

/// The accounts that are read again already.
fn rewound(base: &Base) -> HashSet<AccountId> {
    let accounts = base.accounts.iter();
    let rewound = accounts.filter(|(_, standing)| standing.cursor.is_rewound());
    rewound.map(|(account, _)| *account).collect()
}

/// When the shard's accounts were made.
pub(crate) async fn made(
    shared: &Shared,
    shard: Shard,
) -> Result<HashMap<AccountId, Timestamp>, RegistryError> {
    let (mut made, mut version) = (HashMap::new(), 0);
    loop {
        let registry = &shared.registry;
        let changes = registry.shard_changes(&[shard], version, CHANGES).await?;
        for change in &changes {
            version = change.version();
            if let AccountChange::Upserted(account) = change {
                made.insert(account.id, account.created_at);
            }
        }
        if changes.len() < CHANGES as usize {
            return Ok(made);
        }
    }
}

/// The accounts that were made after `since`, whatever the clocks: all their events are younger.
pub(crate) fn younger(
    made: &HashMap<AccountId, Timestamp>,
    since: Timestamp,
) -> HashSet<AccountId> {
    let since = since.after(CLOCKS_DIFFER);
    let young = made.iter().filter(|(_, made)| **made > since);
    young.map(|(account, _)| *account).collect()
}

async fn fold_log(
    shared: &Shared,
    shard: Shard,
    (standings, gaps): (&Standings, &mut Gaps),
    mut after: u64,
    through: u64,
) -> Result<(), NotTaken> {
    while after < through {
        let page = shared.log.read_shard(shard, after, through, PAGE).await?;
        let Some(last) = page.last() else { break };
        after = last.position.sequence;
        for stored in page {
            let account = stored.event.account;
            gaps.meet(&stored.event, || standings.get(account).cursor);
            standings.fold(&[planted(shared, stored)]);
        }
    }
    Ok(())
}

/// The event without what a planted fault forgets.
#[cfg(feature = "plant")]
fn planted(shared: &Shared, mut stored: Stored) -> Stored {
    shared.config.forget(&mut stored.event);
    stored
}

#[cfg(not(feature = "plant"))]
const fn planted(_: &Shared, stored: Stored) -> Stored {
    stored
}
