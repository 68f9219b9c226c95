//! The devices.

use crate::config::Config;
use crate::trouble::Trouble;
use async_trait::async_trait;
use pushmail_domain::{AccountId, Shard};
use pushmail_pacer::{PacerError, SeenDevices};
use pushmail_redis_link::{ConfigError, Link, Server, hash_tag};
use redis::Script;
use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

/// So many accounts are noted in one call: the server does nothing else meanwhile.
const AT_ONCE: usize = 1_000;

/// A fleet's devices in Redis. Shared in an `Arc`, it keeps one connection.
pub struct RedisDevices {
    link: Link,
    note: Script,
    seen: Script,
    prefix: String,
    within: u64,
}

impl RedisDevices {
    /// Connects to nothing yet, as [`RedisPacer::new`](crate::RedisPacer::new).
    ///
    /// # Errors
    ///
    /// If the configuration cannot work.
    pub fn new(config: &Config) -> Result<Self, ConfigError> {
        // Refused now rather than at each call.
        hash_tag(&config.prefix, "seen")?;
        Ok(Self {
            link: Link::new(Arc::new(Server::new(&config.link())?)),
            note: Script::new(include_str!("note.lua")),
            seen: Script::new(include_str!("seen.lua")),
            prefix: config.prefix.clone(),
            within: millis(config.seen_within),
        })
    }

    /// The key of a shard's set; those of one stream are together.
    fn key(&self, shard: Shard) -> String {
        let stream = shard.stream().number();
        format!("{{{}:seen:{stream}}}:{shard}", self.prefix)
    }

    /// Notes accounts of shards that are of one stream.
    async fn note_some(&self, accounts: &[AccountId]) -> Result<(), Trouble> {
        let mut shards = BTreeMap::<Shard, Vec<AccountId>>::new();
        for account in accounts {
            shards
                .entry(Shard::of(*account))
                .or_default()
                .push(*account);
        }
        let mut invocation = self.note.prepare_invoke();
        invocation.arg(self.within);
        for (shard, accounts) in shards {
            invocation.key(self.key(shard)).arg(accounts.len());
            for account in accounts {
                invocation.arg(account.as_bytes().as_slice());
            }
        }
        Ok(self.link.call(&invocation).await?)
    }
}

#[async_trait]
impl SeenDevices for RedisDevices {
    async fn note(&self, accounts: &[AccountId]) -> Result<(), PacerError> {
        let mut streams = BTreeMap::<u8, Vec<AccountId>>::new();
        for account in accounts {
            let stream = Shard::of(*account).stream().number();
            streams.entry(stream).or_default().push(*account);
        }
        for some in streams.values().flat_map(|all| all.chunks(AT_ONCE)) {
            self.note_some(some).await?;
        }
        Ok(())
    }

    async fn seen(&self, shard: Shard) -> Result<HashSet<AccountId>, PacerError> {
        let mut invocation = self.seen.prepare_invoke();
        invocation.key(self.key(shard)).arg(self.within);
        let reply = self.link.call::<Vec<Vec<u8>>>(&invocation).await;
        let accounts = reply.map_err(Trouble::Link)?;
        let accounts = accounts.into_iter().map(account);
        Ok(accounts.collect::<Result<_, Trouble>>()?)
    }
}

fn account(bytes: Vec<u8>) -> Result<AccountId, Trouble> {
    let bytes = <[u8; 16]>::try_from(bytes);
    bytes
        .map(AccountId::from_bytes)
        .map_err(|_| Trouble::Foreign {
            what: "an account among those with devices",
        })
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
