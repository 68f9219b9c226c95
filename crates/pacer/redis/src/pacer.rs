//! The buckets.

use crate::config::Config;
use crate::trouble::Trouble;
use async_trait::async_trait;
use pushmail_pacer::{Ask, Grant, Level, Pacer, PacerError, Rate, Workers};
use pushmail_redis_link::{ConfigError, Link, Server, hash_tag};
use redis::Script;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Mutex;
use tokio::time::{Instant, sleep};

/// How many calls may follow each other at once after a quiet time.
const CALLS_AT_ONCE: u32 = 4;

/// A fleet's buckets in Redis. Shared in an `Arc`, it keeps one connection.
pub struct RedisPacer {
    link: Link,
    script: Script,
    tag: String,
    calls: Calls,
}

/// How often this process may call.
struct Calls {
    /// Of one process, where there are few.
    every: Duration,
    /// Of all workers together.
    per_second: u32,
    workers: Workers,
    began: Instant,
    level: Mutex<Level>,
}

impl RedisPacer {
    /// One of so many workers, or beside them. Connects to nothing yet: a process may start while Redis is away. Whatever was lost,
    /// each call connects anew.
    ///
    /// # Errors
    ///
    /// If the configuration cannot work.
    pub fn new(config: &Config, workers: Workers) -> Result<Self, ConfigError> {
        Ok(Self {
            link: Link::new(Arc::new(Server::new(&config.link())?)),
            script: Script::new(include_str!("take.lua")),
            tag: hash_tag(&config.prefix, "pacer")?,
            calls: Calls {
                every: config.call_every,
                per_second: config.calls_per_second.max(1),
                workers,
                began: Instant::now(),
                level: Mutex::default(),
            },
        })
    }
}

#[async_trait]
impl Pacer for RedisPacer {
    async fn ready(&self) {
        self.calls.turn().await;
    }

    async fn take(&self, asks: &[Ask<'_>]) -> Result<Vec<Grant>, PacerError> {
        if asks.is_empty() {
            return Ok(Vec::new());
        }
        let mut invocation = self.script.prepare_invoke();
        for ask in asks {
            let every = ask.rate.every.as_nanos().div_ceil(1000);
            let every = u64::try_from(every).unwrap_or(u64::MAX);
            invocation
                .key(format!("{}:{}", self.tag, ask.bucket))
                .arg(ask.rate.burst.max(1))
                .arg(every)
                .arg(ask.tokens)
                .arg(ask.unused);
        }
        let reply = self.link.call::<Vec<u64>>(&invocation).await;
        Ok(grants(&reply.map_err(Trouble::Link)?, asks)?)
    }
}

impl Calls {
    async fn turn(&self) {
        let mut level = self.level.lock().await;
        loop {
            let grant = level.take(self.rate(), 1, 0, self.began.elapsed());
            if grant.tokens == 1 {
                return;
            }
            sleep(grant.again_in).await;
        }
    }

    /// The number of workers changes: others may have died, or come.
    fn rate(&self) -> Rate {
        let share = Duration::from_secs(1).saturating_mul(self.workers.get()) / self.per_second;
        Rate {
            burst: CALLS_AT_ONCE,
            every: share.max(self.every),
        }
    }
}

/// Pairs of tokens and microseconds, one for each ask.
fn grants(reply: &[u64], asks: &[Ask<'_>]) -> Result<Vec<Grant>, Trouble> {
    let (pairs, []) = reply.as_chunks::<2>() else {
        return Err(foreign());
    };
    if pairs.len() != asks.len() {
        return Err(foreign());
    }
    let grants = pairs.iter().zip(asks).map(|([tokens, again], ask)| {
        // Whatever is in Redis, nobody gets more than what they asked for.
        let tokens = u32::try_from(*tokens).unwrap_or(u32::MAX);
        Grant {
            tokens: tokens.min(ask.tokens),
            again_in: Duration::from_micros(*again),
        }
    });
    Ok(grants.collect())
}

const fn foreign() -> Trouble {
    Trouble::Foreign {
        what: "a bucket's answer",
    }
}
