//! As many mail servers as it takes.

use super::{Announced, Order, Place, Protocol, Stored};
use crate::child::Child;
use crate::rig::PATIENCE;
use crate::rig::operator::user;
use crate::usage::Usage;
use anyhow::{Context as _, ensure};

/// Connections of one server: its process may open 20,000 files. That is also less than the 28,000 ports that
/// Linux gives to connections from one address to one port, so that all may be at 127.0.0.1.
const PER_SERVER: usize = 19_000;

/// Mail servers, each in a process of its own on a port of its own. The mailbox with the number `n` is at the
/// server `n` modulo their number.
pub(crate) struct MailServers {
    servers: Vec<Child>,
    pub(crate) places: Vec<Place>,
}

impl MailServers {
    /// How many servers this many mailboxes take.
    pub(crate) fn for_mailboxes(mailboxes: usize) -> usize {
        mailboxes.div_ceil(PER_SERVER).max(1)
    }

    /// Starts this many.
    pub(crate) async fn start(
        count: usize,
        chain_bytes: usize,
        protocol: Protocol,
    ) -> anyhow::Result<Self> {
        ensure!(count > 0, "at least one mail server");
        let (mut servers, mut places) = (Vec::new(), Vec::new());
        let arguments = [
            "--chain-bytes".to_owned(),
            chain_bytes.to_string(),
            "--protocol".to_owned(),
            protocol.as_str().to_owned(),
        ];
        for _ in 0..count {
            let mut server = Child::start("mail-server", &arguments)?;
            places.push(server.told(PATIENCE).await?);
            servers.push(server);
        }
        Ok(Self { servers, places })
    }

    pub(crate) fn ports(&self) -> Vec<u16> {
        self.places.iter().map(|place| place.port).collect()
    }

    /// The authorities of all of them, in PEM.
    pub(crate) fn authorities(&self) -> String {
        self.places.iter().map(|place| &*place.ca_pem).collect()
    }

    /// How many connections are in IDLE.
    pub(crate) async fn idling(&mut self) -> anyhow::Result<usize> {
        let mut all = 0;
        for server in &mut self.servers {
            all += server.ask::<usize>(&Order::Idling).await?;
        }
        Ok(all)
    }

    /// Delivers mails with these numbers to the mailboxes with these numbers; in the same order, how each was stored.
    pub(crate) async fn deliver(&mut self, mails: &[(u64, usize)]) -> anyhow::Result<Vec<Stored>> {
        let count = self.servers.len();
        let mut stored = vec![None; mails.len()];
        for (of, server) in self.servers.iter_mut().enumerate() {
            let own = (0..mails.len()).filter(|at| mails[*at].1 % count == of);
            let own: Vec<usize> = own.collect();
            if own.is_empty() {
                continue;
            }
            let order = own.iter().map(|at| (mails[*at].0, user(mails[*at].1)));
            let order = Order::Deliver(order.collect());
            let answers: Vec<Stored> = server.ask(&order).await?;
            for (at, answer) in own.into_iter().zip(answers) {
                stored[at] = Some(answer);
            }
        }
        let stored: Option<Vec<Stored>> = stored.into_iter().collect();
        stored.context("a mail server did not store a mail")
    }

    /// The mails that were announced since this was asked last.
    pub(crate) async fn announced(&mut self) -> anyhow::Result<Vec<Announced>> {
        let mut all = Vec::new();
        for server in &mut self.servers {
            all.extend(server.ask::<Vec<Announced>>(&Order::Announced).await?);
        }
        Ok(all)
    }

    /// Ends all connections, as a failing network would.
    pub(crate) async fn disconnect(&mut self) -> anyhow::Result<()> {
        for server in &mut self.servers {
            server.ask::<()>(&Order::Disconnect).await?;
        }
        Ok(())
    }

    pub(crate) fn len(&self) -> usize {
        self.servers.len()
    }

    /// What all of them take.
    pub(crate) fn usage(&self) -> anyhow::Result<Usage> {
        Usage::of_all(self.servers.iter().map(|server| server.id))
    }
}
