//! The device clients: `pushmail listen` in a process of its own.

use super::world::World;
use anyhow::Context as _;
use serde::Deserialize;
use std::process::Stdio;
use std::time::Duration;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// How long all devices together may take to connect.
const CONNECTED_WITHIN: Duration = Duration::from_secs(120);
/// How often a push is shown.
const SHOWN_EVERY: Duration = Duration::from_millis(500);

/// A push as the device process wrote it. Times are microseconds since 1970.
pub(super) struct Push {
    pub(super) event: String,
    pub(super) message_id: String,
    pub(super) detected_at: i64,
    pub(super) fetched_at: i64,
    pub(super) sent_at: i64,
    pub(super) received_at: i64,
}

/// How far the device process is.
#[derive(Debug, Clone, Copy, Default)]
struct Progress {
    connected: usize,
    received: u64,
}

pub(super) struct Devices {
    process: Child,
    reader: JoinHandle<anyhow::Result<Vec<Push>>>,
    progress: watch::Receiver<Progress>,
    count: usize,
}

impl Devices {
    pub(super) fn start(world: &World, tokens: &[String], show: bool) -> anyhow::Result<Self> {
        let (directory, gateway) = (world.directory(), world.delivery());
        let tokens_file = directory.join("tokens");
        std::fs::write(&tokens_file, tokens.join("\n"))?;
        let mut listen = Command::new(std::env::current_exe()?);
        listen.args(["listen", "--json", "--endpoint", &gateway.url]);
        listen.arg("--token-file").arg(&tokens_file);
        if let Some(pem) = &gateway.ca_pem {
            let ca_file = directory.join("gateway-ca.pem");
            std::fs::write(&ca_file, pem)?;
            listen.arg("--gateway-ca").arg(&ca_file);
        }
        let mut process = listen
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .context("the device process cannot be started")?;
        let stdout = process
            .stdout
            .take()
            .context("the device process has no output")?;
        let (sender, progress) = watch::channel(Progress::default());
        let reader = tokio::spawn(read(
            BufReader::with_capacity(256 * 1024, stdout),
            sender,
            show,
        ));
        Ok(Self {
            process,
            reader,
            progress,
            count: tokens.len(),
        })
    }

    pub(super) async fn wait_connected(&mut self) -> anyhow::Result<()> {
        let count = self.count;
        let all = self
            .progress
            .wait_for(|progress| progress.connected >= count);
        let waited = tokio::time::timeout(CONNECTED_WITHIN, all).await;
        waited
            .context("the devices did not connect in time")?
            .context("the device process ended")?;
        Ok(())
    }

    pub(super) fn received(&self) -> u64 {
        self.progress.borrow().received
    }

    /// Waits for this many pushes; gives up after `within` without any.
    pub(super) async fn wait_received(&mut self, expected: u64, within: Duration) {
        loop {
            let before = self.received();
            let more = self
                .progress
                .wait_for(|p| p.received >= expected || p.received > before);
            let ended = !matches!(tokio::time::timeout(within, more).await, Ok(Ok(_)));
            if ended || self.received() >= expected {
                return;
            }
        }
    }

    /// Ends the device process as a user would, and returns everything it received.
    pub(super) async fn stop(mut self) -> anyhow::Result<Vec<Push>> {
        if let Some(id) = self.process.id().and_then(|id| i32::try_from(id).ok())
            && let Some(pid) = rustix::process::Pid::from_raw(id)
        {
            rustix::process::kill_process(pid, rustix::process::Signal::INT)?;
        }
        let pushes = self.reader.await??;
        self.process.wait().await?;
        Ok(pushes)
    }
}

/// What the device process prints, as far as it matters here.
#[derive(Deserialize)]
struct Line<'a> {
    #[serde(rename = "type")]
    kind: &'a str,
    id: Option<String>,
    message_id: Option<String>,
    from: Option<String>,
    subject: Option<String>,
    detected_at: Option<&'a str>,
    fetched_at: Option<&'a str>,
    sent_at: Option<&'a str>,
    received_at: Option<&'a str>,
}

async fn read(
    mut lines: impl AsyncBufReadExt + Unpin,
    progress: watch::Sender<Progress>,
    show: bool,
) -> anyhow::Result<Vec<Push>> {
    let mut pushes = Vec::new();
    let mut shown = None;
    let mut text = String::new();
    while lines.read_line(&mut text).await? > 0 {
        let line: Line<'_> =
            serde_json::from_str(&text).context("the device process wrote no JSON")?;
        match line.kind {
            "connected" => progress.send_modify(|p| p.connected += 1),
            "message.new" => {
                if show && shown.is_none_or(|at: tokio::time::Instant| at.elapsed() > SHOWN_EVERY) {
                    shown = Some(tokio::time::Instant::now());
                    println!("{}", sample(&line));
                }
                pushes.extend(push(line));
                progress.send_modify(|p| p.received += 1);
            }
            _ => {}
        }
        text.clear();
    }
    Ok(pushes)
}

fn push(line: Line<'_>) -> Option<Push> {
    Some(Push {
        event: line.id?,
        message_id: line.message_id?,
        detected_at: micros(line.detected_at?)?,
        fetched_at: micros(line.fetched_at?)?,
        sent_at: micros(line.sent_at?)?,
        received_at: micros(line.received_at?)?,
    })
}

fn sample(line: &Line<'_>) -> String {
    let took = line
        .detected_at
        .and_then(micros)
        .zip(line.received_at.and_then(micros));
    let took = took.map_or(0.0, |(from, to)| (to - from) as f64 / 1e3);
    let (from, subject) = (line.from.as_deref(), line.subject.as_deref());
    format!(
        "  {took:7.2} ms  {}: {}",
        from.unwrap_or_default(),
        subject.unwrap_or_default()
    )
}

fn micros(text: &str) -> Option<i64> {
    let at = OffsetDateTime::parse(text, &Rfc3339).ok()?;
    i64::try_from(at.unix_timestamp_nanos() / 1000).ok()
}
