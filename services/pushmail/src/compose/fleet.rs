//! A fleet's stores: PostgreSQL, NATS JetStream, Redis.

use super::stores::{Nudge, Stores};
use super::{Process, reach};
use crate::config::Config;
use crate::roles::Roles;
use anyhow::Context as _;
use async_trait::async_trait;
use futures::StreamExt as _;
use pushmail_domain::{Clock, Secret, StreamId};
use pushmail_eventlog_nats::{Auth, BoxError, NatsLog};
use pushmail_leases::Leases;
use pushmail_leases_redis::RedisLeases;
use pushmail_pacer::Workers;
use pushmail_pacer_redis::{RedisDevices, RedisPacer};
use pushmail_registry::Generations as _;
use pushmail_registry_sql::{ServerOptions, SqlRegistry};
use pushmail_runtime::Lifecycle;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// The pause before nudges are subscribed to again.
const RESUBSCRIBE: Duration = Duration::from_secs(1);

/// How often workers are counted where there is none.
const RECOUNT: Duration = Duration::from_secs(60);

/// The registry as the keeper of the log's generations.
struct Generations(SqlRegistry);

#[async_trait]
impl pushmail_eventlog_nats::Generations for Generations {
    async fn generations(&self) -> Result<[u32; StreamId::COUNT as usize], BoxError> {
        Ok(self.0.generations().await?)
    }

    async fn raise(&self, stream: StreamId, seen: u32) -> Result<u32, BoxError> {
        Ok(self.0.raise_generation(stream, seen).await?)
    }
}

/// Connects to all three.
pub(super) async fn open(
    config: &Config,
    clock: Arc<dyn Clock>,
    process: &Process,
) -> anyhow::Result<Stores> {
    let lifecycle = &process.lifecycle;
    let registry = registry(config).await?;
    let generations = Arc::new(Generations(registry.clone()));
    let log = log_config(config, process.roles);
    let log = NatsLog::open(log, generations, clock.clone()).await?;
    let log = Arc::new(log);
    let unready_after = config.eventlog.nats.unready_after;
    if !unready_after.is_zero() {
        let condition = process.readiness.condition("event log");
        let following = reach::follow(log.clone(), condition, unready_after, clock);
        let stopping = lifecycle.stopping();
        lifecycle.attend("eventlog.reach", async move {
            stopping.run_until_cancelled(following).await;
        });
    }
    let leases = RedisLeases::new(&lease_config(config)?).context("leases")?;
    let (pacing, workers) = (pacer_config(config)?, Workers::default());
    let pacer = RedisPacer::new(&pacing, workers.clone()).context("leases")?;
    let nudge = Nudge::default();
    lifecycle.attend("nudges.send", send(&log, &nudge, lifecycle));
    lifecycle.attend("nudges.receive", receive(&log, &nudge, lifecycle));
    Ok(Stores {
        registry,
        log,
        leases: Arc::new(leases),
        pacer: Arc::new(pacer),
        devices: Arc::new(RedisDevices::new(&pacing).context("leases")?),
        workers,
        nudge,
    })
}

pub(super) async fn registry(config: &Config) -> anyhow::Result<SqlRegistry> {
    let options = ServerOptions {
        connections: config.registry.connections.max(1),
        application_name: format!("pushmail {}", config.watcher.fleet.name),
        ..ServerOptions::default()
    };
    Ok(SqlRegistry::connect(config.registry.url.expose(), &options).await?)
}

fn log_config(config: &Config, roles: Roles) -> pushmail_eventlog_nats::Config {
    let nats = &config.eventlog.nats;
    let mut log = pushmail_eventlog_nats::Config::new(nats.servers.iter().cloned());
    log.auth = if !nats.credentials_file.is_empty() {
        Auth::Credentials(PathBuf::from(&nats.credentials_file))
    } else if !nats.user.is_empty() {
        Auth::User {
            name: nats.user.clone(),
            password: nats.password.clone(),
        }
    } else {
        Auth::Nobody
    };
    log.tls_ca = (!nats.ca_file.is_empty()).then(|| PathBuf::from(&nats.ca_file));
    log.require_tls = nats.require_tls;
    log.name = format!("pushmail {}", config.watcher.fleet.name);
    if let Some(role) = roles.only() {
        log.inbox_prefix = format!("_INBOX_{role}");
    }
    // Delivery alone only reads, and may do no more.
    log.makes_streams = roles.watcher || roles.control;
    log.replicas = nats.replicas;
    log.max_bytes = (nats.max_bytes > 0).then_some(nats.max_bytes);
    log.placement = nats.placement.clone();
    log.dedupe_window = config.eventlog.dedupe_window;
    log.retention = config.eventlog.retention;
    #[cfg(feature = "plant")]
    crate::plant::into_log(&mut log);
    log
}

fn lease_config(config: &Config) -> anyhow::Result<pushmail_leases_redis::Config> {
    let wanted = &config.leases;
    let mut leases = pushmail_leases_redis::Config::new(wanted.url.expose().clone());
    leases.url = Secret::new(wanted.url.expose().clone());
    leases.prefix = wanted.prefix.clone();
    leases.ttl = wanted.ttl;
    leases.settle = wanted.settle;
    leases.authorities = authorities(config)?;
    Ok(leases)
}

fn pacer_config(config: &Config) -> anyhow::Result<pushmail_pacer_redis::Config> {
    let wanted = &config.leases;
    let mut pacer = pushmail_pacer_redis::Config::new(wanted.url.expose().clone());
    pacer.prefix = wanted.prefix.clone();
    pacer.authorities = authorities(config)?;
    Ok(pacer)
}

/// Who may have signed the certificates of Redis, if not those whom the system trusts.
fn authorities(config: &Config) -> anyhow::Result<Option<Vec<u8>>> {
    let file = &config.leases.ca_file;
    if file.is_empty() {
        return Ok(None);
    }
    let pem = std::fs::read(file);
    let pem = pem.with_context(|| format!("leases.ca_file: cannot read {file}"))?;
    Ok(Some(pem))
}

/// Learns each minute how many workers there are, in a process that is none itself but logs in beside them.
pub(super) async fn count_workers(leases: Arc<dyn Leases>, workers: Workers, lifecycle: Lifecycle) {
    let counting = async {
        loop {
            if let Ok(view) = leases.view().await {
                workers.set(view.members.len());
            }
            tokio::time::sleep(RECOUNT).await;
        }
    };
    lifecycle.stopping().run_until_cancelled(counting).await;
}

/// Tells the fleet of changes made here.
fn send(
    log: &Arc<NatsLog>,
    nudge: &Nudge,
    lifecycle: &Lifecycle,
) -> impl Future<Output = ()> + Send + 'static {
    let (log, changed) = (log.clone(), nudge.changed.clone());
    let stopping = lifecycle.stopping();
    async move {
        let sending = async {
            loop {
                changed.notified().await;
                log.nudge().await;
            }
        };
        stopping.run_until_cancelled(sending).await;
    }
}

/// Hears of changes made anywhere.
fn receive(
    log: &Arc<NatsLog>,
    nudge: &Nudge,
    lifecycle: &Lifecycle,
) -> impl Future<Output = ()> + Send + 'static {
    let (log, look) = (log.clone(), nudge.look.clone());
    let stopping = lifecycle.stopping();
    async move {
        let receiving = async {
            loop {
                if let Ok(mut nudges) = log.nudges().await {
                    // Some may have been missed before.
                    look.notify_one();
                    while nudges.next().await.is_some() {
                        look.notify_one();
                    }
                }
                tokio::time::sleep(RESUBSCRIBE).await;
            }
        };
        stopping.run_until_cancelled(receiving).await;
    }
}
