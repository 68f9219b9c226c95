//! Opens what the roles share: in files of this machine, or at a fleet's servers.

use crate::compose::{Process, fleet, maintenance};
use crate::config::{Config, Shape};
use crate::data_dir::DataDir;
use pushmail_domain::Clock;
use pushmail_eventlog::TenantLog;
use pushmail_eventlog_embedded::EmbeddedLog;
use pushmail_leases::Leases;
use pushmail_leases_embedded::{Config as LeaseConfig, EmbeddedLeases};
use pushmail_pacer::{Pacer, SeenDevices, Workers};
use pushmail_pacer_embedded::{EmbeddedDevices, EmbeddedPacer};
use pushmail_registry_sql::SqlRegistry;
use pushmail_runtime::Timing;
use std::sync::Arc;
use tokio::sync::Notify;

/// What all roles share.
pub(super) struct Stores {
    pub(super) registry: SqlRegistry,
    pub(super) log: Arc<dyn TenantLog>,
    pub(super) leases: Arc<dyn Leases>,
    pub(super) pacer: Arc<dyn Pacer>,
    pub(super) devices: Arc<dyn SeenDevices>,
    /// How many share the pacer.
    pub(super) workers: Workers,
    /// Rung by who changes accounts, and by others' changes.
    pub(super) nudge: Nudge,
}

/// How changes of accounts get around.
#[derive(Default)]
pub(super) struct Nudge {
    /// Rung after a change here.
    pub(super) changed: Arc<Notify>,
    /// Rung after a change anywhere; in one process the same.
    pub(super) look: Arc<Notify>,
}

/// Opens them as the configuration says.
pub(super) async fn open(
    config: &Config,
    data: &DataDir,
    clock: Arc<dyn Clock>,
    process: &Process,
) -> anyhow::Result<Stores> {
    match config.shape()? {
        Shape::OneMachine => on_this_machine(config, data, clock, process).await,
        Shape::Fleet => fleet::open(config, clock, process).await,
    }
}

async fn on_this_machine(
    config: &Config,
    data: &DataDir,
    clock: Arc<dyn Clock>,
    process: &Process,
) -> anyhow::Result<Stores> {
    let registry = SqlRegistry::open(&data.registry()).await?;
    DataDir::make_private(&data.events())?;
    let commits = process.telemetry.clone();
    let on_commit = Arc::new(move |took| commits.observe(Timing::LogCommit, took));
    let log = EmbeddedLog::open(log_config(config, data), clock.clone(), Some(on_commit))?;
    let log = Arc::new(log);
    process.lifecycle.spawn(
        "eventlog.expiry",
        maintenance::expire(log.clone(), process.lifecycle.draining()),
    );
    let changed = Arc::new(Notify::new());
    Ok(Stores {
        registry,
        log,
        pacer: Arc::new(EmbeddedPacer::new(clock.clone())),
        devices: Arc::new(EmbeddedDevices::new(clock.clone())),
        workers: Workers::default(),
        leases: Arc::new(EmbeddedLeases::new(LeaseConfig::default(), clock)),
        nudge: Nudge {
            look: changed.clone(),
            changed,
        },
    })
}

fn log_config(config: &Config, data: &DataDir) -> pushmail_eventlog_embedded::Config {
    let mut log = pushmail_eventlog_embedded::Config::new(data.events());
    log.dedupe_window = config.eventlog.dedupe_window;
    log.retention = config.eventlog.retention;
    #[cfg(feature = "plant")]
    {
        log.plant_no_fsync = crate::plant::no_fsync();
    }
    log
}
