//! A simulated mail server as a process of its own: one process may not hold all connections.

mod servers;

pub(crate) use servers::MailServers;

use crate::child;
use anyhow::Context as _;
use clap::{Args, ValueEnum};
use pushmail_domain::Timestamp;
use pushmail_mailsim::{Config, Mailsim, eas};
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
    /// What its clients speak.
    #[arg(long, value_enum, default_value_t = Protocol::Imap)]
    protocol: Protocol,
}

/// What mail servers and their clients speak.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Protocol {
    /// IMAP, and wait in IDLE.
    Imap,
    /// Exchange ActiveSync, and wait in a Ping.
    Eas,
}

impl Protocol {
    /// As an argument.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Imap => "imap",
            Self::Eas => "eas",
        }
    }
}

/// What it is asked.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Order {
    /// How many connections wait, in IDLE or in a Ping.
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
    let (chain_bytes, protocol) = (args.chain_bytes, args.protocol);
    runtime.block_on(async { tokio::spawn(serve(chain_bytes, protocol)).await })??;
    Ok(true)
}

async fn serve(chain_bytes: usize, protocol: Protocol) -> anyhow::Result<()> {
    let server = Mailsim::start(Config {
        chain_bytes,
        command_log: 0,
        eas: (protocol == Protocol::Eas).then(eas::Config::default),
        ..Config::new(Arc::new(SystemClock))
    });
    let server = server.await?;
    let addr = match protocol {
        Protocol::Imap => server.addr(),
        Protocol::Eas => server.eas().addr().context("no ActiveSync")?,
    };
    child::say(&Place {
        port: addr.port(),
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
