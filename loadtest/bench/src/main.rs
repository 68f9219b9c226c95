//! Load tests. Each prints one JSON document with the hardware and the commit that it ran on.

mod child;
mod clients;
mod deliver;
mod fleet;
mod generations;
mod idle;
mod kernel;
mod latency;
mod machine;
mod mail_server;
mod measured;
mod parked;
mod peers;
mod program;
mod publish;
mod push;
mod quantiles;
mod rig;
mod servers;
mod sessions;
mod stage;
mod storm;
mod usage;

use clap::{Parser, Subcommand};
use std::process::ExitCode;

#[derive(Debug, Parser)]
#[command(name = "pushmail-loadtest")]
struct Cli {
    #[command(subcommand)]
    test: Test,
}

#[derive(Debug, Subcommand)]
enum Test {
    Deliver(deliver::DeliverArgs),
    #[command(hide = true)]
    Devices(sessions::devices::DevicesArgs),
    Fleet(fleet::FleetArgs),
    Idle(idle::IdleArgs),
    #[command(hide = true)]
    Handshakes(storm::handshakes::HandshakesArgs),
    Latency(latency::LatencyArgs),
    #[command(hide = true)]
    MailServer(mail_server::MailServerArgs),
    #[command(hide = true)]
    PeerClient(peers::client::PeerClientArgs),
    Peers(peers::PeersArgs),
    Publish(publish::PublishArgs),
    Push(push::PushArgs),
    Servers(servers::ServersArgs),
    Sessions(sessions::SessionsArgs),
    Stage(stage::StageArgs),
    Storm(storm::StormArgs),
}

fn main() -> ExitCode {
    let passed = match Cli::parse().test {
        Test::Deliver(args) => deliver::run(&args),
        Test::Devices(args) => sessions::devices::run(&args),
        Test::Fleet(args) => fleet::run(&args),
        Test::Idle(args) => idle::run(&args),
        Test::Handshakes(args) => storm::handshakes::run(&args),
        Test::Latency(args) => latency::run(&args),
        Test::MailServer(args) => mail_server::run(&args),
        Test::PeerClient(args) => peers::client::run(&args),
        Test::Peers(args) => peers::run(&args),
        Test::Publish(args) => publish::run(&args),
        Test::Push(args) => push::run(&args),
        Test::Servers(args) => servers::run(&args),
        Test::Sessions(args) => sessions::run(&args),
        Test::Stage(args) => stage::run(&args),
        Test::Storm(args) => storm::run(&args),
    };
    match passed {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("pushmail-loadtest: {error:#}");
            ExitCode::FAILURE
        }
    }
}
