//! What devices and operators have to know, as a file.

use super::{Shape, StageArgs};
use crate::machine::Machine;
use crate::mail_server::{MailServers, Protocol};
use crate::rig::operator::{Operator, PASSWORD};
use anyhow::Context as _;
use serde::Serialize;
use std::fs::OpenOptions;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

/// Holds secrets of this run.
#[derive(Serialize)]
pub(super) struct Sheet {
    machine: Machine,
    shape: Shape,
    /// URLs of the processes that serve devices.
    gateways: Vec<String>,
    /// The URL of the one that serves operators.
    control: String,
    /// What signed the certificates of those at `https`, in PEM.
    ca_pem: String,
    admin_key: String,
    /// Whose mailboxes and devices they are.
    tenant: String,
    /// A device each, in the order of their mailboxes.
    tokens: Vec<String>,
    /// Mails a second.
    rate: u32,
    /// Mails are numbered, by the beginning of their Message-IDs, `order.NUMBER.`: a mailbox gets every so-manieth.
    turn: usize,
    mail: MailServer,
}

/// A mail server that lets in everybody.
#[derive(Serialize)]
struct MailServer {
    host: &'static str,
    port: u16,
    password: &'static str,
    protocol: Protocol,
}

/// Where the gateway is.
pub(super) struct Places {
    pub(super) gateways: Vec<String>,
    pub(super) control: String,
    pub(super) ca_pem: String,
    pub(super) admin_key: String,
}

impl Sheet {
    pub(super) fn new(
        args: &StageArgs,
        places: Places,
        operator: &Operator,
        tokens: Vec<String>,
        servers: &MailServers,
    ) -> anyhow::Result<Self> {
        let first = servers.places.first().context("no mail server")?;
        Ok(Self {
            machine: Machine::here(),
            shape: args.shape,
            gateways: places.gateways,
            control: places.control,
            ca_pem: places.ca_pem,
            admin_key: places.admin_key,
            tenant: operator.tenant.id().to_owned(),
            tokens,
            rate: args.rate,
            turn: args.devices,
            mail: MailServer {
                host: "localhost",
                port: first.port,
                password: PASSWORD,
                protocol: args.kind.protocol,
            },
        })
    }

    pub(super) fn write(&self, path: &Path) -> anyhow::Result<()> {
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(true).mode(0o600);
        let file = options.open(path);
        let file = file.with_context(|| format!("--out: {} cannot be written", path.display()))?;
        Ok(serde_json::to_writer(file, self)?)
    }
}
