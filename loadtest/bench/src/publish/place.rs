//! The servers, and a log on them.

use anyhow::bail;
use async_trait::async_trait;
use pushmail_domain::StreamId;
use pushmail_eventlog_nats::{BoxError, Config, Generations, NatsLog};
use pushmail_runtime::SystemClock;
use pushmail_testkit::{Nats, NatsCluster};
use std::sync::Arc;

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
    _servers: Servers,
}

enum Servers {
    One(#[expect(dead_code, reason = "it runs as long as this lives")] Nats),
    Three(#[expect(dead_code, reason = "they run as long as this lives")] NatsCluster),
}

impl Place {
    /// Starts servers and opens the log.
    pub(super) async fn start(replicas: u8) -> anyhow::Result<Self> {
        let (servers, urls) = match replicas {
            1 => {
                let server = Nats::start();
                let urls = server.iter().map(Nats::url).collect();
                (server.map(Servers::One), urls)
            }
            3 => {
                let cluster = NatsCluster::start(3);
                let urls: Vec<String> = cluster.iter().flat_map(NatsCluster::urls).collect();
                (cluster.map(Servers::Three), urls)
            }
            other => bail!("--replicas {other}: it is 1 or 3"),
        };
        let Some(servers) = servers else {
            bail!("NATS is left out by the environment");
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
