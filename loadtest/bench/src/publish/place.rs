//! The servers, and a log on them.

use crate::generations::First;
use anyhow::{Context as _, bail};
use pushmail_eventlog_nats::{Config, NatsLog};
use pushmail_runtime::SystemClock;
use pushmail_testkit::{Nats, NatsCluster};
use std::any::Any;
use std::sync::Arc;

const LEFT_OUT: &str = "NATS is left out by the environment";

/// A new log on servers of its own.
pub(super) struct Place {
    pub(super) log: Arc<NatsLog>,
    /// They run as long as this lives.
    _servers: Box<dyn Any>,
}

impl Place {
    /// Starts servers and opens the log.
    pub(super) async fn start(replicas: u8) -> anyhow::Result<Self> {
        let (servers, urls): (Box<dyn Any>, Vec<String>) = match replicas {
            1 => {
                let server = Nats::start().context(LEFT_OUT)?;
                let url = server.url();
                (Box::new(server), vec![url])
            }
            3 => {
                let cluster = NatsCluster::start(3).context(LEFT_OUT)?;
                let urls = cluster.urls();
                (Box::new(cluster), urls)
            }
            other => bail!("--replicas {other}: it is 1 or 3"),
        };
        let mut config = Config::new(urls);
        config.replicas = replicas;
        let log = NatsLog::open(config, Arc::new(First), Arc::new(SystemClock)).await?;
        Ok(Self {
            log: Arc::new(log),
            _servers: servers,
        })
    }
}
