//! The servers, and a log on them.

use anyhow::{Context as _, bail};
use async_trait::async_trait;
use pushmail_domain::StreamId;
use pushmail_eventlog_nats::{BoxError, Config, Generations, NatsLog};
use pushmail_runtime::SystemClock;
use pushmail_testkit::{Nats, NatsCluster};
use std::any::Any;
use std::sync::Arc;

const LEFT_OUT: &str = "NATS is left out by the environment";

/// The first generation: nothing is restored here.
struct First;

#[async_trait]
impl Generations for First {
    async fn generations(&self) -> Result<[u32; StreamId::COUNT as usize], BoxError> {
        Ok([1; StreamId::COUNT as usize])
    }

    async fn raise(&self, _: StreamId, seen: u32) -> Result<u32, BoxError> {
        Err(format!("the log lost events in generation {seen}").into())
    }
}

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
