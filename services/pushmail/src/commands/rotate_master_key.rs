//! `pushmail rotate-master-key`: wraps all tenants' keys anew.

use crate::compose;
use crate::config::Config;
use crate::data_dir::{ACCEPTED_KEY_VARIABLE, DataDir};
use crate::exit::Exit;
use crate::roles::Roles;
use anyhow::bail;
use clap::Args;
use pushmail_runtime::SystemEntropy;
use std::path::PathBuf;

/// Wraps all tenants' keys by the new master key, while the gateway runs.
///
/// Every process has to accept both keys by then, and wrap by the new one: it is the master key, and the one before is in
/// PUSHMAIL_MASTER_KEY_ACCEPTED, or in accepted.key beside master.key. Can be repeated, whatever ended it.
#[derive(Debug, Args)]
pub(crate) struct RotateArgs {
    /// Where databases and keys are kept; PUSHMAIL_DATA, or the user's data directory otherwise.
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// The gateway's configuration file.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Print a JSON document: `rewrapped`, `already`, and `unreadable`, which lists tenants.
    #[arg(long)]
    json: bool,
}

pub(crate) async fn run(args: RotateArgs) -> anyhow::Result<Exit> {
    let config = Config::load(args.config.as_deref(), &[], Roles::NONE)?;
    let data = DataDir::locate(args.data)?;
    let master = data.known_master_key()?;
    if master.accepted().is_none() {
        bail!(
            "only one master key is known here: put the one before into {ACCEPTED_KEY_VARIABLE}, or into {}",
            data.accepted_key().display()
        );
    }
    let registry = compose::registry(&config, &data).await?;
    let rotated = compose::rotate(&registry, &master, &SystemEntropy).await?;
    registry.close().await;
    if args.json {
        println!("{}", serde_json::to_string(&rotated)?);
    } else {
        println!(
            "{} tenants' keys were wrapped anew, {} were already",
            rotated.rewrapped, rotated.already
        );
    }
    for tenant in &rotated.unreadable {
        eprintln!("pushmail: neither master key opens the keys of {tenant}: it needs a third one");
    }
    Ok(match rotated.unreadable.is_empty() {
        true => Exit::Success,
        false => Exit::Failure,
    })
}
