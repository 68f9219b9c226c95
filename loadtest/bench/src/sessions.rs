//! Device sessions, more than one process may have files for: what they take of delivery, and what they get from it.

mod board;
mod device;
pub(crate) mod devices;
mod events;
mod generators;
mod pods;
mod report;

use crate::deliver::feed::Feed;
use crate::kernel::{Kernel, Network};
use crate::machine::Machine;
use crate::measured::measured;
use crate::quantiles::Millis;
use crate::rig::Rig;
use crate::rig::operator::Operator;
use crate::stage::identity::Identity;
use anyhow::ensure;
use clap::Args;
use events::Events;
use generators::{Generators, Opening};
use pods::{Pods, Taken};
use report::{Arrived, Drained, Opened, Report, count};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// Where no mail server is: nobody connects to these mailboxes.
const NOWHERE: u16 = 9;
/// After all processes are up, and after the last session is open, until memory is read.
const SETTLE: Duration = Duration::from_secs(10);
/// After the last event was appended, until those that did not come count as lost.
const LATE: Duration = Duration::from_secs(5);
/// Before a process is told to drain, while events come already.
const AHEAD: Duration = Duration::from_secs(2);

/// Many device sessions over TLS at several delivery processes: memory, processor time, and whether each event comes.
///
/// The devices are the project's own client, in as many processes as it takes; no mail server is needed, since events are
/// appended to the log as watchers do it. Sessions are opened at a bounded rate, then held while nothing comes, then while
/// events come for random accounts; with --drain one delivery process drains in the end while they come, and its devices have to be
/// served elsewhere. It fails if a session breaks or does not open, or if an event is lost; or comes twice before the drain.
#[derive(Debug, Args)]
pub(crate) struct SessionsArgs {
    /// How many sessions, each of a device of its own.
    #[arg(long, default_value_t = 1000)]
    sessions: usize,
    /// How many devices share an account: each gets the account's events.
    #[arg(long, default_value_t = 4)]
    devices_per_account: usize,
    /// How many delivery processes; by default as many as have files for all sessions when one of them is gone.
    #[arg(long)]
    pods: Option<usize>,
    /// How many sessions are opened in a second at most, all together.
    #[arg(long, default_value_t = 200)]
    rate: u32,
    /// For how many seconds they are held without events, and then with events. Heartbeats come every 30 s, and sessions
    /// compare their accounts every 60 s.
    #[arg(long, default_value_t = 60)]
    seconds: u64,
    /// Events a second, of all accounts together; each goes to all devices of its account.
    #[arg(long, default_value_t = 100)]
    events: u32,
    /// Drain one delivery process in the end.
    #[arg(long)]
    drain: bool,
    /// Print the JSON document only; how far it is goes to standard error all the same.
    #[arg(long)]
    json: bool,
}

impl SessionsArgs {
    fn check(&self) -> anyhow::Result<()> {
        ensure!(self.sessions > 0, "--sessions: at least one");
        ensure!(
            self.devices_per_account > 0,
            "--devices-per-account: at least one"
        );
        ensure!(self.rate > 0, "--rate: at least one");
        ensure!(self.events > 0, "--events: at least one");
        ensure!(self.seconds > 0, "--seconds: at least one");
        let (pods, needed) = (self.pods(), Pods::for_sessions(self.sessions, self.drain));
        ensure!(
            pods >= needed,
            "--pods: {needed} at least for these sessions"
        );
        Ok(())
    }

    fn pods(&self) -> usize {
        self.pods
            .unwrap_or_else(|| Pods::for_sessions(self.sessions, true))
    }
}

pub(crate) fn run(args: &SessionsArgs) -> anyhow::Result<bool> {
    args.check()?;
    let report = measured(args.json, async |program| measure(args, program).await)?;
    Ok(report.passed())
}

async fn measure(args: &SessionsArgs, program: &Path) -> anyhow::Result<Report> {
    let network = Network::from_now();
    // Ends after the delivery processes, which may be in its control group.
    let kernel = Kernel::here();
    let identity = Identity::new()?;
    let accounts = args.sessions.div_ceil(args.devices_per_account);
    eprintln!(
        "{accounts} accounts and {} devices are registered",
        args.sessions
    );
    let rig = Rig::start(program.to_path_buf(), None)?.with_hasty_registry();
    let control = rig.process("control", "control", 1)?;
    let operator = Operator::new(&control).await?;
    let accounts = operator.accounts(accounts, NOWHERE).await?;
    let of_device = |device: usize| accounts[device / args.devices_per_account].clone();
    let owners: Vec<String> = (0..args.sessions).map(of_device).collect();
    let tokens = operator.devices(&owners).await?;
    let feed = Arc::new(Feed::open(&rig, operator.tenant.id(), &accounts).await?);

    let mut pods = Pods::start(&rig, args.pods(), &identity)?;
    kernel.count(pods.ids())?;
    let mut generators = Generators::start(args.sessions).await?;
    sleep(SETTLE).await;
    let empty = Taken::now(&pods, &kernel)?;
    let opening = Opening {
        gateways: pods.urls(),
        ca_pem: identity.ca_pem.clone(),
        rate: args.rate,
    };
    let opened = open(args, &opening, &mut generators, (&tokens, &owners)).await?;
    sleep(SETTLE).await;
    let full = Taken::now(&pods, &kernel)?;

    eprintln!("all are held for {} s, while nothing comes", args.seconds);
    let held = Duration::from_secs(args.seconds);
    let generating = generators.usage()?;
    let idle_cpu = pods.cpu_over(held).await?;
    let generated = generators.usage()?;
    let after_hold = Taken::now(&pods, &kernel)?;

    let mut events = Events::new(feed, accounts.len(), args.devices_per_account);
    eprintln!(
        "{} events a second come for {} s",
        args.events, args.seconds
    );
    let before = pods.cpu()?;
    let (sent, within) = events.come(args.events, held).await?;
    sleep(LATE).await;
    // Sessions take what they take without events in this time too.
    let busy_cpu = pods.cpu()?.saturating_sub(before);
    let idle_share = idle_cpu.mul_f64((within + LATE).as_secs_f64() / held.as_secs_f64());
    let tally = generators.tally(&events.sent()).await?;
    let mut report = Report {
        machine: Machine::here(),
        sessions: args.sessions,
        accounts: accounts.len(),
        pods: pods.len(),
        generators: generators.len(),
        opened,
        baseline_bytes_per_pod: empty.per(pods.len()),
        bytes_per_session: full.since(&empty).per(args.sessions),
        bytes_per_session_held: after_hold.since(&empty).per(args.sessions),
        bytes_per_session_after_events: Taken::now(&pods, &kernel)?
            .since(&empty)
            .per(args.sessions),
        kernel_bytes_method: kernel.method(),
        seconds: args.seconds,
        cpu_us_per_session_s: idle_cpu.as_secs_f64() * 1e6
            / count(args.sessions)
            / held.as_secs_f64(),
        cpu_us_per_delivered: busy_cpu
            .checked_sub(idle_share)
            .map(|own| own.as_secs_f64() * 1e6 / count(tally.received()).max(1.0)),
        events: Arrived::of(sent, &tally)?,
        generator_bytes_per_session: generated.memory / args.sessions as u64,
        generator_cpu_us_per_session_s: generated.cpu_since(&generating).as_secs_f64() * 1e6
            / count(args.sessions)
            / held.as_secs_f64(),
        drained: None,
        broken: 0,
        gaps: 0,
        open_in_the_end: 0,
        network: network.lost(),
    };
    if args.drain {
        report.drained = Some(drain(args, &mut pods, &mut generators, &mut events).await?);
    }
    let standing = generators.look().await?;
    report.open_in_the_end = standing.open;
    report.broken = standing.broken;
    report.gaps = standing.gaps;
    report.network = network.lost();
    Ok(report)
}

/// Opens a session for each token.
async fn open(
    args: &SessionsArgs,
    opening: &Opening,
    generators: &mut Generators,
    devices: (&[String], &[String]),
) -> anyhow::Result<Opened> {
    eprintln!("{} sessions are opened", args.sessions);
    let (before, begun) = (generators.usage()?, Instant::now());
    generators.open(opening, devices).await?;
    let standing = generators.opened((args.sessions, 0), args.rate).await?;
    let took = begun.elapsed();
    Ok(Opened {
        in_all_s: took.as_secs_f64(),
        per_s: count(args.sessions) / took.as_secs_f64(),
        rate: args.rate,
        failed_attempts: standing.failed,
        welcome_ms: Millis::of(generators.welcomed().await?)?,
        generator_cpu_us_each: generators.usage()?.cpu_since(&before).as_secs_f64() * 1e6
            / count(args.sessions),
    })
}

/// Drains a process while events come, and waits until its devices are served elsewhere.
async fn drain(
    args: &SessionsArgs,
    pods: &mut Pods,
    generators: &mut Generators,
    events: &mut Events,
) -> anyhow::Result<Drained> {
    let failed_before = generators.look().await?.failed;
    let sessions = pods.sessions_of_first()?;
    eprintln!("a process with {sessions} sessions drains");
    let mut coming = events.start(args.events);
    sleep(AHEAD).await;
    let begun = Instant::now();
    pods.drain_first().await?;
    let ended = begun.elapsed();
    let standing = generators
        .opened((args.sessions, sessions), args.rate)
        .await;
    let all = begun.elapsed();
    let sent = coming.stop().await?;
    let standing = standing?;
    sleep(LATE).await;
    let tally = generators.tally(&events.sent()).await?;
    let moved = generators.moved().await?;
    Ok(Drained {
        sessions,
        moved: moved.len(),
        failed_attempts: standing.failed - failed_before,
        process_ended_s: ended.as_secs_f64(),
        all_welcome_s: all.as_secs_f64(),
        pause_ms: Millis::of(moved.iter().map(|one| one.pause))?,
        away_ms: Millis::of(moved.iter().map(|one| one.away))?,
        resume_ms: Millis::of(moved.iter().map(|one| one.away.saturating_sub(one.pause)))?,
        events: Arrived::of(sent, &tally)?,
    })
}
