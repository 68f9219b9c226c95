//! The steps.

use super::look::{NAMESPACE, WATCHERS};
use super::run::{Failures, World};
use super::{commands, left};
use crate::plane::MAIL_SERVER;
use anyhow::ensure;
use std::collections::BTreeSet;

/// How many watchers the release has with the mailboxes that there are at first, with twice as many, and with half as many: but at
/// least the pool's minimum.
const FEW: usize = 3;
const MANY: usize = 6;
const LEAST: usize = 2;
/// What stays, as the chart's README says. The first secret is what the test itself made.
const KEPT: [&str; 6] = [
    "Secret/mail-servers",
    "Secret/mail-pushmail-evaluation",
    "Secret/mail-pushmail-evaluation-mail",
    "Secret/mail-pushmail-evaluation-tls",
    "PersistentVolumeClaim/data-mail-pushmail-nats-0",
    "PersistentVolumeClaim/data-mail-pushmail-postgresql-0",
];
/// The setting that the upgrade changes, as the pods read it.
const CHANGED: &str = "async_nats=info";
/// The containers that have to end well.
const ROLES: [&str; 4] = ["control", "delivery", "operator", "watcher"];

/// All of them.
pub(super) async fn all(world: &mut World<'_>) -> anyhow::Result<()> {
    world.look.make_namespace().await?;
    let names = ["the definitions", "install", "helm test"];
    ensure!(
        commands::deploy().len() == names.len(),
        "deploy.sh has other commands"
    );
    for (number, name) in names.into_iter().enumerate() {
        world
            .step(name, async |world| {
                world.deploy(number).await?;
                Ok(Failures::new())
            })
            .await?;
    }
    world.step("upgrade: a mail server", mail_server).await?;
    let few = world.args.mailboxes;
    world
        .step("3 watchers for mailboxes", async |world| {
            world.connect(few).await?;
            world.look.until_watchers(FEW).await?;
            Ok(Failures::new())
        })
        .await?;
    world.step("upgrade: a setting", setting).await?;
    world
        .step("6 for twice as many", async |world| {
            sized(world, MANY, few * 2).await
        })
        .await?;
    world
        .step("2 for half as many", async |world| {
            sized(world, LEAST, few / 2).await
        })
        .await?;
    world.step("rollback", rollback).await?;
    world.stop_sending();
    world
        .step("the last mail comes", async |_| Ok(Failures::new()))
        .await?;
    world.step("uninstall", uninstall).await
}

/// Helm's upgrade with these values besides those that there are.
async fn upgrade(world: &World<'_>, values: &str) -> anyhow::Result<()> {
    let line = format!(
        "helm upgrade mail charts/pushmail --namespace {NAMESPACE} --reuse-values --wait \\\n  {values}"
    );
    world.commands.run(&line).await.map(drop)
}

/// Tells the release of the mail server, which is in no public network, and whose authority is its own; and how many accounts a
/// watcher should have.
async fn mail_server(world: &mut World<'_>) -> anyhow::Result<Failures> {
    let authority = world.mail.server.ca_pem();
    world
        .look
        .make_secret("mail-servers", "ca.crt", authority)
        .await?;
    let target = world.args.mailboxes as usize / FEW;
    let values = format!(
        "--set watcher.pool.targetAccountsPerWorker={target} --set mailServers.ca.existingSecret=mail-servers \\\n  \
         --set 'config.upstream.allow_networks={{{MAIL_SERVER}/32}}'"
    );
    upgrade(world, &values).await?;
    world.look.until_watchers(LEAST).await?;
    Ok(Failures::new())
}

/// A setting changes: every watcher is replaced, once the others have what it had.
async fn setting(world: &mut World<'_>) -> anyhow::Result<Failures> {
    let before = world.look.watchers().await?;
    let ended = world.agent.ended().len();
    upgrade(
        world,
        "--set 'config.log.filter=info\\,async_nats=info\\,sqlx=warn'",
    )
    .await?;
    world.look.until_watchers(FEW).await?;
    let mut failures = drained(world, ended, &before.keys().cloned().collect());
    let after = world.look.watchers().await?;
    for (name, uid) in &before {
        if after.get(name) == Some(uid) {
            failures.push(format!("{name} was not replaced"));
        }
    }
    if !world.look.settings().await?.contains(CHANGED) {
        failures.push("the setting is not in the pods' file".to_owned());
    }
    Ok(failures)
}

/// Another number of mailboxes, and so of watchers. Those that go have the highest numbers, and drain.
async fn sized(world: &mut World<'_>, count: usize, mailboxes: u32) -> anyhow::Result<Failures> {
    let before = world.look.watchers().await?;
    let ended = world.agent.ended().len();
    world.grow(mailboxes).await?;
    world.shrink(mailboxes).await?;
    world.look.until_watchers(count).await?;
    let go = (count..before.len()).map(|number| format!("{WATCHERS}-{number}"));
    let go = go.collect();
    let mut failures = drained(world, ended, &go);
    let after = world.look.watchers().await?;
    for (name, uid) in &before {
        if !go.contains(name) && after.get(name) != Some(uid) {
            failures.push(format!("{name} did not stay as it was"));
        }
    }
    Ok(failures)
}

/// Back to what was before the setting changed.
async fn rollback(world: &mut World<'_>) -> anyhow::Result<Failures> {
    let before = world.look.watchers().await?;
    let ended = world.agent.ended().len();
    let line = format!("helm rollback mail 2 --namespace {NAMESPACE} --wait");
    world.commands.run(&line).await?;
    world.look.until_watchers(LEAST).await?;
    let mut failures = drained(world, ended, &before.keys().cloned().collect());
    if world.look.settings().await?.contains(CHANGED) {
        failures.push("the setting is still in the pods' file".to_owned());
    }
    Ok(failures)
}

/// Nothing is left but what the chart says it keeps, and no process.
async fn uninstall(world: &mut World<'_>) -> anyhow::Result<Failures> {
    let ended = world.agent.ended().len();
    let line = format!("helm uninstall mail --namespace {NAMESPACE} --wait");
    world.commands.run(&line).await?;
    let is_test = |pod: &String| pod.contains("-test-");
    let gone = async || Ok(world.look.pods().await?.iter().all(is_test));
    world
        .look
        .until("the release's pods are gone", gone)
        .await?;
    let none = async || Ok(world.agent.containers().await?.is_empty());
    world.look.until("no container runs", none).await?;
    let kept: BTreeSet<String> = KEPT.map(str::to_owned).into();
    let left = left::objects(&world.look.client).await?;
    let surplus = left
        .difference(&kept)
        .map(|object| format!("{object} is left"));
    let missing = kept
        .difference(&left)
        .map(|object| format!("{object} is gone"));
    let mut failures = drained(world, ended, &BTreeSet::new());
    failures.extend(surplus.chain(missing));
    Ok(failures)
}

/// Whether these pods ended since, and whatever of the release ended was told to, and then ended by itself with the code 0.
fn drained(world: &World<'_>, since: usize, pods: &BTreeSet<String>) -> Failures {
    let ended = world.agent.ended().split_off(since);
    let of_roles = ended
        .iter()
        .filter(|one| ROLES.contains(&one.container.as_str()));
    let badly = of_roles.filter(|one| !one.was_told || one.code != 0);
    let badly = badly.map(|one| format!("{} did not drain: {one:?}", one.pod));
    let never = pods
        .iter()
        .filter(|pod| !ended.iter().any(|one| one.pod == **pod));
    badly
        .chain(never.map(|pod| format!("{pod} did not end")))
        .collect()
}
