//! The run: mail in, faults in between, a verdict at the end.

use crate::checker::{Run, Verdict};
use crate::kind::Kind;
use crate::profile::Profile;
use crate::world::World;
use crate::{Args, nemesis, program, restore, upgrade};
use anyhow::Context as _;
use clap::ValueEnum as _;
use pushmail_eventlog::EventLog as _;
use std::collections::HashSet;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// How long a planted fault's effects may take to be over.
const PLANTED: Duration = Duration::from_secs(25);

pub(crate) async fn run(args: &Args) -> anyhow::Result<Verdict> {
    let folder = tempfile::Builder::new()
        .prefix("pushmail-chaos-")
        .tempdir()?;
    let program = match &args.program {
        Some(program) => program.clone(),
        None => program::build(folder.path(), nothing_fails(args).is_none())?,
    };
    let mut profile = Profile::of(args.profile, args.minutes);
    if args.plant.is_some() {
        // What a broken rule lost does not come, however long one waits.
        profile.patience = profile.patience.min(PLANTED);
        // And a sweep must not find it again.
        profile.sweep = Duration::from_secs(3600);
    }
    if nemesis::kinds(args).contains(&Kind::ReplicaBehind) {
        // Its streams are stuffed.
        profile.file_store = profile.file_store.max(1 << 30);
    }
    let first = args.upgrade_from.as_ref().unwrap_or(&program);
    let mut world = World::start(args, profile, first).await?;
    let raged = rage(&mut world, args, &program).await;
    if let Some(kept) = &args.keep {
        std::fs::create_dir_all(kept)?;
        world.keep_logs(kept)?;
    }
    raged
}

/// No kinds, if nothing is to fail.
fn nothing_fails(args: &Args) -> Option<Vec<Kind>> {
    (args.upgrade_from.is_some() || args.restore.is_some()).then(Vec::new)
}

async fn rage(world: &mut World, args: &Args, program: &Path) -> anyhow::Result<Verdict> {
    world.begin().await?;
    eprintln!("every mailbox is watched; seed {}", args.seed);
    let sender = Arc::clone(&world.sender);
    let sending = sender.go_on(world.profile.mailboxes, world.profile.every, args.seed);
    let sending = tokio::spawn(sending);
    let begin = Instant::now();
    let (mut upgrade, mut restored) = (None, None);
    let done = match (&args.upgrade_from, args.restore) {
        (Some(old), _) => {
            let done = upgrade::there_and_back(world, old, program, !args.abrupt).await;
            done.map(|done| upgrade = Some(done))
        }
        (None, Some(what)) => {
            let done = restore::restore(world, what, args.lose, !args.same_generation).await;
            done.map(|done| restored = Some(done))
        }
        (None, None) => nemesis::rage(world, args).await,
    };
    let seconds = begin.elapsed().as_secs();
    sending.abort();
    done?;
    // What does not come now is lost. In a planted run, the one fault was waited for already.
    if args.plant.is_none()
        && let Err(error) = world.until_well().await
    {
        eprintln!("{error:#}");
    }
    world.devices.check()?;
    if let Some(upgrade) = &mut upgrade {
        upgrade.noticed = world.history.noticed();
    }
    let surplus = world.observer.log.surplus_records().await;
    let log_duplicates = surplus.context("the log cannot be read")?.len() as u64;
    Ok(Verdict::new(Run {
        seed: args.seed,
        plant: args
            .plant
            .and_then(|plant| Some(plant.to_possible_value()?.get_name().to_owned())),
        sent: &sent(world)?,
        seen: &world.history.seen(),
        log_duplicates,
        stale: world.tally.stale,
        faults: world.tally.faults(),
        kinds: &nothing_fails(args).unwrap_or_else(|| nemesis::kinds(args)),
        upgrade,
        restored,
        seconds,
    }))
}

/// The Message-IDs that the mail server holds.
fn sent(world: &World) -> anyhow::Result<HashSet<String>> {
    let mut sent = HashSet::new();
    for one in &world.watched {
        for message in world
            .servers
            .mail
            .messages(&crate::sender::user(one.mailbox))
        {
            sent.insert(message.message_id.trim_matches(['<', '>']).to_owned());
        }
    }
    let told = world.history.count_sent();
    anyhow::ensure!(
        sent.len() as u64 == told,
        "{told} mails were sent, and the mail server has {}",
        sent.len()
    );
    Ok(sent)
}
