//! Watchers, as many as the mailboxes take.

use crate::rig::Rig;
use crate::rig::operator::Operator;
use crate::rig::process::Process;
use crate::usage::{self, Usage};
use anyhow::{anyhow, bail, ensure};
use pushmail_domain::SHARD_COUNT;
use serde::Serialize;
use std::thread;
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// Mailboxes of one watcher, on average: it may open 20,000 files, and shares are within 10 % of each other.
const PER_WATCHER: usize = 17_500;
/// How far a share may be from a fair one, in percent of it.
const TOLERANCE: u32 = 10;
/// Between two looks at the shares.
const LOOK: Duration = Duration::from_millis(500);
/// In which all have to have their shares, besides some time for each watcher.
const WITHIN: Duration = Duration::from_secs(120);
const FOR_EACH: Duration = Duration::from_secs(10);

/// What of their metrics tells how accounts stand.
const TELLING: [&str; 2] = ["pushmail_accounts{", "pushmail_upstream_connects_total{"];

/// So many of each are printed.
const COMPLAINTS: usize = 5;

/// Watchers of one fleet.
#[derive(Default)]
pub(crate) struct Watchers(Vec<Process>);

/// The least and the most that one of them has.
#[derive(Debug, Clone, Copy, Serialize)]
pub(crate) struct Spread {
    pub(crate) min: u64,
    pub(crate) max: u64,
}

impl Watchers {
    /// How many watchers this many mailboxes take.
    pub(crate) fn for_mailboxes(mailboxes: usize) -> usize {
        mailboxes.div_ceil(PER_WATCHER).max(1)
    }

    /// Starts this many, all at the same time: those that come first would take all shards.
    pub(super) fn start(rig: &Rig, count: usize) -> anyhow::Result<Self> {
        ensure!(count > 0, "at least one watcher");
        let start = |number| rig.watcher(&format!("watcher-{number}"));
        let processes = thread::scope(|scope| {
            let starting = (1..=count).map(|number| scope.spawn(move || start(number)));
            let starting: Vec<_> = starting.collect();
            let started = starting.into_iter().map(|one| match one.join() {
                Ok(process) => process,
                Err(_) => Err(anyhow!("a watcher cannot be started")),
            });
            started.collect::<anyhow::Result<_>>()
        });
        Ok(Self(processes?))
    }

    /// Waits until all shards have an owner and nobody has much more than others, twice in succession: shards that
    /// move later take connections with them.
    pub(super) async fn shared(&self, operator: &Operator) -> anyhow::Result<()> {
        let (all, count) = (u32::from(SHARD_COUNT), u32::try_from(self.0.len())?);
        let most = all * (100 + TOLERANCE) / 100 / count + 1;
        let (begun, mut calm) = (Instant::now(), 0);
        while calm < 2 {
            let shards: Vec<u32> = operator
                .workers()
                .await?
                .iter()
                .map(|one| one.shards)
                .collect();
            let fair = shards.iter().all(|shards| *shards <= most);
            let owned = shards.iter().sum::<u32>() == all;
            calm = if fair && owned { calm + 1 } else { 0 };
            if begun.elapsed() > WITHIN + FOR_EACH * count {
                bail!("watchers do not share the shards: {shards:?}");
            }
            sleep(LOOK).await;
        }
        Ok(())
    }

    /// Prints how their accounts stand and what they complained of last, for who wonders why something is missing.
    pub(crate) fn print_complaints(&self) {
        for process in &self.0 {
            let metrics = process.metrics().unwrap_or_default();
            let of_accounts = |line: &&str| TELLING.iter().any(|name| line.starts_with(name));
            let of_accounts: Vec<&str> = metrics.lines().filter(of_accounts).collect();
            eprintln!("  {}: {}", process.name, of_accounts.join(", "));
            for line in process.complaints(COMPLAINTS) {
                eprintln!("  {}: {line}", process.name);
            }
        }
    }

    /// How many shards they own that have accounts.
    pub(crate) fn shards_with_accounts(&self) -> anyhow::Result<u64> {
        let shards = self.0.iter().map(|one| one.metric("pushmail_shards"));
        shards.sum()
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    pub(crate) fn ids(&self) -> impl Iterator<Item = u32> {
        self.0.iter().map(|one| one.id)
    }

    /// What all of them take.
    pub(crate) fn usage(&self) -> anyhow::Result<Usage> {
        Usage::of_all(self.ids())
    }

    /// The memory of the one that has the least of its own, and of the one that has the most.
    pub(crate) fn memory(&self) -> anyhow::Result<Spread> {
        let each = self.ids().map(|id| Ok(Usage::of(id)?.memory));
        Ok(Spread::of(&each.collect::<anyhow::Result<Vec<_>>>()?))
    }

    /// How many files each has open.
    pub(crate) fn files(&self) -> anyhow::Result<Vec<u64>> {
        self.ids().map(usage::files).collect()
    }

    /// Processor seconds of all of them for each second, over this time.
    pub(crate) async fn cpu_over(&self, time: Duration) -> anyhow::Result<f64> {
        let (before, begun) = (self.usage()?, Instant::now());
        sleep(time).await;
        let used = self.usage()?.cpu_since(&before);
        Ok(used.as_secs_f64() / begun.elapsed().as_secs_f64())
    }
}

impl Spread {
    pub(crate) fn of(each: &[u64]) -> Self {
        Self {
            min: each.iter().copied().min().unwrap_or(0),
            max: each.iter().copied().max().unwrap_or(0),
        }
    }
}
