//! `pushmail demo`: the whole path on this machine, with nothing else installed.
//!
//! A simulated mail server and a gateway run in this process, device clients in another; everything
//! between them is what production runs: real sockets, real TLS, the same code.

mod devices;
mod disk;
mod load;
mod report;
mod world;

use crate::exit::Exit;
use clap::Args;
use devices::Devices;
use report::{Report, Tally};
use std::time::Duration;
use world::World;

/// How long to wait for the last pushes once nothing more is sent.
const SETTLE: Duration = Duration::from_secs(30);

/// Shows new mail being pushed: a simulated mail server, the gateway, and devices, on this machine.
///
/// Prints pushes as they arrive, a latency histogram per hop at the end, and a JSON summary as the
/// last line. Exit codes: 0 every mail arrived, 1 a mail was lost or too few were sent.
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
}

pub(crate) async fn run(args: DemoArgs) -> anyhow::Result<Exit> {
    let say = |text: String| {
        if !args.json {
            println!("{text}");
        }
    };
    say(format!(
        "pushmail demo: {} mailboxes, {} mails a second for {} s",
        args.mailboxes, args.rate, args.seconds
    ));
    let world = World::start(args.mailboxes).await?;
    let fsync = disk::fsync_p50(world.directory())?;
    say(format!(
        "  mail server  imaps://{}   gateway  {}   one fsync of this disk  {:.2} ms",
        world.mail_server(),
        world.gateway_url(),
        fsync.as_secs_f64() * 1e3
    ));
    let tokens = world.provision(|done, of| {
        if done % 500 == 0 && !args.json {
            println!("  registered {done} of {of} mailboxes");
        }
    });
    let tokens = tokens.await?;
    let mut devices = Devices::start(&world, &tokens, !args.json)?;
    devices.wait_connected().await?;
    world.wait_watched().await?;
    say(format!(
        "  {} mailboxes are watched, {} devices are connected\n",
        tokens.len(),
        tokens.len()
    ));

    let load = load::send(&world, &args, |sent| {
        if !args.json {
            println!(
                "  -- {sent} mails sent, {} pushes received",
                devices.received()
            );
        }
    })
    .await;
    let sent = world.mail_held();
    devices.wait_received(sent, SETTLE).await;
    let pushes = devices.stop().await?;
    let tally = Tally::new(world.announcements(), pushes);
    let report = Report::new(&args, &load, sent, &tally, fsync);
    if !args.json {
        report.print_histograms(&tally);
    }
    println!("{}", serde_json::to_string(&report)?);
    world.stop().await;
    Ok(if report.passed() {
        Exit::Success
    } else {
        Exit::Failure
    })
}
