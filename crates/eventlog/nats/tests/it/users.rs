//! The users of the chart: each role does what it needs, and hears no other's answers.

use crate::alone::Alone;
use async_nats::{ConnectOptions, Event};
use futures::StreamExt as _;
use futures::future::join;
use pushmail_domain::Secret;
use pushmail_eventlog::EventLog as _;
use pushmail_eventlog::contract::sample::{TENANT, Writer, account, messages};
use pushmail_eventlog_nats::{Auth, Config, NatsLog, OpenError};
use pushmail_testkit::Nats;
use std::time::Duration;
use tokio::sync::mpsc;

const USERS: &str = include_str!("../../../../../charts/pushmail/files/nats-users.conf");
const ROLES: [&str; 3] = ["control", "delivery", "watcher"];

/// Who hears what is asked; of no role.
const LISTENER: &str = "listener";

fn start() -> Option<Alone> {
    let listener = format!(
        "users: [ {{ user: {LISTENER}, password: {} }}",
        password(LISTENER)
    );
    let mut users = USERS.replacen("users: [", &listener, 1);
    for role in ROLES {
        users = users.replace(&format!("$NATS_{}", role.to_uppercase()), &password(role));
    }
    Nats::with_users(&users).map(Alone::on)
}

fn password(role: &str) -> String {
    format!("password-of-{role}")
}

/// As this role connects.
fn config(alone: &Alone, role: &str) -> Config {
    let mut config = alone.config();
    config.auth = Auth::User {
        name: role.to_owned(),
        password: Secret::new(password(role)),
    };
    config.inbox_prefix = format!("_INBOX_{role}");
    config.makes_streams = role != "delivery";
    config
}

async fn open(alone: &Alone, role: &str) -> NatsLog {
    alone.open_with(config(alone, role)).await
}

#[tokio::test]
async fn who_only_reads_waits_for_the_streams_and_reads_then() {
    let Some(alone) = start() else { return };
    let as_listener =
        ConnectOptions::new().user_and_password(LISTENER.to_owned(), password(LISTENER));
    let listener = as_listener.connect(alone.config().urls).await.unwrap();
    let asked = listener.subscribe("$JS.API.STREAM.INFO.*").await.unwrap();
    listener.flush().await.unwrap();
    let watcher = async {
        // Who asks again has looked in vain.
        assert_eq!(asked.take(2).count().await, 2);
        open(&alone, "watcher").await
    };
    let both = join(open(&alone, "delivery"), watcher);
    let (delivery, watcher) = Box::pin(both).await;
    let mut tail = delivery.live().await.unwrap();
    let writer = Writer::take(&watcher, account(1)).await;
    tail.follow.add(writer.shard).await.unwrap();
    writer.append(messages(account(1), 1..=2)).await;
    assert!(tail.live.next().await.is_some());
    let last = delivery.last_of_account(TENANT, account(1)).await.unwrap();
    assert_eq!(last.unwrap().event, messages(account(1), 2..=2)[0]);

    let control = open(&alone, "control").await;
    control.nudge().await;
    for log in [&control, &delivery, &watcher] {
        assert!(log.answers().await);
    }
}

#[tokio::test]
async fn who_only_reads_says_what_is_missing_when_it_has_waited_long_enough() {
    let Some(alone) = start() else { return };
    let mut config = config(&alone, "delivery");
    config.streams_timeout = Duration::from_millis(100);
    let error = alone.try_open(config).await.unwrap_err();
    assert!(matches!(error, OpenError::Missing { .. }), "{error:?}");
    assert!(error.to_string().contains("EVENTS_0"), "{error}");
}

#[tokio::test]
async fn a_role_cannot_listen_to_another_s_answers() {
    let Some(alone) = start() else { return };
    for role in ROLES {
        let (told, mut refusals) = mpsc::unbounded_channel();
        let options = ConnectOptions::new()
            .user_and_password(role.to_owned(), password(role))
            .event_callback(move |event| {
                drop(told.send(event));
                std::future::ready(())
            });
        let client = options.connect(alone.config().urls).await.unwrap();
        for listened_to in ROLES.map(|role| format!("_INBOX_{role}.>")) {
            let _subscriber = client.subscribe(listened_to.clone()).await.unwrap();
            client.flush().await.unwrap();
            let refused = async {
                loop {
                    match refusals.recv().await {
                        Some(Event::ServerError(error)) => return error.to_string(),
                        Some(_) => {}
                        None => std::future::pending().await,
                    }
                }
            };
            let own = listened_to == format!("_INBOX_{role}.>");
            let within = Duration::from_secs(if own { 1 } else { 10 });
            let refused = tokio::time::timeout(within, refused).await;
            match refused {
                Err(_) => assert!(own, "{role} may listen to {listened_to}"),
                Ok(error) => assert!(!own, "{role}: {error}"),
            }
        }
    }
}
