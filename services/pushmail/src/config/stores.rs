//! Where a fleet keeps what it shares: nothing of it for one process on one machine.

use anyhow::bail;
use pushmail_domain::Secret;
use serde::Deserialize;
use std::time::Duration;

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Registry {
    #[serde(deserialize_with = "secret")]
    pub(crate) url: Secret<String>,
    pub(crate) connections: u32,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct EventLog {
    #[serde(with = "pushmail_runtime::config::duration")]
    pub(crate) dedupe_window: Duration,
    #[serde(with = "pushmail_runtime::config::duration")]
    pub(crate) retention: Duration,
    pub(crate) nats: Nats,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Nats {
    pub(crate) servers: Vec<String>,
    pub(crate) replicas: u8,
    pub(crate) max_bytes: u64,
    pub(crate) placement: Vec<String>,
    pub(crate) user: String,
    #[serde(deserialize_with = "secret")]
    pub(crate) password: Secret<String>,
    pub(crate) credentials_file: String,
    pub(crate) ca_file: String,
    pub(crate) require_tls: bool,
    #[serde(with = "pushmail_runtime::config::duration")]
    pub(crate) unready_after: Duration,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Leases {
    #[serde(deserialize_with = "secret")]
    pub(crate) url: Secret<String>,
    pub(crate) prefix: String,
    pub(crate) ca_file: String,
    #[serde(with = "pushmail_runtime::config::duration")]
    pub(crate) ttl: Duration,
    #[serde(with = "pushmail_runtime::config::duration")]
    pub(crate) settle: Duration,
}

fn secret<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Secret<String>, D::Error> {
    String::deserialize(from).map(Secret::new)
}

/// Where registry, event log and leases are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    /// In this process, on SQLite.
    OneMachine,
    /// At servers that many processes share.
    Fleet,
}

/// The shape that the settings make; half a fleet is none.
pub(super) fn shape(registry: &Registry, log: &EventLog, leases: &Leases) -> anyhow::Result<Shape> {
    let set = [
        ("registry.url", !registry.url.expose().is_empty()),
        ("eventlog.nats.servers", !log.nats.servers.is_empty()),
        ("leases.url", !leases.url.expose().is_empty()),
    ];
    if set.iter().all(|(_, is_set)| !is_set) {
        return Ok(Shape::OneMachine);
    }
    if let Some((key, _)) = set.iter().find(|(_, is_set)| !is_set) {
        bail!(
            "{key} is not set: a fleet needs registry.url, eventlog.nats.servers and leases.url; one process on one machine needs none of them"
        );
    }
    if !log.nats.user.is_empty() && !log.nats.credentials_file.is_empty() {
        bail!("eventlog.nats: set user and password, or credentials_file, and not both");
    }
    Ok(Shape::Fleet)
}
