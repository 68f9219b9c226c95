//! The run: mail in, faults in between, a verdict at the end.

use crate::checker::{Run, Verdict};
use crate::kind::Kind;
use crate::profile::Profile;
use crate::world::World;
use crate::{Args, nemesis, program};
use anyhow::Context as _;
use clap::ValueEnum as _;
use pushmail_eventlog::EventLog as _;
use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

/// How long a planted fault's effects may take to be over.
const PLANTED: Duration = Duration::from_secs(25);

pub(crate) async fn run(args: &Args) -> anyhow::Result<Verdict> {
    let folder = tempfile::Builder::new()
        .prefix("pushmail-chaos-")
        .tempdir()?;
    let program = match &args.program {
        Some(program) => program.clone(),
        None => program::build(folder.path())?,
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
    let mut world = World::start(args, profile, &program).await?;
    let raged = rage(&mut world, args).await;
    if let Some(kept) = &args.keep {
        std::fs::create_dir_all(kept)?;
        world.keep_logs(kept)?;
    }
    raged
}

async fn rage(world: &mut World, args: &Args) -> anyhow::Result<Verdict> {
    world.begin().await?;
    eprintln!("every mailbox is watched; seed {}", args.seed);
    let sender = Arc::clone(&world.sender);
    let sending = sender.go_on(world.profile.mailboxes, world.profile.every, args.seed);
    let sending = tokio::spawn(sending);
    let raged = nemesis::rage(world, args).await;
    sending.abort();
    let seconds = raged?.as_secs();
    // What does not come now is lost. In a planted run, the one fault was waited for already.
    if args.plant.is_none()
        && let Err(error) = world.until_well().await
    {
        eprintln!("{error:#}");
    }
    world.devices.check()?;
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
        kinds: &nemesis::kinds(args),
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
