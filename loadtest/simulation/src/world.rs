//! One world, from its first worker to its verdict.

use crate::chance::Chance;
use crate::clock::VirtualClock;
use crate::faults::{Cast, WORKERS};
use crate::judge::{Judge, Sums};
use crate::network::Network;
use crate::options::Options;
use crate::people::{self, People};
use crate::trace::Trace;
use crate::worker::{Stage, name};
use crate::{log, mailbox, registry};
use pushmail_domain::{Clock, Entropy as _, WorkerId};
use pushmail_leases::{Leases as _, View};
use pushmail_leases_embedded::{Config as LeaseConfig, EmbeddedLeases};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::sleep;

/// How long things go wrong.
const TROUBLE: Duration = Duration::from_secs(90);
/// How long everything may take to settle afterwards, in seconds.
const SETTLES_WITHIN: u64 = 240;
/// While everything settles, a mail comes into each mailbox once in so many seconds.
const MAIL_EVERY: u64 = 20;
/// For how long a new table of leases refuses claims.
const SETTLE: Duration = Duration::from_secs(17);

/// What came of a world.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// Its seed.
    pub seed: u64,
    /// The hash of all that happened.
    pub hash: u64,
    /// What happened, if that was kept.
    pub trace: Vec<String>,
    /// The invariants that were broken; empty if all is well.
    pub violations: Vec<String>,
    /// Its mail.
    pub sums: Sums,
}

/// Simulates a world, in a runtime of its own. Takes some milliseconds.
///
/// # Errors
/// If the runtime could not be built.
pub fn simulate(options: Options) -> std::io::Result<Outcome> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()?;
    Ok(runtime.block_on(run(options)))
}

async fn run(options: Options) -> Outcome {
    let trace = Arc::new(Trace::new(options.keeps_trace));
    let judge = Arc::new(Judge::new(trace.clone()));
    let chance = Arc::new(Chance::new(options.seed));
    let clock: Arc<dyn Clock> = Arc::new(VirtualClock::new());
    let people = people::some(&chance);
    let mailboxes = mailbox::World::new(chance.clone(), clock.clone(), &people.accounts);
    let log = log::Server::new(trace.clone(), judge.clone(), clock.clone(), options.plant);
    let leases = LeaseConfig {
        settle: SETTLE,
        ..LeaseConfig::default()
    };
    let cast = Cast::new(Stage {
        network: Arc::new(Network::new(chance.clone(), trace.clone())),
        log: Arc::new(log),
        registry: Arc::new(registry::Server::new(
            judge.clone(),
            people.tenant(),
            people.rows(),
        )),
        leases: Arc::new(EmbeddedLeases::new(leases, clock.clone())),
        mailboxes: Arc::new(mailboxes),
        shards: people.shards.clone(),
        master: people::master(),
        dialer: people::dialer(),
        plant: options.plant,
        chance,
        clock,
    });
    play(&cast, &people).await;
    let sums = conclude(&cast, &judge).await;
    let (hash, trace, violations) = trace.take();
    Outcome {
        seed: options.seed,
        hash,
        trace,
        violations,
        sums,
    }
}

/// Starts the workers, lets mail come, and lets things go wrong.
async fn play(cast: &Arc<Cast>, people: &People) {
    for index in 0..WORKERS {
        let (cast, pause) = (cast.clone(), cast.stage.chance.between(0, 3000));
        tokio::spawn(async move {
            sleep(pause).await;
            cast.start(index);
        });
    }
    let mail = tokio::spawn(deliver(cast.clone(), people.accounts.clone()));
    cast.trouble(TROUBLE).await;
    mail.abort();
    cast.calm();
    // What waits for mail to come may wait no longer.
    for account in &people.accounts {
        cast.stage.mailboxes.deliver(*account, 1);
    }
}

/// Mail comes for as long as this runs.
async fn deliver(cast: Arc<Cast>, accounts: Vec<pushmail_domain::AccountId>) {
    let chance = &cast.stage.chance;
    loop {
        sleep(chance.between(20, 1500)).await;
        let account = accounts[chance.index(accounts.len())];
        let mails = u32::try_from(1 + chance.below(3)).unwrap_or(1);
        cast.stage.mailboxes.deliver(account, mails);
    }
}

/// Waits until all has settled, and looks at what has become of it.
async fn conclude(cast: &Cast, judge: &Judge) -> Sums {
    let stage = &cast.stage;
    let mut last_uids = BTreeMap::new();
    let mut missing = Vec::new();
    for second in 0..SETTLES_WITHIN {
        // Some mail keeps coming: an owner that was fenced by one that is none any more learns of it by that.
        if second % MAIL_EVERY == 0 {
            let accounts = last_uids.keys();
            accounts.for_each(|account| stage.mailboxes.deliver(*account, 1));
            last_uids = stage.mailboxes.last_uids();
        }
        sleep(Duration::from_secs(1)).await;
        missing.clear();
        if !judge.all_told(&stage.log, &last_uids) {
            missing.push("mail is not in the log".to_owned());
        }
        for (account, count) in stage.mailboxes.not_watched_once() {
            missing.push(format!("{account} is watched {count} times"));
        }
        if let Ok(view) = stage.leases.view().await {
            missing.extend(unowned(stage, &view));
        }
        if missing.is_empty() {
            break;
        }
    }
    let trace = &stage.network.trace;
    for what in &missing {
        trace.broken(format!("it does not settle: {what}"));
    }
    judge.conclude(&stage.log, &last_uids)
}

/// The shards that have not exactly one owner that lives.
fn unowned(stage: &Stage, view: &View) -> Vec<String> {
    let index = |worker: &WorkerId| {
        let seen = view
            .members
            .iter()
            .find(|seen| seen.member.worker == *worker)?;
        (0..WORKERS).find(|index| name(*index) == seen.member.name)
    };
    let owners: BTreeMap<_, _> = view.owners.iter().copied().collect();
    let mut missing = Vec::new();
    if view.members.len() != WORKERS {
        missing.push(format!("{} members", view.members.len()));
    }
    for shard in &*stage.shards {
        let number = shard.number();
        let owner = owners.get(shard).and_then(index);
        let fence = stage
            .log
            .with(shard.stream(), |stream| stream.newest_fence(*shard));
        match (owner, fence) {
            (None, _) => missing.push(format!("shard {number} has no owner")),
            (Some(owner), Some((_, writer))) if owner != writer => {
                missing.push(format!(
                    "shard {number} is owned by {owner} and fenced by {writer}"
                ));
            }
            _ => {}
        }
    }
    missing
}
