//! What operators' commands open of a gateway's data, beside its processes or while there are none.

use super::fleet;
use crate::config::{Config, Shape};
use crate::data_dir::DataDir;
use anyhow::{Context as _, ensure};
use pushmail_domain::{Clock, StreamId};
use pushmail_eventlog::EventLog as _;
use pushmail_eventlog_embedded::EmbeddedLog;
use pushmail_registry::Generations as _;
use pushmail_registry_sql::SqlRegistry;
use pushmail_runtime::SystemClock;
use std::fs::File;
use std::path::Path;
use std::sync::Arc;

/// The registry that the configuration names.
pub(crate) async fn registry(config: &Config, data: &DataDir) -> anyhow::Result<SqlRegistry> {
    match config.shape()? {
        Shape::OneMachine => {
            let file = data.registry();
            ensure!(file.exists(), "there is no registry {}", file.display());
            Ok(SqlRegistry::open(&file).await?)
        }
        Shape::Fleet => fleet::registry(config).await,
    }
}

/// Begins a new generation of every stream of the log, above all that there ever were: of the number of seconds since 1970. Nothing is
/// known to anybody then of where it stands in the log. A fleet may run meanwhile; one process on one machine may not.
pub(crate) async fn new_generation(config: &Config, data: &DataDir) -> anyhow::Result<u32> {
    match config.shape()? {
        Shape::OneMachine => {
            let _lock = data.lock()?;
            raise_in_file(&data.events()).await
        }
        Shape::Fleet => {
            let registry = fleet::registry(config).await?;
            let mut newest = 0;
            for stream in (0..StreamId::COUNT).map(StreamId::new) {
                let raised = registry.raise_generation(stream, now()?).await?;
                newest = newest.max(raised);
            }
            Ok(newest)
        }
    }
}

/// The same of a log in a file that no process has open.
async fn raise_in_file(file: &Path) -> anyhow::Result<u32> {
    ensure!(file.exists(), "there is no event log {}", file.display());
    let log = pushmail_eventlog_embedded::Config::new(file.to_owned());
    let log = EmbeddedLog::open(log, Arc::new(SystemClock), None)?;
    let raised = log.raise_generation(StreamId::new(0), now()?).await;
    raised.context("the log's generation cannot be raised")
}

fn now() -> anyhow::Result<u32> {
    let seconds = SystemClock.now().micros() / 1_000_000;
    u32::try_from(seconds).context("the clock is wrong")
}

/// Copies a gateway's databases into a folder, while it runs or not. The registry comes first: what its cursors include is in the log then.
pub(crate) async fn back_up(data: &DataDir, to: &DataDir) -> anyhow::Result<()> {
    let (from, copy) = (data.registry(), to.registry());
    DataDir::make_private(&copy)?;
    pushmail_registry_sql::back_up(&from, &copy).await?;
    let (from, copy) = (data.events(), to.events());
    DataDir::make_private(&copy)?;
    let copying =
        tokio::task::spawn_blocking(move || pushmail_eventlog_embedded::back_up(&from, &copy));
    copying.await??;
    File::open(to.path())?.sync_all()?;
    Ok(())
}

/// Puts the databases of a backup into a folder that has none, with a new generation of the log. The registry comes last: before
/// that, no gateway starts there.
pub(crate) async fn restore(backup: &DataDir, data: &DataDir) -> anyhow::Result<u32> {
    let _lock = data.lock()?;
    let restored = data.events();
    copy(&backup.events(), &restored)?;
    let generation = raise_in_file(&restored).await?;
    copy(&backup.registry(), &data.registry())?;
    File::open(data.path())?.sync_all()?;
    Ok(generation)
}

/// Copies a file for its owner only, and returns when it is on the disk.
fn copy(from: &Path, to: &Path) -> anyhow::Result<()> {
    let temporary = to.with_extension("restoring");
    let copied = DataDir::make_private(&temporary).and_then(|()| {
        let mut source = File::open(from)?;
        let mut target = File::options()
            .write(true)
            .truncate(true)
            .open(&temporary)?;
        std::io::copy(&mut source, &mut target)?;
        target.sync_all()?;
        Ok(std::fs::rename(&temporary, to)?)
    });
    copied.with_context(|| format!("cannot copy {} to {}", from.display(), to.display()))
}
