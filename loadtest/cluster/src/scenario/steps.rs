//! The steps.

use super::look::{NAMESPACE, WATCHERS};
use super::run::{Failures, World};
use super::{commands, left};
use crate::plane::MAIL_SERVER;
use anyhow::ensure;
use std::collections::BTreeSet;

/// How many watchers the release has after its first upgrade, after it grew, and after it shrank.
const FEW: usize = 3;
const MANY: usize = 6;
const LESS: usize = 2;
/// What stays: the master key, without which nothing in the stores can be opened, the certificate, and the stores' claims. The first
/// is what the test itself made.
const KEPT: [&str; 5] = [
    "Secret/mail-servers",
    "Secret/mail-pushmail-evaluation",
    "Secret/mail-pushmail-evaluation-tls",
    "PersistentVolumeClaim/data-mail-pushmail-nats-0",
    "PersistentVolumeClaim/data-mail-pushmail-postgresql-0",
];
/// The setting that the upgrade changes, as the pods read it.
const CHANGED: &str = "async_nats=info";

/// All of them.
pub(super) async fn all(world: &mut World<'_>) -> anyhow::Result<()> {
    world.look.make_namespace().await?;
    let names = ["install", "helm test"];
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
    world.step("devices connect", World::connect).await?;
    world.step("upgrade: a setting", setting).await?;
    world
        .step("scale to 6", async |world| scale(world, MANY).await)
        .await?;
    world
        .step("scale to 2", async |world| scale(world, LESS).await)
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

/// Tells the release of the mail server, which is in no public network, and whose authority is its own.
async fn mail_server(world: &mut World<'_>) -> anyhow::Result<Failures> {
    let authority = world.mail.server.ca_pem();
    world
        .look
        .make_secret("mail-servers", "ca.crt", authority)
        .await?;
    let values = format!(
        "--set watcher.replicas={FEW} --set mailServers.ca.existingSecret=mail-servers \\\n  \
         --set 'config.upstream.allow_networks={{{MAIL_SERVER}/32}}'"
    );
    upgrade(world, &values).await?;
    world.look.until_watchers(FEW).await?;
    Ok(Failures::new())
}

/// A setting changes: every watcher is replaced.
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

/// Another number of watchers. Those that go have the highest numbers, and drain.
async fn scale(world: &mut World<'_>, count: usize) -> anyhow::Result<Failures> {
    let before = world.look.watchers().await?;
    let ended = world.agent.ended().len();
    upgrade(world, &format!("--set watcher.replicas={count}")).await?;
    world.look.until_watchers(count).await?;
    let go = (count..before.len())
        .map(|number| format!("{WATCHERS}-{number}"))
        .collect();
    let mut failures = drained(world, ended, &go);
    let after = world.look.watchers().await?;
    for (name, uid) in &before {
        if !go.contains(name) && after.get(name) != Some(uid) {
            failures.push(format!("{name} did not stay as it was"));
        }
    }
    Ok(failures)
}

/// Back to what was before the setting changed, and the watchers became more and less.
async fn rollback(world: &mut World<'_>) -> anyhow::Result<Failures> {
    let line = format!("helm rollback mail 2 --namespace {NAMESPACE} --wait");
    world.commands.run(&line).await?;
    world.look.until_watchers(FEW).await?;
    let mut failures = Failures::new();
    if world.look.settings().await?.contains(CHANGED) {
        failures.push("the setting is still in the pods' file".to_owned());
    }
    Ok(failures)
}

/// Nothing is left but what the chart says it keeps, and no process.
async fn uninstall(world: &mut World<'_>) -> anyhow::Result<Failures> {
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
    Ok(surplus.chain(missing).collect())
}

/// Whether these pods ended since, each told to, and by itself with the code 0.
fn drained(world: &World<'_>, since: usize, pods: &BTreeSet<String>) -> Failures {
    let ended = world.agent.ended().split_off(since);
    let of = |pod: &String| {
        ended
            .iter()
            .filter(|one| one.pod == *pod)
            .collect::<Vec<_>>()
    };
    let wrong = |pod: &String| match of(pod).as_slice() {
        [one] if one.was_told && one.code == 0 => None,
        others => Some(format!("{pod} did not drain: {others:?}")),
    };
    pods.iter().filter_map(wrong).collect()
}
