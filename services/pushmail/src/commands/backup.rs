//! `pushmail backup` and `pushmail restore`, of a gateway on one machine.

use crate::compose;
use crate::data_dir::DataDir;
use crate::exit::Exit;
use anyhow::{Context as _, ensure};
use clap::Args;
use std::path::PathBuf;

/// Copies the databases of a gateway on one machine into a new folder, while it runs.
///
/// The master key is not copied unless that is asked for: whoever has both can read everything. Keep it elsewhere. What a fleet keeps is
/// in PostgreSQL and NATS, and backed up there.
#[derive(Debug, Args)]
pub(crate) struct BackupArgs {
    /// The folder, which must not exist.
    to: PathBuf,
    /// Where the databases are kept; PUSHMAIL_DATA, or the user's data directory otherwise.
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Copy the files of the master key too.
    #[arg(long)]
    with_master_key: bool,
}

/// Puts a backup in the place of a gateway's databases, on a machine where there are none, and begins a new generation of the log.
///
/// The gateway starts from there: it reads what the backup has not from the mailboxes again, and tells devices that something may be
/// missing. It needs the master key of the backup.
#[derive(Debug, Args)]
pub(crate) struct RestoreArgs {
    /// The folder that `pushmail backup` made.
    from: PathBuf,
    /// Where to; PUSHMAIL_DATA, or the user's data directory otherwise.
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
}

pub(crate) async fn back_up(args: BackupArgs) -> anyhow::Result<Exit> {
    let data = DataDir::locate(args.data)?;
    let file = data.registry();
    ensure!(
        file.exists(),
        "there is no registry {}: `pushmail backup` is for `pushmail serve` on one machine",
        file.display()
    );
    ensure!(
        !args.to.exists(),
        "{} exists already: a backup gets a folder of its own",
        args.to.display()
    );
    let to = DataDir::locate(Some(args.to))?;
    to.make()?;
    compose::back_up(&data, &to).await?;
    if args.with_master_key {
        to.copy_master_keys(&data)?;
    }
    println!("{}", to.path().display());
    Ok(Exit::Success)
}

pub(crate) async fn restore(args: RestoreArgs) -> anyhow::Result<Exit> {
    let backup = DataDir::locate(Some(args.from))?;
    for file in [backup.registry(), backup.events()] {
        ensure!(file.exists(), "no backup: {} is missing", file.display());
    }
    let data = DataDir::locate(args.data)?;
    data.make()?;
    for file in [data.registry(), data.events()] {
        ensure!(
            !file.exists(),
            "{} is there: move it away, with its -wal and -shm, or restore into another folder",
            file.display()
        );
    }
    data.copy_master_keys(&backup)
        .context("the backup's master key")?;
    let generation = compose::restore(&backup, &data).await?;
    println!("restored, with generation {generation} of the log");
    Ok(Exit::Success)
}
