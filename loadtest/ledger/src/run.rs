//! The run: mail in, kills in between, a verdict at the end.

use crate::checker::{History, Logged, Sent, Verdict};
use crate::devices::Devices;
use crate::gateway::{Gateway, plant_name};
use crate::mailserver::MailServer;
use crate::{Args, binaries};
use anyhow::Context as _;
use pushmail_domain::{AccountId, Entropy as _, EventId};
use pushmail_testkit::SeededEntropy;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// The pause between two messages: spreads them over all the kills.
const BETWEEN_MESSAGES: Duration = Duration::from_millis(25);
/// The gateway runs at least this long between two kills, and at most twice.
const BETWEEN_KILLS: u64 = 1500;
/// How long a kill waits for an append to be in flight.
const PATIENCE: Duration = Duration::from_secs(2);
/// How long nothing may arrive before the rest is taken for lost.
const SETTLE: Duration = Duration::from_secs(20);

pub(crate) async fn run(args: &Args) -> anyhow::Result<Verdict> {
    let say = |text: &str| {
        if !args.json {
            eprintln!("{text}");
        }
    };
    let temporary = tempfile::Builder::new()
        .prefix("pushmail-ledger-")
        .tempdir()?;
    let directory = args.keep.as_deref().unwrap_or(temporary.path());
    std::fs::create_dir_all(directory)?;
    say("building");
    let binaries = binaries::build(args.plant.is_some(), directory)?;
    let server = Arc::new(MailServer::start(args.server).await?);
    let mut gateway = Gateway::new(&binaries, directory, &server, args)?;
    gateway.start().await?;
    let (tenant, token) = gateway.provision(&server, args.mailboxes).await?;
    gateway.wait_live(&tenant, args.mailboxes).await?;
    let devices = Devices::start(&binaries, directory, &token)?;
    devices.wait_connected().await?;
    say("every mailbox is live, the device is connected; sending");

    let sender = tokio::spawn(send(server.clone(), args.messages, args.mailboxes));
    let mut history = History {
        seed: args.seed,
        plant: args.plant.map(plant_name),
        ..History::default()
    };
    kill_and_restart(args, &mut gateway, &mut history, &say).await?;
    sender.await??;
    let sent = held(&server, args.mailboxes).await?;
    devices.wait_mails(sent.len(), SETTLE).await?;
    let received = devices.stop().await?;
    gateway.stop().await?;
    let logged = logged(&gateway.data())?;
    Ok(Verdict::new(
        args.messages.into(),
        &sent,
        &received,
        &logged,
        history,
    ))
}

async fn kill_and_restart(
    args: &Args,
    gateway: &mut Gateway,
    history: &mut History,
    say: &impl Fn(&str),
) -> anyhow::Result<()> {
    let entropy = SeededEntropy::new(args.seed);
    for number in 1..=args.kills {
        let pause = BETWEEN_KILLS + entropy.below(BETWEEN_KILLS);
        tokio::time::sleep(Duration::from_millis(pause)).await;
        let cut = gateway.power_cut(PATIENCE).await?;
        history.kills += 1;
        history.kills_in_flight += u32::from(cut.in_flight);
        history.dropped_writes += cut.dropped_writes;
        gateway
            .start()
            .await
            .with_context(|| format!("after kill {number}"))?;
        say(&format!(
            "kill {number}: {} unsynced writes dropped",
            cut.dropped_writes
        ));
    }
    Ok(())
}

async fn send(server: Arc<MailServer>, messages: u32, mailboxes: u32) -> anyhow::Result<()> {
    for number in 0..messages {
        server.deliver(number, number % mailboxes).await?;
        tokio::time::sleep(BETWEEN_MESSAGES).await;
    }
    Ok(())
}

/// What the mail server holds.
async fn held(server: &MailServer, mailboxes: u32) -> anyhow::Result<Vec<Sent>> {
    let mut sent = Vec::new();
    for mailbox in 0..mailboxes {
        let ids = server.message_ids(mailbox).await?;
        sent.extend(ids.into_iter().map(|message_id| Sent { message_id }));
    }
    Ok(sent)
}

/// What the log holds, read from its file once the gateway has ended.
fn logged(data: &Path) -> anyhow::Result<Vec<Logged>> {
    let path = data.join("events.db");
    let log = rusqlite::Connection::open(&path).context("the event log cannot be opened")?;
    let mut rows = log.prepare("SELECT id, account, seq FROM event ORDER BY seq")?;
    let rows = rows.query_map([], |row| {
        Ok(Logged {
            event: EventId::from_bytes(row.get(0)?).to_string(),
            account: AccountId::from_bytes(row.get(1)?).to_string(),
            sequence: row.get::<_, i64>(2)?.unsigned_abs(),
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}
