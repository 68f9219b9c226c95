//! Mailboxes that wait in IDLE: mail servers, a fleet that watches them, and their registration.

mod filling;
mod watchers;

pub(crate) use filling::Filled;
pub(crate) use watchers::{Spread, Watchers};

use crate::mail_server::MailServers;
use crate::rig::operator::Operator;
use crate::rig::process::Process;
use crate::rig::{Pace, Rig};
use clap::{Args, ValueEnum};
use filling::Filling;
use serde::Serialize;
use std::ops::Range;
use std::path::Path;

/// What kind of mailboxes they are.
#[derive(Debug, Clone, Args)]
pub(crate) struct Kind {
    /// What is kept of TLS.
    #[arg(long, value_enum, default_value_t = TlsPark::Frozen)]
    pub(crate) tls_park: TlsPark,
    /// Bytes of certificates that mail servers show besides their own.
    #[arg(long, default_value_t = 4700)]
    pub(crate) chain_bytes: usize,
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
    pub(crate) operator: Operator,
    _control: Process,
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
        let servers = MailServers::start(connections, kind.chain_bytes).await?;
        let tls_park = serde_json::to_string(&kind.tls_park)?;
        let rig = Rig::start(program.to_path_buf(), Some(&servers.authorities()))?
            .with_pace(Pace::of(Watchers::for_mailboxes(connections)))
            .with_settings(&format!("[upstream.lot]\ntls_park = {tls_park}\n"));
        let control = rig.process("control", "control", 1)?;
        Ok(Self {
            operator: Operator::new(&control).await?,
            _control: control,
            watchers: Watchers::default(),
            rig,
            servers,
        })
    }

    /// Starts as many watchers as this many mailboxes take, and waits until each has its share of the shards.
    pub(crate) async fn watch(&mut self, mailboxes: usize) -> anyhow::Result<()> {
        let count = Watchers::for_mailboxes(mailboxes);
        self.watchers = Watchers::start(&self.rig, &self.operator, count).await?;
        Ok(())
    }

    /// Registers the mailboxes with these numbers, and waits until all up to the last one are in IDLE.
    pub(crate) async fn fill(&mut self, numbers: Range<usize>) -> anyhow::Result<Filled> {
        Filling::new(self).idling(numbers).await
    }
}
