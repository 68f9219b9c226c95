//! What is compared with the gateway: the same connections by other clients, in processes of their own.

use crate::child::Child;
use crate::mail_server::Place;
use crate::rig::PATIENCE;
use crate::rig::operator::user;
use crate::usage::Usage;
use pushmail_mailsim::certs;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;
use tokio_rustls::rustls::ClientConfig;
use tokio_rustls::rustls::client::Resumption;

/// Connections of one process, which may open 20,000 files.
const PER_CLIENT: usize = 19_000;
/// A connection that takes longer than this on average is none to compare with.
const FOR_EACH: Duration = Duration::from_millis(20);

/// What a client is asked: to make these connections and keep them until it is asked again.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Connect {
    /// The mail servers, in turn.
    pub(crate) places: Vec<Place>,
    /// The number of the first mailbox, and how many there are.
    pub(crate) first: usize,
    pub(crate) count: usize,
    /// Whether TLS sessions are resumed.
    pub(crate) resume: bool,
}

/// What it answers once all are made.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(crate) struct Connected {
    /// How many of the connections resumed a TLS session.
    pub(crate) resumed: usize,
}

impl Connect {
    /// The port and the user of each connection, with the place's number.
    pub(crate) fn each(&self) -> impl Iterator<Item = (usize, String)> {
        let count = self.places.len();
        (self.first..self.first + self.count).map(move |number| (number % count, user(number)))
    }

    /// How to speak TLS with each place.
    pub(crate) fn tls(&self) -> anyhow::Result<Vec<Arc<ClientConfig>>> {
        let configs = self.places.iter().map(|place| {
            let mut config = ClientConfig::clone(&*certs::client_config(&place.ca_pem)?);
            if !self.resume {
                config.resumption = Resumption::disabled();
            }
            Ok(Arc::new(config))
        });
        configs.collect()
    }
}

/// Client processes of one kind.
pub(crate) struct Clients(Vec<Child>);

/// What connecting took them.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Took {
    pub(crate) time: Duration,
    pub(crate) cpu: Duration,
    pub(crate) resumed: usize,
}

impl Clients {
    /// Enough of them for so many connections; each has its runtime up when this returns.
    pub(crate) async fn start(command: &str, connections: usize) -> anyhow::Result<Self> {
        let mut clients = Vec::new();
        for _ in 0..connections.div_ceil(PER_CLIENT).max(1) {
            let mut client = Child::start(command, &[])?;
            client.told::<()>(PATIENCE).await?;
            clients.push(client);
        }
        Ok(Self(clients))
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    pub(crate) fn usage(&self) -> anyhow::Result<Usage> {
        Usage::of_all(self.0.iter().map(|client| client.id))
    }

    /// Has them connect as many mailboxes, and waits until all are. What was connected before is closed first.
    pub(crate) async fn connect(
        &mut self,
        places: &[Place],
        count: usize,
        resume: bool,
    ) -> anyhow::Result<Took> {
        let (before, begun) = (self.usage()?, Instant::now());
        let each = count.div_ceil(self.0.len());
        for (at, client) in self.0.iter_mut().enumerate() {
            let first = (at * each).min(count);
            let order = Connect {
                places: places.to_vec(),
                first,
                count: each.min(count - first),
                resume,
            };
            client.tell(&order).await?;
        }
        let within = PATIENCE + FOR_EACH * u32::try_from(count)?;
        let mut resumed = 0;
        for client in &mut self.0 {
            resumed += client.told::<Connected>(within).await?.resumed;
        }
        Ok(Took {
            time: begun.elapsed(),
            cpu: self.usage()?.cpu_since(&before),
            resumed,
        })
    }
}
