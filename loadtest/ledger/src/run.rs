//! The run: mail in, kills in between, a verdict at the end.

mod changing;
mod sending;

use crate::checker::{History, Verdict};
use crate::devices::Devices;
use crate::fleet::Fleet;
use crate::gateway::{Gateway, plant_name};
use crate::trouble::Troubled;
use crate::{Args, binaries};
use anyhow::Context as _;
use pushmail_domain::Entropy as _;
use pushmail_testkit::SeededEntropy;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// The pause between two messages: spreads them over all the kills.
const BETWEEN_MESSAGES: Duration = Duration::from_millis(25);
/// The gateway runs at least this long between two kills, and at most twice.
const BETWEEN_KILLS: u64 = 1500;
/// How long a kill waits for an append to be in flight.
const PATIENCE: Duration = Duration::from_secs(2);
/// How long nothing may arrive before the rest is taken for lost.
const SETTLE: Duration = Duration::from_secs(20);

/// Everything that a run works with.
struct Run<'a> {
    args: &'a Args,
    fleet: Arc<Fleet>,
    gateway: Gateway,
    history: History,
    /// What goes wrong besides.
    troubled: Option<Troubled>,
    directory: &'a Path,
    binaries: &'a binaries::Binaries,
}

pub(crate) async fn run(args: &Args) -> anyhow::Result<Verdict> {
    let temporary = tempfile::Builder::new()
        .prefix("pushmail-ledger-")
        .tempdir()?;
    let directory = args.keep.as_deref().unwrap_or(temporary.path());
    std::fs::create_dir_all(directory)?;
    let binaries = match &args.program {
        Some(program) => binaries::with(program.clone())?,
        None => {
            say(args, "building");
            binaries::build(args.plant.is_some(), directory)?
        }
    };
    let fleet = Arc::new(Fleet::start(args.server, args.changes).await?);
    let gateway = Gateway::new(&binaries, directory, &fleet, args)?;
    let history = History {
        seed: args.seed,
        plant: args.plant.map(plant_name),
        ..History::default()
    };
    let run = Run {
        args,
        troubled: fleet.troubled(args.mailboxes),
        fleet,
        gateway,
        history,
        directory,
        binaries: &binaries,
    };
    match args.changes {
        true => run.changing().await,
        false => run.sending().await,
    }
}

impl Run<'_> {
    /// Starts a device and waits until it is there.
    async fn device(&self, token: &str) -> anyhow::Result<Devices> {
        let devices = Devices::start(self.binaries, self.directory, token)?;
        devices.wait_connected().await?;
        Ok(devices)
    }

    async fn kill_and_restart(&mut self) -> anyhow::Result<()> {
        let entropy = SeededEntropy::new(self.args.seed);
        for number in 1..=self.args.kills {
            if let Some(troubled) = &self.troubled {
                troubled.trouble(number);
            }
            let pause = BETWEEN_KILLS + entropy.below(BETWEEN_KILLS);
            tokio::time::sleep(Duration::from_millis(pause)).await;
            let cut = self.gateway.power_cut(PATIENCE).await?;
            self.history.kills += 1;
            self.history.kills_in_flight += u32::from(cut.in_flight);
            self.history.dropped_writes += cut.dropped_writes;
            let started = self.gateway.start().await;
            started.with_context(|| format!("after kill {number}"))?;
            self.say(&format!(
                "kill {number}: {} unsynced writes dropped",
                cut.dropped_writes
            ));
        }
        if let Some(troubled) = &self.troubled {
            troubled.heal();
        }
        Ok(())
    }

    /// Counts what an ActiveSync server had to refuse.
    fn count_refused(&mut self) {
        let mistakes = self.troubled.iter().flat_map(Troubled::mistakes);
        let mistakes: Vec<String> = mistakes.collect();
        self.history.refused = mistakes.len() as u64;
        mistakes.iter().for_each(|mistake| self.say(mistake));
    }

    fn say(&self, text: &str) {
        say(self.args, text);
    }
}

fn say(args: &Args, text: &str) {
    if !args.json {
        eprintln!("{text}");
    }
}
