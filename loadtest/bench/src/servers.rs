//! From a mail's delivery at a real server to the frame at the device, in the main folder and in others.

mod gateway;

use crate::machine::Machine;
use crate::program;
use anyhow::{Context as _, bail};
use clap::{Args, ValueEnum};
use gateway::Gateway;
use pushmail_testkit::imap_client::Client;
use pushmail_testkit::{Kind, MailServer};
use serde::Serialize;
use std::time::{Duration, SystemTime};

const USER: &str = "user1@tenant1.test";

/// From delivery to the device at real servers: INBOX, and the other folders of one account.
#[derive(Debug, Args)]
pub(crate) struct ServersArgs {
    /// Which server; may be given several times.
    #[arg(long, value_enum, default_values_t = [Server::Dovecot, Server::Cyrus])]
    server: Vec<Server>,
    /// How many folders the account watches, INBOX among them.
    #[arg(long, default_value_t = 10)]
    folders: u32,
    /// How many mails go to INBOX, and how many to the others.
    #[arg(long, default_value_t = 50)]
    mails: u32,
    /// Print the JSON document only.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Server {
    Dovecot,
    Cyrus,
    Courier,
}

#[derive(Serialize)]
struct Report {
    machine: Machine,
    folders: u32,
    runs: Vec<Run>,
}

#[derive(Serialize)]
struct Run {
    server: &'static str,
    /// By LMTP into INBOX.
    inbox: Place,
    /// By APPEND into the others, one after the other; none where these are looked at in rounds.
    others: Option<Place>,
}

/// Milliseconds.
#[derive(Serialize)]
struct Place {
    mails: usize,
    /// From the beginning of the delivery until the server told.
    noticed: Quantiles,
    /// From then until the device had the frame.
    pushed: Quantiles,
    total: Quantiles,
}

#[derive(Serialize)]
struct Quantiles {
    p50: f64,
    p95: f64,
    max: f64,
}

/// One mail's way.
pub(crate) struct Way {
    begun: SystemTime,
    noticed: SystemTime,
    received: SystemTime,
}

pub(crate) fn run(args: &ServersArgs) -> anyhow::Result<bool> {
    let program = program::build()?;
    let mut runs = Vec::new();
    for server in &args.server {
        let kind = match server {
            Server::Dovecot => Kind::Dovecot,
            Server::Cyrus => Kind::Cyrus,
            Server::Courier => Kind::Courier,
        };
        if !args.json {
            eprintln!(
                "{}: {} mails to INBOX and to the others",
                kind.name(),
                args.mails
            );
        }
        let server = kind
            .start()
            .with_context(|| format!("{} is left out", kind.name()))?;
        runs.push(measure(&server, &program, args)?);
    }
    let report = Report {
        machine: Machine::here(),
        folders: args.folders,
        runs,
    };
    println!("{}", serde_json::to_string(&report)?);
    Ok(true)
}

fn measure(
    server: &MailServer,
    program: &std::path::Path,
    args: &ServersArgs,
) -> anyhow::Result<Run> {
    let mut client = server.login(USER);
    let others: Vec<String> = (1..args.folders)
        .map(|n| server.folder(&format!("F{n}")))
        .collect();
    others.iter().for_each(|name| client.create(name));
    let notifies = client.can("NOTIFY");
    let mut gateway = Gateway::start(program, server, USER)?;
    let mut inbox = Vec::new();
    for number in 0..args.mails {
        let begun = now();
        server.deliver(USER, &mail(number));
        inbox.push(gateway.way(number, begun)?);
    }
    let mut ways = Vec::new();
    if notifies && !others.is_empty() {
        for number in args.mails..args.mails * 2 {
            let folder = &others[number as usize % others.len()];
            ways.push(append(&mut client, &mut gateway, folder, number)?);
        }
    }
    Ok(Run {
        server: server.kind().name(),
        inbox: Place::of(&inbox),
        others: (!ways.is_empty()).then(|| Place::of(&ways)),
    })
}

fn append(
    client: &mut Client,
    gateway: &mut Gateway,
    folder: &str,
    number: u32,
) -> anyhow::Result<Way> {
    let begun = now();
    client.append(folder, "", &mail(number));
    gateway.way(number, begun)
}

fn mail(number: u32) -> Vec<u8> {
    format!(
        "From: a@tenant1.test\r\nTo: {USER}\r\nSubject: mail {number}\r\nMessage-ID: <{number}@bench>\r\n\r\nHello.\r\n"
    )
    .into_bytes()
}

impl Place {
    fn of(ways: &[Way]) -> Self {
        let of = |from: fn(&Way) -> SystemTime, to: fn(&Way) -> SystemTime| {
            Quantiles::of(ways.iter().map(|way| between(from(way), to(way))).collect())
        };
        Self {
            mails: ways.len(),
            noticed: of(|way| way.begun, |way| way.noticed),
            pushed: of(|way| way.noticed, |way| way.received),
            total: of(|way| way.begun, |way| way.received),
        }
    }
}

impl Quantiles {
    fn of(mut values: Vec<f64>) -> Self {
        values.sort_by(f64::total_cmp);
        let at = |share: f64| {
            let place = (share * (values.len().saturating_sub(1)) as f64).round() as usize;
            values.get(place).copied().unwrap_or(0.0)
        };
        Self {
            p50: at(0.5),
            p95: at(0.95),
            max: at(1.0),
        }
    }
}

/// Milliseconds; a notice that comes before the delivery is acknowledged counts from its beginning.
fn between(from: SystemTime, to: SystemTime) -> f64 {
    let took = to.duration_since(from).unwrap_or(Duration::ZERO);
    (took.as_secs_f64() * 1_000_000.0).round() / 1000.0
}

#[expect(
    clippy::disallowed_methods,
    reason = "a measurement needs the real time"
)]
fn now() -> SystemTime {
    SystemTime::now()
}

impl Way {
    pub(crate) fn new(begun: SystemTime, noticed: &str, received: &str) -> anyhow::Result<Self> {
        Ok(Self {
            begun,
            noticed: moment(noticed)?,
            received: moment(received)?,
        })
    }
}

fn moment(text: &str) -> anyhow::Result<SystemTime> {
    let Ok(moment) =
        time::OffsetDateTime::parse(text, &time::format_description::well_known::Rfc3339)
    else {
        bail!("{text:?} is no time");
    };
    Ok(moment.into())
}
