//! What each delivery process had to do, as itself, the kernel and the NATS server tell.

use crate::rig::Rig;
use crate::rig::process::Process;
use anyhow::Context as _;
use serde::Serialize;
use serde_json::Value;
use std::time::Duration;
use tokio::task::block_in_place;

/// More connections than there are, with their subscriptions.
const CONNECTIONS: &str = "/connz?subs=detail&limit=10000";
/// What a subscription to a shard's live events begins with.
const LIVE: &str = "live.";

/// One process during a run.
#[derive(Debug, Serialize)]
pub(super) struct Pod {
    name: String,
    sessions: u64,
    /// Of 4,096, how many it followed.
    shards: u64,
    /// How many events NATS sent it live.
    live_messages: u64,
    /// How many it wrote to devices, live and read again from the log.
    delivered_live: u64,
    delivered_replayed: u64,
    pub(super) cpu_s: f64,
}

/// All processes at one moment.
pub(super) struct Readings(Vec<Reading>);

struct Reading {
    name: String,
    sessions: u64,
    shards: u64,
    messages: u64,
    live: u64,
    replayed: u64,
    cpu: Duration,
}

impl Readings {
    pub(super) fn take(rig: &Rig, pods: &[Process]) -> anyhow::Result<Self> {
        block_in_place(|| {
            let connections = rig.nats.monitor(CONNECTIONS);
            let readings = pods.iter().map(|pod| Reading::of(pod, &connections));
            Ok(Self(readings.collect::<anyhow::Result<_>>()?))
        })
    }

    /// What happened since then.
    pub(super) fn since(self, before: &Self) -> anyhow::Result<Vec<Pod>> {
        let pods = self.0.into_iter().zip(&before.0);
        let pods = pods.map(|(now, before)| {
            anyhow::ensure!(now.name == before.name, "the processes are others");
            Ok(Pod {
                name: now.name,
                sessions: now.sessions,
                shards: now.shards,
                live_messages: now.messages - before.messages,
                delivered_live: now.live - before.live,
                delivered_replayed: now.replayed - before.replayed,
                cpu_s: now.cpu.saturating_sub(before.cpu).as_secs_f64(),
            })
        });
        pods.collect()
    }
}

impl Reading {
    fn of(pod: &Process, connections: &Value) -> anyhow::Result<Self> {
        let delivered = |mode: &str| {
            pod.metric(&format!(
                "pushmail_events_delivered_total{{mode=\"{mode}\"}}"
            ))
        };
        let (shards, messages) = followed(&pod.name, connections)?;
        Ok(Self {
            name: pod.name.clone(),
            sessions: pod.metric("pushmail_open_sessions")?,
            shards,
            messages,
            live: delivered("live")?,
            replayed: delivered("replayed")?,
            cpu: pod.cpu()?,
        })
    }
}

/// How many live subscriptions the process of this name has, and how many messages were sent to them.
fn followed(name: &str, connections: &Value) -> anyhow::Result<(u64, u64)> {
    let connections = connections["connections"].as_array();
    let mut connections = connections.context("NATS tells of no connections")?.iter();
    let name = format!("pushmail {name}");
    let own = connections.find(|connection| connection["name"] == name.as_str());
    let own = own.with_context(|| format!("{name} is not connected to NATS"))?;
    let subscriptions = own["subscriptions_list_detail"].as_array();
    let live = subscriptions.into_iter().flatten().filter(|subscription| {
        let subject = subscription["subject"].as_str();
        subject.is_some_and(|subject| subject.starts_with(LIVE))
    });
    Ok(live.fold((0, 0), |(shards, messages), subscription| {
        let more = subscription["msgs"].as_u64().unwrap_or(0);
        (shards + 1, messages + more)
    }))
}

impl std::fmt::Display for Pod {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "{}: {} sessions, {} shards, {} messages from NATS, {} delivered live and {} replayed, {:.2} s",
            self.name,
            self.sessions,
            self.shards,
            self.live_messages,
            self.delivered_live,
            self.delivered_replayed,
            self.cpu_s
        )
    }
}
