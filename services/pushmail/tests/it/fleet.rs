//! A fleet: each role in processes of its own, on real NATS, Redis and PostgreSQL.

mod isolating;
mod moving;
mod pacing;
mod shown;
mod taking_over;
mod tracing;
mod users;
mod without_stores;

use crate::support::{Config, Gateway, Listener, Stores, mail, mailsim, until};
use pushmail_mailsim::Mailsim;
use std::sync::Arc;

/// A mail server, one process for operators, one for devices, and no watcher so far.
struct Fleet {
    stores: Arc<Stores>,
    server: Mailsim,
    control: Gateway,
    delivery: Gateway,
    tenant: String,
    /// Where traces go.
    traces: String,
}

/// A mailbox, and a device that listens to it.
struct Watched {
    user: String,
    account: String,
    listener: Listener,
}

impl Fleet {
    /// `None` if one of its servers is to be done without.
    async fn start() -> Option<Self> {
        Self::traced_to(String::new()).await
    }

    /// The same, with the traces of all processes sent to this endpoint.
    async fn traced_to(traces: String) -> Option<Self> {
        let stores = Arc::new(Stores::start()?);
        let server = mailsim().await;
        let config = Config {
            otlp_endpoint: traces.clone(),
            ..config(&server)
        };
        let control = Gateway::join("control", &config, &stores).await;
        let delivery = Gateway::join("delivery", &config, &stores).await;
        let tenant = control.tenant("acme").await;
        Some(Self {
            stores,
            server,
            control,
            delivery,
            tenant,
            traces,
        })
    }

    async fn join(&self, role: &'static str) -> Gateway {
        let config = Config {
            otlp_endpoint: self.traces.clone(),
            ..config(&self.server)
        };
        Gateway::join(role, &config, &self.stores).await
    }

    /// Mailboxes, each with a device.
    async fn watch(&self, count: usize) -> Vec<Watched> {
        let mut watched = Vec::new();
        for number in 1..=count {
            let account = self.account(number).await;
            let listener =
                Listener::start_at(&self.control, &self.delivery, &self.tenant, &account).await;
            watched.push(Watched {
                user: user(number),
                account,
                listener,
            });
        }
        watched
    }

    /// The account of the mailbox with this number.
    async fn account(&self, number: usize) -> String {
        let url = format!(
            "imaps://{}@localhost:{}",
            user(number),
            self.server.addr().port()
        );
        let credential = ["--password-env", "PW"];
        self.control.account(&self.tenant, &url, &credential).await
    }

    /// Puts a mail into the mailbox; its Message-ID.
    fn deliver(&self, to: &Watched, subject: &str) -> String {
        let (id, raw) = mail(&format!("{subject} for {}", to.account));
        self.server.deliver(&to.user, raw);
        id
    }

    /// Delivers a mail to each, and waits until each device has it, and nothing else before.
    async fn reaches_all(&self, watched: &mut [Watched], subject: &str) {
        let ids: Vec<String> = watched
            .iter()
            .map(|one| self.deliver(one, subject))
            .collect();
        for (one, id) in watched.iter_mut().zip(ids) {
            assert_eq!(one.listener.mail().await, id);
        }
    }
}

fn user(number: usize) -> String {
    format!("user{number}@tenant1.test")
}

fn config(server: &Mailsim) -> Config {
    Config {
        ca_pem: server.ca_pem().to_owned(),
        ..Config::default()
    }
}

/// How many shards the worker has.
fn shards(worker: &Gateway) -> u64 {
    let metrics = worker.get("/metrics");
    let value = metrics
        .lines()
        .find_map(|line| line.strip_prefix("pushmail_shards "));
    value.and_then(|value| value.parse().ok()).unwrap_or(0)
}

/// Waits until every mailbox is watched by exactly one connection.
async fn all_idle(server: &Mailsim, count: usize) {
    until(async || match server.idling() {
        idling if idling == count => Ok(()),
        idling => Err(format!("{idling} connections idle")),
    })
    .await;
}

#[tokio::test]
async fn a_mail_goes_from_one_process_to_another_and_to_the_device() {
    let Some(fleet) = Fleet::start().await else {
        return;
    };
    let _watcher = fleet.join("watcher").await;
    let mut watched = fleet.watch(1).await;
    all_idle(&fleet.server, 1).await;
    for subject in ["one", "two", "three"] {
        fleet.reaches_all(&mut watched, subject).await;
    }
}
