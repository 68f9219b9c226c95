//! `pushmail new-generation`: what was known of the log's places is worth nothing from here on.

use crate::compose;
use crate::config::Config;
use crate::data_dir::DataDir;
use crate::exit::Exit;
use crate::roles::Roles;
use clap::Args;
use std::path::PathBuf;

/// Begins a new generation of the event log, after it or the registry was restored from a backup.
///
/// Sequences that the log gives out twice are told apart by it. Devices are told that something may be missing, and what is missing is
/// read from the mailboxes again. To be run before the gateway starts on what was restored.
#[derive(Debug, Args)]
pub(crate) struct NewGenerationArgs {
    /// Where databases and keys are kept; PUSHMAIL_DATA, or the user's data directory otherwise.
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// The gateway's configuration file.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

pub(crate) async fn run(args: NewGenerationArgs) -> anyhow::Result<Exit> {
    let config = Config::load(args.config.as_deref(), &[], Roles::NONE)?;
    let data = DataDir::locate(args.data)?;
    let generation = compose::new_generation(&config, &data).await?;
    println!("{generation}");
    Ok(Exit::Success)
}
