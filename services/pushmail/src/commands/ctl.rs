//! `pushmail ctl`: the operator's commands, over the same API that everybody has.

mod account;
mod device;
mod events;
mod fetch;
mod fleet;
pub(crate) mod session;
mod table;
mod tail;
mod tenant;

use crate::api::GatewayArgs;
use crate::exit::Exit;
use clap::{Args, Subcommand};
use session::Session;
use std::path::PathBuf;

/// Manages tenants, accounts and devices of a running gateway.
///
/// Finds the address and the admin key in the data directory of the gateway on this machine;
/// --endpoint and --key-file reach another one.
#[derive(Debug, Args)]
#[command(after_help = "Example, from nothing to a device's token:
  pushmail ctl tenant create acme
  pushmail ctl account create ten_… me@example.org --password-env PW
  pushmail ctl device create ten_… phone --account acc_…
  pushmail ctl device token ten_… dev_…")]
pub(crate) struct CtlArgs {
    #[command(flatten)]
    gateway: GatewayArgs,
    /// File that holds the admin key.
    #[arg(long, value_name = "FILE", global = true)]
    key_file: Option<PathBuf>,
    /// Print JSON: one object, or one per line for lists and streams.
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Tenants: the operator's customers.
    #[command(subcommand)]
    Tenant(tenant::Command),
    /// Accounts: mailboxes that the gateway watches.
    #[command(subcommand)]
    Account(account::Command),
    /// Devices: what people read mail on.
    #[command(subcommand)]
    Device(device::Command),
    /// Events, as a tenant's backend receives them.
    #[command(subcommand)]
    Events(events::Command),
    /// The fleet: workers, and the shards that they own.
    #[command(subcommand)]
    Fleet(fleet::Command),
    /// Prints a tenant's events as they are logged.
    Tail(tail::TailArgs),
    /// Reads a message, or a part of it, at its mail server.
    Fetch(fetch::FetchArgs),
}

pub(crate) async fn run(args: CtlArgs) -> anyhow::Result<Exit> {
    let session = Session::open(&args.gateway, args.key_file.as_deref(), args.json).await?;
    match args.command {
        Command::Tenant(command) => tenant::run(&session, command).await?,
        Command::Account(command) => account::run(&session, command).await?,
        Command::Device(command) => device::run(&session, command).await?,
        Command::Events(command) => events::run(&session, command).await?,
        Command::Fleet(command) => fleet::run(&session, command).await?,
        Command::Tail(command) => tail::run(&session, command).await?,
        Command::Fetch(command) => fetch::run(&session, command).await?,
    }
    Ok(Exit::Success)
}
