//! A simulated mail server as a process of its own: one process may not hold all connections.

mod servers;

pub(crate) use servers::MailServers;

use crate::child;
use clap::Args;
use pushmail_domain::Timestamp;
use pushmail_mailsim::{Config, Mailsim};
use pushmail_runtime::SystemClock;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use tokio::task::block_in_place;

/// A simulated mail server, led by lines on standard input, until that ends.
#[derive(Debug, Args)]
pub(crate) struct MailServerArgs {
    /// Bytes of certificates besides its own.
    #[arg(long, default_value_t = 0)]
    chain_bytes: usize,
}

/// What it is asked.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Order {
    /// How many connections are in IDLE.
    Idling,
    /// Mails with these numbers for these users: when and as what each was stored.
    Deliver(Vec<(u64, String)>),
    /// The mails that were announced since this was asked last.
    Announced,
    /// Ends all connections, as a failing network would.
    Disconnect,
}

/// How it introduces itself.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Place {
    pub(crate) port: u16,
    /// What signed its certificate, in PEM.
    pub(crate) ca_pem: String,
}

/// A mail that the server holds.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(crate) struct Stored {
    pub(crate) uid: u32,
    /// When it was stored.
    pub(crate) at: Timestamp,
}

/// A mail that a client was told of.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Announced {
    /// Its Message-ID without brackets.
    pub(crate) message_id: String,
    /// When the EXISTS was about to be written.
    pub(crate) at: Timestamp,
}

pub(crate) fn run(args: &MailServerArgs) -> anyhow::Result<bool> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    // On a task, so that it may block.
    let chain_bytes = args.chain_bytes;
    runtime.block_on(async { tokio::spawn(serve(chain_bytes)).await })??;
    Ok(true)
}

async fn serve(chain_bytes: usize) -> anyhow::Result<()> {
    let server = Mailsim::start(Config {
        chain_bytes,
        command_log: 0,
        ..Config::new(Arc::new(SystemClock))
    });
    let server = server.await?;
    child::say(&Place {
        port: server.addr().port(),
        ca_pem: server.ca_pem().to_owned(),
    })?;
    block_in_place(|| child::orders().try_for_each(|order| obey(&server, order?)))
}

fn obey(server: &Mailsim, order: Order) -> anyhow::Result<()> {
    match order {
        Order::Idling => child::say(&server.idling()),
        Order::Deliver(mails) => child::say(&deliver(server, &mails)),
        Order::Announced => child::say(&announced(server)),
        Order::Disconnect => {
            server.disconnect_all();
            child::say(&())
        }
    }
}

fn deliver(server: &Mailsim, mails: &[(u64, String)]) -> Vec<Stored> {
    let stored = mails.iter().map(|(number, user)| {
        let delivered = server.deliver(user, pushmail_mailsim::message(*number, user));
        Stored {
            uid: delivered.uid,
            at: delivered.delivered_at,
        }
    });
    stored.collect()
}

fn announced(server: &Mailsim) -> Vec<Announced> {
    let announced = server.announcements().into_iter();
    let announced = announced.map(|announced| Announced {
        message_id: announced.message_id.trim_matches(['<', '>']).to_owned(),
        at: announced.announced_at,
    });
    announced.collect()
}
