//! Writers, and how long their appends took.

use super::place::Place;
use anyhow::Context as _;
use hdrhistogram::Histogram;
use pushmail_domain::{Clock as _, Shard, WorkerId};
use pushmail_eventlog::EventLog as _;
use pushmail_eventlog::contract::sample::{accounts_of_distinct_shards, messages};
use pushmail_runtime::SystemClock;
use serde::Serialize;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinSet;

/// What is done at the same time, and for how long.
pub(super) struct Load {
    pub(super) shards: usize,
    pub(super) batch: usize,
    pub(super) lasts: Duration,
}

/// What came of it.
#[derive(Debug, Serialize)]
pub(super) struct Run {
    replicas: u8,
    /// Events of one append.
    batch: usize,
    events_per_s: u64,
    /// From the call to its acknowledgement, in milliseconds.
    append_p50_ms: f64,
    append_p99_ms: f64,
    append_max_ms: f64,
}

impl Load {
    /// Writes with one writer for each shard until the time is over.
    pub(super) async fn run(&self, place: &Place, replicas: u8) -> anyhow::Result<Run> {
        let mut writers = JoinSet::new();
        let clock = SystemClock;
        let worker = WorkerId::from_bytes([1; 16]);
        let mut taken = Vec::new();
        for account in accounts_of_distinct_shards(self.shards) {
            let shard = Shard::of(account);
            let epoch = place.log.take(shard, worker).await?.epoch;
            taken.push((account, shard, epoch));
        }
        let started = clock.elapsed();
        let until = started + self.lasts;
        for (account, shard, epoch) in taken {
            let (log, batch) = (Arc::clone(&place.log), self.batch);
            writers.spawn(async move {
                let mut took = Vec::new();
                let mut uid = 1;
                while SystemClock.elapsed() < until {
                    let next = uid + u32::try_from(batch).unwrap_or(1);
                    let events = messages(account, uid..next);
                    uid = next;
                    let before = SystemClock.elapsed();
                    log.append(shard, epoch, events).await?;
                    took.push(SystemClock.elapsed().saturating_sub(before));
                }
                Ok::<_, pushmail_eventlog::AppendError>(took)
            });
        }
        let mut all = Histogram::<u64>::new(3)?;
        while let Some(took) = writers.join_next().await {
            for took in took?.context("an append failed")? {
                all.record(u64::try_from(took.as_micros()).unwrap_or(u64::MAX))?;
            }
        }
        let seconds = clock.elapsed().saturating_sub(started).as_secs_f64();
        Ok(self.tell(replicas, &all, seconds))
    }

    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a rate needs no exact numbers"
    )]
    fn tell(&self, replicas: u8, all: &Histogram<u64>, seconds: f64) -> Run {
        let millis = |micros: u64| micros as f64 / 1000.0;
        Run {
            replicas,
            batch: self.batch,
            events_per_s: (all.len() as f64 * self.batch as f64 / seconds) as u64,
            append_p50_ms: millis(all.value_at_quantile(0.5)),
            append_p99_ms: millis(all.value_at_quantile(0.99)),
            append_max_ms: millis(all.max()),
        }
    }
}

impl std::fmt::Display for Run {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "R{} batches of {:>3}: {:>6} events/s   append p50 {:.2} ms, p99 {:.2} ms, max {:.2} ms",
            self.replicas,
            self.batch,
            self.events_per_s,
            self.append_p50_ms,
            self.append_p99_ms,
            self.append_max_ms
        )
    }
}
