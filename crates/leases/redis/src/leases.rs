//! The port over Redis.

use crate::config::Config;
use crate::script::{self, BeatReply, Scripts, ViewReply};
use crate::trouble::Trouble;
use crate::wakes;
use async_trait::async_trait;
use futures::stream::BoxStream;
use pushmail_domain::WorkerId;
use pushmail_leases::{Beat, Beaten, LeaseError, Leases, View};
use pushmail_redis_link::{ConfigError, Link, Server};
use std::sync::Arc;
use std::time::Duration;

/// The leases of a fleet in Redis. Shared in an `Arc`, it keeps one connection, and one more for
/// each stream of wakes.
pub struct RedisLeases {
    server: Arc<Server>,
    link: Link,
    scripts: Scripts,
    ttl: Duration,
}

impl RedisLeases {
    /// Connects to nothing yet: a worker may start while Redis is away. Whatever was lost, each call
    /// connects anew.
    pub fn new(config: &Config) -> Result<Self, ConfigError> {
        let server = Arc::new(Server::new(&config.link())?);
        Ok(Self {
            link: Link::new(Arc::clone(&server)),
            server,
            scripts: Scripts::new(config)?,
            ttl: config.ttl,
        })
    }
}

#[async_trait]
impl Leases for RedisLeases {
    async fn beat(&self, beat: Beat<'_>) -> Result<Beaten, LeaseError> {
        let script = self.scripts.beat(&beat)?;
        let reply: BeatReply = self.link.call(&script).await.map_err(Trouble::Link)?;
        Ok(script::beaten(reply)?)
    }

    async fn leave(&self, worker: WorkerId) -> Result<(), LeaseError> {
        let script = self.scripts.leave(worker);
        Ok(self.link.call(&script).await.map_err(Trouble::Link)?)
    }

    async fn drain(&self, worker: WorkerId) -> Result<bool, LeaseError> {
        let script = self.scripts.drain(worker);
        Ok(self.link.call(&script).await.map_err(Trouble::Link)?)
    }

    async fn view(&self) -> Result<View, LeaseError> {
        let script = self.scripts.view();
        let reply: ViewReply = self.link.call(&script).await.map_err(Trouble::Link)?;
        Ok(script::view(reply)?)
    }

    async fn wakes(&self, worker: WorkerId) -> Result<BoxStream<'static, ()>, LeaseError> {
        let channels = self.scripts.channels(worker);
        let wakes = wakes::subscribe(Arc::clone(&self.server), channels, worker);
        Ok(wakes.await?)
    }

    fn ttl(&self) -> Duration {
        self.ttl
    }
}
