//! The streams' settings: made if missing, brought up to date, refused if unfit.

use crate::api::Api;
use crate::config::Config;
use crate::error::{Fault, OpenError, code};
use crate::subjects;
use futures::future::try_join_all;
use pushmail_domain::StreamId;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// How often a stream that others make is looked for.
const LOOK: Duration = Duration::from_millis(500);
/// How often two processes that make the same stream get out of each other's way.
const ATTEMPTS: usize = 5;

/// What a stream must not have otherwise: it cannot be changed, or changing it would lose events.
/// `discard: old` evicts fences when the log is full; a limit by subject evicts events.
fn fixed() -> [(&'static str, Value); 6] {
    [
        ("storage", json!("file")),
        ("retention", json!("limits")),
        ("discard", json!("new")),
        ("max_msgs_per_subject", json!(-1)),
        ("sealed", json!(false)),
        ("deny_purge", json!(false)),
    ]
}

/// The settings that the configuration asks for.
fn wanted(config: &Config, stream: StreamId) -> Map<String, Value> {
    let (from, to) = subjects::REPUBLISH;
    let nanos = |time: std::time::Duration| u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
    let max_bytes = config.max_bytes.map_or(json!(-1), Value::from);
    let mut settings = Map::from_iter([
        ("name".to_owned(), json!(subjects::stream(stream))),
        ("subjects".to_owned(), json!(subjects::all_of(stream))),
        ("num_replicas".to_owned(), json!(config.replicas)),
        ("max_age".to_owned(), json!(nanos(config.retention))),
        (
            "duplicate_window".to_owned(),
            json!(nanos(config.dedupe_window)),
        ),
        ("max_bytes".to_owned(), max_bytes),
        ("republish".to_owned(), json!({ "src": from, "dest": to })),
    ]);
    for allowed in [
        "allow_direct",
        "allow_msg_ttl",
        "allow_rollup_hdrs",
        "allow_atomic",
    ] {
        settings.insert(allowed.to_owned(), json!(true));
    }
    if !config.placement.is_empty() {
        let placement = json!({ "tags": config.placement });
        settings.insert("placement".to_owned(), placement);
    }
    settings
}

#[derive(Deserialize)]
struct Info {
    config: Map<String, Value>,
}

/// Sees to it that all streams are there and fit. Several processes may do so at once.
pub(crate) async fn prepare(api: &Api, config: &Config) -> Result<(), OpenError> {
    let streams = (0..StreamId::COUNT).map(StreamId::new);
    if !config.makes_streams {
        return wait_for(api, config, streams).await;
    }
    let each = streams.map(|stream| prepare_one(api, config, stream));
    try_join_all(each).await.map(drop)
}

/// Waits until others have made all streams.
async fn wait_for(
    api: &Api,
    config: &Config,
    streams: impl Iterator<Item = StreamId>,
) -> Result<(), OpenError> {
    let deadline = Instant::now() + config.streams_timeout;
    let mut is_told = false;
    for name in streams.map(subjects::stream) {
        let info = loop {
            let info = api.patiently(|| info(api, &name)).await;
            match info.map_err(|fault| failed(&name, fault))? {
                Some(info) => break info,
                None if Instant::now() >= deadline => {
                    return Err(OpenError::Missing {
                        stream: name,
                        within: config.streams_timeout,
                    });
                }
                None => {}
            }
            if !std::mem::replace(&mut is_told, true) {
                tracing::info!(
                    stream = name,
                    "the event log has no streams yet: waiting for a watcher or control process to make them"
                );
            }
            sleep(LOOK).await;
        };
        check(&name, &info.config)?;
    }
    Ok(())
}

fn failed(stream: &str, source: Fault) -> OpenError {
    OpenError::Stream {
        stream: stream.to_owned(),
        source: source.into(),
    }
}

async fn prepare_one(api: &Api, config: &Config, stream: StreamId) -> Result<(), OpenError> {
    let name = subjects::stream(stream);
    let failed = |fault: Fault| failed(&name, fault);
    let mut last = Fault::NoAnswer;
    for _ in 0..ATTEMPTS {
        let done = match api.patiently(|| info(api, &name)).await {
            Ok(Some(info)) => update(api, config, stream, info).await?,
            Ok(None) => create(api, config, stream).await,
            Err(fault) => return Err(failed(fault)),
        };
        match done {
            Ok(()) => return Ok(()),
            // Another process made or changed it in between.
            Err(fault) if fault.code() == code::STREAM_EXISTS => last = fault,
            Err(fault) => return Err(failed(fault)),
        }
    }
    Err(failed(last))
}

/// The stream as it is, if it is there.
async fn info(api: &Api, name: &str) -> Result<Option<Info>, Fault> {
    let subject = format!("STREAM.INFO.{name}");
    match api.ask_once(&subject, &json!({})).await {
        Ok(info) => Ok(Some(info)),
        Err(fault) if fault.code() == code::NO_STREAM => Ok(None),
        Err(fault) => Err(fault),
    }
}

async fn create(api: &Api, config: &Config, stream: StreamId) -> Result<(), Fault> {
    let mut settings = wanted(config, stream);
    for (setting, value) in fixed() {
        settings.insert(setting.to_owned(), value);
    }
    let name = subjects::stream(stream);
    let create = api.call::<Value>(format!("STREAM.CREATE.{name}"), Value::Object(settings));
    create.await.map(drop)
}

/// Changes what is not as wanted, and leaves alone what the configuration does not name.
async fn update(
    api: &Api,
    config: &Config,
    stream: StreamId,
    info: Info,
) -> Result<Result<(), Fault>, OpenError> {
    let name = subjects::stream(stream);
    let mut settings = info.config;
    check(&name, &settings)?;
    let mut changed = false;
    for (setting, value) in wanted(config, stream) {
        changed |= settings.get(&setting) != Some(&value);
        settings.insert(setting, value);
    }
    if !changed {
        return Ok(Ok(()));
    }
    let update = api.call::<Value>(format!("STREAM.UPDATE.{name}"), Value::Object(settings));
    Ok(update.await.map(drop))
}

fn check(name: &str, settings: &Map<String, Value>) -> Result<(), OpenError> {
    for (setting, needed) in fixed() {
        // JetStream leaves out what is false.
        let found = settings.get(setting).cloned().unwrap_or(json!(false));
        if found != needed {
            return Err(OpenError::Unfit {
                stream: name.to_owned(),
                setting,
                found: found.to_string(),
                needed: needed.to_string(),
            });
        }
    }
    Ok(())
}
