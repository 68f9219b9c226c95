//! A run in which mailboxes change in every way.

use super::{BETWEEN_MESSAGES, Run};
use crate::changes::{self, Changes};
use crate::checker::Verdict;
use crate::devices::Devices;
use crate::fleet::user;
use crate::hand::{self, Held};
use crate::judge::Case;
use crate::stored;
use crate::workload::{Story, Workload};
use anyhow::Context as _;
use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;
use tokio::task::JoinSet;

/// Between two looks at what was received.
const STEP: Duration = Duration::from_millis(500);
/// How long nothing more may arrive once everything is there.
const QUIET: Duration = Duration::from_secs(3);
/// How long nothing may arrive before the rest is taken for lost.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long it may take until what is remembered of every mailbox is durable.
const REMEMBERED_WITHIN: Duration = Duration::from_secs(30);

impl Run<'_> {
    pub(super) async fn changing(mut self) -> anyhow::Result<Verdict> {
        let args = self.args;
        let begun = in_all(args.mailboxes, |mailbox| {
            let (fleet, seed, large) = (self.fleet.clone(), args.seed, args.large);
            move || {
                let user = user(mailbox);
                let hand = hand::on(fleet.of(mailbox), &user);
                Workload::begin(hand, user, mailbox, seed, large)
            }
        });
        let begun = begun.await?;
        self.gateway.start().await?;
        let registered = self.gateway.provision(&self.fleet, args).await?;
        self.gateway
            .wait_live(&registered.tenant, args.mailboxes)
            .await?;
        let devices = self.device(&registered.token).await?;
        let ids = remembered(&self.gateway.data(), &registered.accounts, &begun).await?;
        self.say("every mailbox is live, the device is connected; changing");

        let (workloads, firsts): (Vec<Workload>, Vec<Held>) = begun.into_iter().unzip();
        let changing = tokio::spawn(change(workloads, args.messages / args.mailboxes));
        self.kill_and_restart().await?;
        let ends = changing.await??;
        // Whoever connects again looks at every folder.
        self.gateway.stop().await?;
        self.gateway.start().await?;
        let accounts = registered.accounts.into_iter();
        let beginnings = accounts.zip(firsts).zip(ids);
        let cases: Vec<Case> = (0..)
            .zip(beginnings.zip(ends))
            .map(|(mailbox, (((account, first), ids), (story, last)))| Case {
                server: self.fleet.of(mailbox).name(),
                abilities: self.fleet.of(mailbox).abilities(),
                account,
                first,
                ids,
                last,
                story,
            })
            .collect();
        settle(&cases, &devices).await?;
        let output = devices.stop().await?;
        self.gateway.stop().await?;
        let logged = stored::logged(&self.gateway.data())?;
        let mut changes = Changes::new(&cases, &output);
        let gaps = changes::gaps(&logged);
        gaps.iter().for_each(|gap| changes.object(gap));
        let received = &output.events;
        Ok(Verdict::of_changes(
            changes,
            received,
            &logged,
            self.history,
        ))
    }
}

/// Runs all workloads at the same time, with as many changes each.
async fn change(workloads: Vec<Workload>, changes: u32) -> anyhow::Result<Vec<(Story, Held)>> {
    let mailboxes = u32::try_from(workloads.len())?;
    let pause = BETWEEN_MESSAGES * mailboxes;
    let mut workloads: BTreeMap<u32, Workload> = (0..).zip(workloads).collect();
    let run = in_all(mailboxes, |mailbox| {
        let workload = workloads.remove(&mailbox);
        move || {
            let workload = workload.context("no workload")?;
            workload.run(changes, pause)
        }
    });
    run.await
}

/// Does what blocks for all mailboxes at the same time; the results by mailbox.
async fn in_all<T, F>(mailboxes: u32, mut task: impl FnMut(u32) -> F) -> anyhow::Result<Vec<T>>
where
    T: Send + 'static,
    F: FnOnce() -> anyhow::Result<T> + Send + 'static,
{
    let mut running = JoinSet::new();
    for mailbox in 0..mailboxes {
        let task = task(mailbox);
        running.spawn_blocking(move || {
            let done = task().with_context(|| format!("mailbox {mailbox}"));
            done.map(|done| (mailbox, done))
        });
    }
    let mut done = BTreeMap::new();
    while let Some(ended) = running.join_next().await {
        let (mailbox, result) = ended??;
        done.insert(mailbox, result);
    }
    Ok(done.into_values().collect())
}

/// Waits until the newest messages of all folders are remembered durably; each account's folders' ids by name.
async fn remembered(
    data: &Path,
    accounts: &[String],
    begun: &[(Workload, Held)],
) -> anyhow::Result<Vec<BTreeMap<String, String>>> {
    let waiting = async {
        let mut all = Vec::new();
        for (account, (_, held)) in accounts.iter().zip(begun) {
            loop {
                let ids = stored::remembered_folders(data, account)?;
                let complete = |ids: &BTreeMap<String, String>| ids.keys().eq(held.keys());
                if let Some(ids) = ids.filter(complete) {
                    all.push(ids);
                    break;
                }
                tokio::time::sleep(STEP).await;
            }
        }
        anyhow::Ok(all)
    };
    let waited = tokio::time::timeout(REMEMBERED_WITHIN, waiting).await;
    waited.context("not every mailbox's messages are remembered")?
}

/// Waits until the devices have all that they are to have, and then nothing more comes; gives up when nothing has
/// come for long.
async fn settle(cases: &[Case], devices: &Devices) -> anyhow::Result<()> {
    let (mut count, mut idle) = (0, Duration::ZERO);
    loop {
        let output = devices.received()?;
        idle = match output.events.len() == count {
            true => idle + STEP,
            false => Duration::ZERO,
        };
        count = output.events.len();
        let settled = idle >= QUIET && Changes::new(cases, &output).violations == 0;
        if settled || idle >= PATIENCE {
            return Ok(());
        }
        tokio::time::sleep(STEP).await;
    }
}
