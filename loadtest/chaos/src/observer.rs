//! Looks at the table of leases and at the log's fences, past all proxies.

use crate::profile::Profile;
use crate::servers::Servers;
use async_trait::async_trait;
use futures::stream::{self, StreamExt as _};
use pushmail_domain::{Epoch, Shard, StreamId, WorkerId};
use pushmail_eventlog::EventLog as _;
use pushmail_eventlog_nats::{BoxError, Config, Generations, NatsLog};
use pushmail_leases::{Leases as _, View};
use pushmail_leases_redis::RedisLeases;
use pushmail_runtime::SystemClock;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// Between two looks.
const LOOK: Duration = Duration::from_millis(20);
/// How many fences are looked at at the same time.
const AT_ONCE: usize = 32;

/// How long a takeover took; `None` if it was not seen.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Takeover {
    /// Until the table named another owner for one of the shards.
    pub(crate) detect: Option<Duration>,
    /// Until all of the shards were fenced anew in the log.
    pub(crate) takeover: Option<Duration>,
}

/// Fences, as far as they could be read.
pub(crate) type Fences = HashMap<Shard, Option<Epoch>>;

/// Someone who only looks.
pub(crate) struct Observer {
    leases: RedisLeases,
    pub(crate) log: NatsLog,
}

/// What is read says itself of which generation it is.
struct Unknown;

#[async_trait]
impl Generations for Unknown {
    async fn generations(&self) -> Result<[u32; StreamId::COUNT as usize], BoxError> {
        Ok([0; StreamId::COUNT as usize])
    }

    async fn raise(&self, _: StreamId, _: u32) -> Result<u32, BoxError> {
        Err("an observer raises nothing".into())
    }
}

impl Observer {
    /// Connects; the fleet's processes have made the streams.
    pub(crate) async fn open(servers: &Servers, profile: &Profile) -> anyhow::Result<Arc<Self>> {
        let mut leases = pushmail_leases_redis::Config::new(servers.redis.url());
        (leases.ttl, leases.settle) = (profile.ttl, profile.settle);
        let mut log = Config::new(servers.nats.urls());
        log.replicas = 3;
        log.dedupe_window = profile.dedupe;
        log.read_timeout = Duration::from_secs(2);
        Ok(Arc::new(Self {
            leases: RedisLeases::new(&leases)?,
            log: NatsLog::open(log, Arc::new(Unknown), Arc::new(SystemClock)).await?,
        }))
    }

    /// The table; `None` while Redis does not answer.
    pub(crate) async fn view(&self) -> Option<View> {
        self.leases.view().await.ok()
    }

    /// The worker of this name that started last, if it is a member.
    pub(crate) async fn worker(&self, name: &str) -> Option<WorkerId> {
        let members = self.view().await?.members.into_iter();
        let named = members.filter(|seen| seen.member.name == name);
        let newest = named.max_by_key(|seen| seen.member.started_at)?;
        Some(newest.member.worker)
    }

    /// The newest fences of the shards, those that can be read.
    pub(crate) async fn fences(&self, shards: &[Shard]) -> Fences {
        let read = |shard: Shard| async move { (shard, self.log.fence(shard).await) };
        let all = stream::iter(shards.to_vec()).map(read);
        let read = all
            .buffer_unordered(AT_ONCE)
            .filter_map(|(shard, fence)| async move { Some((shard, fence.ok()?)) });
        read.collect().await
    }

    /// Waits until others have taken the worker's shards, which had these fences.
    pub(crate) async fn takeover(
        &self,
        of: WorkerId,
        before: Fences,
        patience: Duration,
    ) -> Takeover {
        let begin = Instant::now();
        let mut seen = Takeover::default();
        let mut left: Vec<Shard> = before.keys().copied().collect();
        while !left.is_empty() && begin.elapsed() < patience {
            if seen.detect.is_none() && self.another_owns(of, &before).await {
                seen.detect = Some(begin.elapsed());
            }
            let now = self.fences(&left).await;
            left.retain(|shard| now.get(shard).is_none_or(|fence| *fence == before[shard]));
            tokio::time::sleep(LOOK).await;
        }
        seen.takeover = left.is_empty().then(|| begin.elapsed());
        seen
    }

    async fn another_owns(&self, worker: WorkerId, shards: &Fences) -> bool {
        let Some(view) = self.view().await else {
            return false;
        };
        let mut owners = view.owners.iter();
        owners.any(|(shard, owner)| shards.contains_key(shard) && *owner != worker)
    }
}
