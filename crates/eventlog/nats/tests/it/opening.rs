//! A log that cannot be opened says why, and what to do.

use crate::alone::Alone;
use crate::numbers::Numbers;
use crate::raw;
use futures::future::join_all;
use pushmail_domain::Shard;
use pushmail_eventlog::EventLog as _;
use pushmail_eventlog::contract::sample::{WORKER, account};
use pushmail_eventlog_nats::{Config, NatsLog, OpenError};
use pushmail_testkit::MockClock;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpListener;

async fn refusal(mut config: Config) -> OpenError {
    config.open_timeout = Duration::from_secs(2);
    let numbers = Arc::new(Numbers::default());
    let opened = NatsLog::open(config, numbers, Arc::new(MockClock::new()));
    opened.await.unwrap_err()
}

#[tokio::test]
async fn many_processes_may_open_a_new_log_at_once() {
    let Some(alone) = Alone::start() else { return };
    let logs = join_all((0..4).map(|_| alone.open())).await;
    let shard = Shard::of(account(1));
    let mut last = None;
    for log in &logs {
        let taken = log.take(shard, WORKER).await.unwrap();
        assert_eq!(taken.before, last);
        last = Some(taken.epoch);
    }
}

#[tokio::test]
async fn a_stream_of_other_settings_is_brought_up_to_date() {
    let Some(alone) = Alone::start() else { return };
    drop(alone.open().await);
    let mut config = alone.config();
    config.retention = Duration::from_secs(60 * 60);
    config.max_bytes = Some(1 << 20);
    drop(alone.open_with(config).await);

    let client = raw::connect(&alone.config().urls).await;
    let info = raw::call(&client, "STREAM.INFO.EVENTS_7", json!({})).await;
    let settings = &info["config"];
    assert_eq!(settings["max_age"], 3_600_000_000_000_u64);
    assert_eq!(settings["max_bytes"], 1 << 20);
    let allowed = [
        "allow_direct",
        "allow_msg_ttl",
        "allow_rollup_hdrs",
        "allow_atomic",
    ];
    assert!(
        allowed.iter().all(|allowed| settings[*allowed] == true),
        "{settings}"
    );
}

#[tokio::test]
async fn a_stream_that_evicts_fences_is_refused() {
    let Some(alone) = Alone::start() else { return };
    let client = raw::connect(&alone.config().urls).await;
    let settings = json!({
        "name": "EVENTS_3", "subjects": ["ev.3.>"], "storage": "file", "retention": "limits",
        "discard": "old", "num_replicas": 1,
    });
    let made: Value = raw::call(&client, "STREAM.CREATE.EVENTS_3", settings).await;
    assert_eq!(made["config"]["discard"], "old");

    let error = refusal(alone.config()).await;
    let text = error.to_string();
    assert!(
        text.contains("EVENTS_3") && text.contains("discard"),
        "{text}"
    );
    assert!(matches!(error, OpenError::Unfit { .. }), "{error:?}");
}

/// What a server says when a client comes, and what it answers to a first ping.
async fn server_of_version(version: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("nats://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        let mut stream = BufReader::new(stream);
        let info = json!({
            "server_id": "A", "server_name": "a", "version": version, "go": "", "host": "127.0.0.1",
            "port": 4222, "headers": true, "max_payload": 1_048_576, "proto": 1, "jetstream": true,
        });
        let info = format!("INFO {info}\r\n");
        stream.write_all(info.as_bytes()).await.unwrap();
        let mut line = String::new();
        while stream.read_line(&mut line).await.unwrap() > 0 {
            if line.starts_with("PING") {
                stream.write_all(b"PONG\r\n").await.unwrap();
            }
            line.clear();
        }
    });
    url
}

#[tokio::test]
async fn a_server_that_is_too_old_is_refused_with_the_remedy() {
    let url = server_of_version("2.11.9").await;
    let error = refusal(Config::new([url])).await;
    let text = error.to_string();
    assert!(text.contains("2.11.9") && text.contains("2.12.1"), "{text}");
    assert!(matches!(error, OpenError::TooOld { .. }), "{error:?}");
}

#[tokio::test]
async fn a_server_that_is_not_there_is_named() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("nats://{}", listener.local_addr().unwrap());
    drop(listener);
    let error = refusal(Config::new([url.clone()])).await;
    assert!(error.to_string().contains(&url), "{error}");
    assert!(matches!(error, OpenError::Unreachable { .. }), "{error:?}");
}

#[tokio::test]
async fn a_password_in_an_address_is_refused_and_not_shown() {
    let url = "nats://mail:hunter2@127.0.0.1:4222".to_owned();
    let error = refusal(Config::new([url])).await;
    assert!(matches!(error, OpenError::Address), "{error:?}");
    assert!(!format!("{error} {error:?}").contains("hunter2"));
}
