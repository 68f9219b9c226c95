//! `pushmail demo`: the whole path on this machine, with nothing else installed; or through a gateway that runs.
//!
//! A simulated mail server and a gateway run in this process, device clients in another; everything
//! between them is what production runs: real sockets, real TLS, the same code.

mod devices;
mod disk;
mod load;
mod own;
mod report;
mod running;
mod tenant;
mod world;

use crate::exit::Exit;
use anyhow::anyhow;
use clap::Args;
use devices::Devices;
use report::{Report, Tally};
use running::RunningArgs;
use std::time::Duration;
use world::World;

/// How long to wait for the last pushes once nothing more is sent.
const SETTLE: Duration = Duration::from_secs(30);

/// Shows new mail being pushed: a simulated mail server, the gateway, and devices, on this machine.
///
/// Prints pushes as they arrive, a latency histogram per hop at the end, and a JSON summary as the
/// last line. Exit codes: 0 every mail arrived, 1 a mail was lost or too few were sent.
///
/// With --endpoint it tests a gateway that runs, whose own machines take part: hops between machines are as true as their
/// clocks agree.
#[derive(Debug, Clone, Args)]
pub(crate) struct DemoArgs {
    /// How many mailboxes, each with one device.
    #[arg(long, default_value_t = 200, value_parser = clap::value_parser!(u32).range(1..=5000))]
    mailboxes: u32,
    /// How many mails a second, over all mailboxes.
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=20000))]
    rate: u32,
    /// For how many seconds.
    #[arg(long, default_value_t = 60, value_parser = clap::value_parser!(u32).range(1..=3600))]
    seconds: u32,
    /// Print the JSON summary only.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    running: RunningArgs,
}

pub(crate) async fn run(args: DemoArgs) -> anyhow::Result<Exit> {
    say(
        &args,
        &format!(
            "pushmail demo: {} mailboxes, {} mails a second for {} s",
            args.mailboxes, args.rate, args.seconds
        ),
    );
    let world = World::start(args.mailboxes, args.running.read()?).await?;
    let shown = tokio::select! {
        shown = show(&args, &world) => shown,
        () = crate::interrupted() => Err(anyhow!("ended before every mail was there")),
    };
    // Also after a failure: nothing of the demo stays at a gateway that goes on.
    let stopped = world.stop().await;
    let exit = shown?;
    stopped?;
    Ok(exit)
}

/// Sends the mails, and says what became of them.
async fn show(args: &DemoArgs, world: &World) -> anyhow::Result<Exit> {
    let fsync = match world.is_own() {
        true => Some(disk::fsync_p50(world.directory())?),
        false => None,
    };
    let of_this_disk = fsync.map(|took| {
        let millis = took.as_secs_f64() * 1e3;
        format!("   one fsync of this disk  {millis:.2} ms")
    });
    say(
        args,
        &format!(
            "  mail server  imaps://{}   gateway  {}{}",
            world.mail_server(),
            world.delivery().url,
            of_this_disk.unwrap_or_default()
        ),
    );
    let tokens = world.provision(|done, of| {
        if done % 500 == 0 {
            say(args, &format!("  registered {done} of {of} mailboxes"));
        }
    });
    let tokens = tokens.await?;
    let mut devices = Devices::start(world, &tokens, !args.json)?;
    devices.wait_connected().await?;
    world.wait_watched().await?;
    let count = tokens.len();
    say(
        args,
        &format!("  {count} mailboxes are watched, {count} devices are connected\n"),
    );

    let load = load::send(world, args, |sent| {
        let received = devices.received();
        say(
            args,
            &format!("  -- {sent} mails sent, {received} pushes received"),
        );
    })
    .await;
    let sent = world.mail_held();
    devices.wait_received(sent, SETTLE).await;
    let pushes = devices.stop().await?;
    let tally = Tally::new(world.announcements(), pushes);
    let report = Report::new(args, &load, sent, &tally, fsync);
    if !args.json {
        report.print_histograms(&tally);
    }
    println!("{}", serde_json::to_string(&report)?);
    Ok(if report.passed() {
        Exit::Success
    } else {
        Exit::Failure
    })
}

/// Tells people, who do not want JSON.
fn say(args: &DemoArgs, text: &str) {
    if !args.json {
        println!("{text}");
    }
}
