//! Mailboxes that wait in IDLE: mail servers, a fleet that watches them, and their registration.

mod filling;
mod watchers;

pub(crate) use filling::Filled;
pub(crate) use watchers::{Spread, Watchers};

use crate::mail_server::{MailServers, Protocol};
use crate::rig::operator::Operator;
use crate::rig::process::Process;
use crate::rig::{LOOK, PATIENCE, Pace, Rig};
use anyhow::Context as _;
use clap::{Args, ValueEnum};
use filling::Filling;
use serde::Serialize;
use std::ops::Range;
use std::path::Path;
use tokio::task::block_in_place;
use tokio::time::{sleep, timeout};

/// What kind of mailboxes they are.
#[derive(Debug, Clone, Args)]
pub(crate) struct Kind {
    /// What is kept of TLS.
    #[arg(long, value_enum, default_value_t = TlsPark::Frozen)]
    pub(crate) tls_park: TlsPark,
    /// Bytes of certificates that mail servers show besides their own.
    #[arg(long, default_value_t = 4700)]
    pub(crate) chain_bytes: usize,
    /// What is spoken with mail servers.
    #[arg(long, value_enum, default_value_t = Protocol::Imap)]
    pub(crate) protocol: Protocol,
    /// How many watchers; by default one for each 17,500 mailboxes, since a process may open 20,000 files.
    #[arg(long)]
    watchers: Option<usize>,
    /// Have the event log acknowledge what is not on its disk yet, for machines with slow disks: what mailboxes take does not
    /// depend on it, how fast they come and how fast mail is logged does.
    #[arg(long)]
    pub(crate) hasty_log: bool,
    /// How many logins the watchers do in a second, all together; by default as many as they can. Where both ends and all servers
    /// share few processors, more than those can do only makes leases and appends late, until watchers give up what they have.
    #[arg(long)]
    pub(crate) logins: Option<u32>,
    /// How many mail servers; by default one for each 19,000 mailboxes.
    #[arg(long)]
    mail_servers: Option<usize>,
}

impl Kind {
    /// Its settings.
    pub(crate) fn settings(&self) -> anyhow::Result<String> {
        let tls_park = serde_json::to_string(&self.tls_park)?;
        Ok(format!("[upstream.lot]\ntls_park = {tls_park}\n"))
    }
}

/// What is kept of TLS while a connection waits.
#[derive(Debug, Clone, Copy, ValueEnum, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum TlsPark {
    Frozen,
    Unbuffered,
}

/// Mail servers, and a fleet without watchers so far.
pub(crate) struct Parked {
    // Ends first: watchers need not connect anew.
    pub(crate) watchers: Watchers,
    /// How many there are to be.
    count: usize,
    pub(crate) operator: Operator,
    pub(crate) control: Process,
    pub(crate) rig: Rig,
    pub(crate) servers: MailServers,
}

impl Parked {
    /// Starts mail servers for this many connections, and the fleet's servers and control process.
    pub(crate) async fn start(
        program: &Path,
        connections: usize,
        kind: &Kind,
    ) -> anyhow::Result<Self> {
        let servers = kind
            .mail_servers
            .unwrap_or_else(|| MailServers::for_mailboxes(connections));
        let servers = MailServers::start(servers, kind.chain_bytes, kind.protocol).await?;
        let count = kind
            .watchers
            .unwrap_or_else(|| Watchers::for_mailboxes(connections));
        let pace = Pace {
            logins: kind.logins,
            ..Pace::of(count)
        };
        let start = match kind.hasty_log {
            true => Rig::with_hasty_log,
            false => Rig::start,
        };
        let rig = start(program.to_path_buf(), Some(&servers.authorities()))?
            .with_hasty_registry()
            .with_pace(pace)
            .with_settings(&kind.settings()?);
        let control = rig.process("control", "control", 1)?;
        Ok(Self {
            operator: Operator::new(&control).await?.speaking(kind.protocol),
            control,
            watchers: Watchers::default(),
            count,
            rig,
            servers,
        })
    }

    /// Starts the watchers, and waits until each has its share of the shards.
    pub(crate) async fn watch(&mut self) -> anyhow::Result<()> {
        self.start_watchers()?;
        self.watchers.shared(&self.operator).await
    }

    /// Starts the watchers.
    pub(crate) fn start_watchers(&mut self) -> anyhow::Result<()> {
        self.watchers = block_in_place(|| Watchers::start(&self.rig, self.count))?;
        Ok(())
    }

    /// Registers the mailboxes with these numbers, and nothing more.
    pub(crate) async fn register(&mut self, numbers: Range<usize>) -> anyhow::Result<Filled> {
        Filling::new(self).registered(numbers).await
    }

    /// Ends the watchers, registers the mailboxes with these numbers, and starts watchers anew.
    pub(crate) async fn register_first(&mut self, numbers: Range<usize>) -> anyhow::Result<Filled> {
        block_in_place(|| self.watchers = Watchers::default());
        let filled = self.register(numbers).await?;
        self.rig.forget_leases();
        self.start_watchers()?;
        Ok(filled)
    }

    /// Registers the mailboxes with these numbers, and waits until all up to the last one are in IDLE.
    pub(crate) async fn fill(&mut self, numbers: Range<usize>) -> anyhow::Result<Filled> {
        Filling::new(self).idling(numbers).await
    }

    /// Waits until this many connections are in IDLE.
    pub(crate) async fn connected(&mut self, all: usize) -> anyhow::Result<()> {
        Filling::new(self).connected(all).await
    }

    /// Waits until no connection is in IDLE.
    pub(crate) async fn emptied(&mut self) -> anyhow::Result<()> {
        let emptied = async {
            while self.servers.idling().await? > 0 {
                sleep(LOOK).await;
            }
            Ok(())
        };
        let emptied = timeout(PATIENCE, emptied).await;
        emptied.context("connections do not end")?
    }
}
