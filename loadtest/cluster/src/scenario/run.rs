//! A run: the steps, with a look at the ledger after each.

use super::accounts::Accounts;
use super::commands::{self, Commands};
use super::ledger::{Counts, Ledger};
use super::look::Look;
use super::mail::Mail;
use super::result::{Machine, RunResult, Step};
use super::{Args, Plant, left, steps};
use crate::Tools;
use crate::node::Agent;
use crate::plane::Plane;
use clap::ValueEnum as _;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// For how long a mail may be on its way.
const PATIENCE: Duration = Duration::from_secs(90);
const LOOK: Duration = Duration::from_millis(50);

/// Everything that a run works with.
pub(super) struct World<'a> {
    pub(super) args: &'a Args,
    pub(super) commands: Commands,
    pub(super) look: Look,
    pub(super) agent: &'a Agent,
    pub(super) mail: Arc<Mail>,
    pub(super) ledger: Arc<Ledger>,
    pub(super) accounts: Option<Accounts>,
    pub(super) sender: Option<tokio::task::JoinHandle<()>>,
    /// What the ledger said when the last step ended.
    before: Counts,
    steps: Vec<Step>,
}

/// What a step found that is not as it has to be.
pub(super) type Failures = Vec<String>;

/// Runs all steps; an error ends them, and is the last one's failure.
pub(super) async fn run(
    args: &Args,
    tools: &Tools,
    plane: &Plane,
    agent: &Agent,
) -> anyhow::Result<RunResult> {
    let ledger = Arc::<Ledger>::default();
    let mut world = World {
        args,
        commands: Commands::new(tools, plane)?,
        look: Look {
            client: plane.client().clone(),
        },
        agent,
        mail: Mail::start(&ledger).await?,
        ledger,
        accounts: None,
        sender: None,
        before: Counts::default(),
        steps: Vec::new(),
    };
    let done = steps::all(&mut world).await;
    if let Err(error) = &done {
        eprintln!("-- the steps end here: {error:#}");
    }
    let left = left::objects(plane.client()).await?;
    let passed = done.is_ok() && world.steps.iter().all(|step| step.failures.is_empty());
    let version = plane.client().apiserver_version().await?;
    Ok(RunResult {
        passed,
        date: crate::node::time(),
        machine: Machine::look(&tools.workspace).await,
        kubernetes: version.git_version,
        mailboxes: args.mailboxes,
        rate: args.rate,
        plant: plant(args.plant),
        counts: world.ledger.counts(),
        steps: world.steps,
        left: left.into_iter().collect(),
    })
}

fn plant(plant: Option<Plant>) -> Option<String> {
    let value = plant?.to_possible_value()?;
    Some(value.get_name().to_owned())
}

impl World<'_> {
    /// Does a step, waits until all mail that was sent in it is received, and notes what came of it.
    pub(super) async fn step(
        &mut self,
        name: &str,
        act: impl AsyncFnOnce(&mut Self) -> anyhow::Result<Failures>,
    ) -> anyhow::Result<()> {
        eprintln!("-- {name}");
        let begin = Instant::now();
        let acted = act(self).await;
        let seconds = begin.elapsed().as_secs_f64();
        self.until_received().await;
        let mut failures = match &acted {
            Ok(failures) => failures.clone(),
            Err(error) => vec![format!("{error:#}")],
        };
        if let Some(accounts) = &mut self.accounts
            && let Err(error) = accounts.check()
        {
            failures.push(format!("{error:#}"));
        }
        let now = self.ledger.counts();
        let lost = now.lost.saturating_sub(self.before.lost);
        let doubled = now.doubled - self.before.doubled;
        failures.extend((lost > 0).then(|| format!("{lost} mails were lost")));
        failures.extend((doubled > 0).then(|| format!("{doubled} events were doubled")));
        let longest = self.ledger.longest();
        let step = Step {
            name: name.to_owned(),
            seconds,
            watchers: self.look.watchers().await?.len(),
            mails: now.received - self.before.received,
            longest_ms: u64::try_from(longest.as_millis())?,
            lost,
            doubled,
            failures,
        };
        self.before = now;
        let (seconds, mails) = (step.seconds, step.mails);
        eprintln!("   {seconds:.1} s, {mails} mails, {lost} lost, {doubled} doubled");
        for failure in &step.failures {
            eprintln!("   FAILED: {failure}");
        }
        self.steps.push(step);
        acted.map(drop)
    }

    /// Sends no more.
    pub(super) fn stop_sending(&mut self) {
        if let Some(sender) = self.sender.take() {
            sender.abort();
        }
    }

    /// Waits, not for ever, until all mail that was sent until now is received.
    pub(super) async fn until_received(&self) {
        let sent = self.ledger.missing();
        let begin = Instant::now();
        while self.ledger.still_missing(&sent) > 0 && begin.elapsed() < PATIENCE {
            sleep(LOOK).await;
        }
        self.ledger.give_up(&sent);
    }

    /// A command of README's.
    pub(super) async fn deploy(&self, number: usize) -> anyhow::Result<String> {
        self.commands.run(&commands::deploy()[number]).await
    }
}
