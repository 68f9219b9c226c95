//! The gateway under test: started, killed with a power cut, started again.

use crate::binaries::Binaries;
use crate::fleet::{Fleet, PASSWORD};
use crate::{Args, Plant};
use anyhow::{Context as _, bail};
use pushmail_powercut::{Entry, Journal};
use serde::Deserialize;
use std::ffi::OsStr;
use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::net::TcpListener;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;
use tokio::process::{Child, Command};

/// Each sync of the log takes at least this long, so that kills find appends in flight.
const SYNC_DELAY_MS: &str = "10";
/// How long a start may take.
const STARTED_WITHIN: Duration = Duration::from_secs(30);

pub(crate) struct Gateway {
    program: PathBuf,
    powercut: PathBuf,
    directory: PathBuf,
    plant: Option<Plant>,
    running: Option<Child>,
}

/// An object that `pushmail ctl --json` prints.
#[derive(Deserialize)]
struct Printed {
    id: Option<String>,
    token: Option<String>,
    state: Option<String>,
}

impl Gateway {
    /// Writes the configuration. Nothing runs yet.
    pub(crate) fn new(
        binaries: &Binaries,
        directory: &Path,
        fleet: &Fleet,
        args: &Args,
    ) -> anyhow::Result<Self> {
        let (grpc, admin) = (free_port()?, free_port()?);
        let ca_file = directory.join("mail-ca.pem");
        std::fs::write(&ca_file, fleet.ca_pem())?;
        // Without a dedupe window the log has to be right by itself; with short pauses a restart
        // is back before the next kill.
        let config = format!(
            "[listen]\ngrpc = \"127.0.0.1:{grpc}\"\nadmin = \"127.0.0.1:{admin}\"\n\
             [upstream]\nallow_networks = [\"127.0.0.0/8\", \"::1/128\"]\nca_file = {ca_file:?}\n\
             [eventlog]\ndedupe_window = \"0s\"\n\
             [watcher.backoff]\nbase = \"100ms\"\ncap = \"500ms\"\n[log]\nfilter = \"warn\"\n"
        );
        std::fs::write(directory.join("pushmail.toml"), config)?;
        Ok(Self {
            program: binaries.pushmail.clone(),
            powercut: binaries.powercut.clone(),
            directory: directory.to_path_buf(),
            plant: args.plant,
            running: None,
        })
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.directory.join("data")
    }

    fn journal(&self) -> PathBuf {
        self.directory.join("powercut.journal")
    }

    /// Starts the gateway under the power cut library, and waits until it answers.
    pub(crate) async fn start(&mut self) -> anyhow::Result<()> {
        let log = std::fs::File::options()
            .create(true)
            .append(true)
            .open(self.directory.join("serve.log"))?;
        let mut command = Command::new(&self.program);
        command
            .arg("serve")
            .arg("--data")
            .arg(self.data())
            .arg("--config")
            .arg(self.directory.join("pushmail.toml"))
            .env("LD_PRELOAD", &self.powercut)
            .env("PUSHMAIL_POWERCUT_DIR", self.data())
            .env("PUSHMAIL_POWERCUT_JOURNAL", self.journal())
            .env("PUSHMAIL_POWERCUT_SYNC_DELAY_MS", SYNC_DELAY_MS)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .kill_on_drop(true);
        if let Some(plant) = self.plant {
            command.env("PUSHMAIL_PLANT", plant_name(plant));
        }
        self.running = Some(command.spawn().context("the gateway cannot be started")?);
        self.wait_answering().await
    }

    async fn wait_answering(&mut self) -> anyhow::Result<()> {
        let answering = async {
            while self.ctl(&["tenant", "list"]).await.is_err() {
                if let Some(child) = &mut self.running
                    && let Some(status) = child.try_wait()?
                {
                    bail!("the gateway ended by itself: {status}\n{}", self.log());
                }
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            Ok(())
        };
        let waited = tokio::time::timeout(STARTED_WITHIN, answering).await;
        waited.map_err(|_| anyhow::anyhow!("the gateway does not answer\n{}", self.log()))?
    }

    /// Kills the gateway at a moment when an append is in flight, if one comes within `patience`,
    /// and drops everything that was not synced.
    pub(crate) async fn power_cut(&mut self, patience: Duration) -> anyhow::Result<Cut> {
        let mut child = self.running.take().context("the gateway is not running")?;
        self.wait_append(patience).await;
        child.kill().await?;
        let report = pushmail_powercut::apply(&self.journal())?;
        Ok(Cut {
            in_flight: report.files.iter().any(|(path, _)| is_log(path)),
            dropped_writes: report.undone_writes as u64,
        })
    }

    /// Waits until the log writes what it has not synced; each sync is delayed, so there is time.
    async fn wait_append(&self, patience: Duration) {
        let mut read = std::fs::metadata(self.journal()).map_or(0, |metadata| metadata.len());
        let written = async {
            while !appended(&self.journal(), &mut read) {
                tokio::time::sleep(Duration::from_micros(200)).await;
            }
        };
        // Without an append in time the gateway is killed all the same.
        drop(tokio::time::timeout(patience, written).await);
    }

    /// Drains the gateway as an operator would.
    pub(crate) async fn stop(&mut self) -> anyhow::Result<()> {
        let Some(mut child) = self.running.take() else {
            return Ok(());
        };
        let id = child.id().context("the gateway has ended")?.to_string();
        Command::new("kill").args(["-TERM", &id]).status().await?;
        tokio::time::timeout(STARTED_WITHIN, child.wait())
            .await
            .context("the gateway does not drain")??;
        Ok(())
    }

    /// Registers the mailboxes and one device for them all.
    pub(crate) async fn provision(
        &self,
        fleet: &Fleet,
        args: &Args,
    ) -> anyhow::Result<Provisioned> {
        let tenant = self.id(&["tenant", "create", "ledger"]).await?;
        let password = self.directory.join("password");
        std::fs::write(&password, PASSWORD)?;
        let password = password.to_string_lossy().into_owned();
        let mut device = vec![
            "device".to_owned(),
            "create".into(),
            tenant.clone(),
            "ledger".into(),
        ];
        let mut accounts = Vec::new();
        for number in 0..args.mailboxes {
            let target = fleet.target(number)?;
            let mut arguments = vec![
                "account",
                "create",
                &tenant,
                &target,
                "--password-file",
                &password,
            ];
            if args.changes {
                arguments.extend(["--folder", "*", "--events", "all"]);
            }
            let account = self.id(&arguments).await?;
            device.extend(["--account".into(), account.clone()]);
            accounts.push(account);
        }
        let device: Vec<&str> = device.iter().map(String::as_str).collect();
        let device = self.id(&device).await?;
        let token = self.ctl(&["device", "token", &tenant, &device]).await?;
        let token = token
            .into_iter()
            .next()
            .and_then(|p| p.token)
            .context("no token was printed")?;
        Ok(Provisioned {
            tenant,
            token,
            accounts,
        })
    }

    /// Waits until every account is live.
    pub(crate) async fn wait_live(&self, tenant: &str, mailboxes: u32) -> anyhow::Result<()> {
        let live = async {
            loop {
                let accounts = self.ctl(&["account", "list", tenant]).await?;
                let live = accounts
                    .iter()
                    .filter(|a| a.state.as_deref() == Some("live"))
                    .count();
                if live == mailboxes as usize {
                    return anyhow::Ok(());
                }
                tokio::time::sleep(Duration::from_millis(200)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(90), live)
            .await
            .context("not every mailbox became live")?
    }

    async fn id(&self, arguments: &[&str]) -> anyhow::Result<String> {
        let printed = self.ctl(arguments).await?;
        printed
            .into_iter()
            .next()
            .and_then(|p| p.id)
            .context("no id was printed")
    }

    async fn ctl(&self, arguments: &[&str]) -> anyhow::Result<Vec<Printed>> {
        let mut command = Command::new(&self.program);
        command
            .args(["ctl", "--json", "--data"])
            .arg(self.data())
            .args(arguments)
            .stdin(Stdio::null());
        let output = command.output().await?;
        if !output.status.success() {
            bail!(
                "ctl {arguments:?}: {}",
                String::from_utf8_lossy(&output.stderr)
            );
        }
        let text = String::from_utf8(output.stdout)?;
        text.lines()
            .map(|line| Ok(serde_json::from_str(line)?))
            .collect()
    }

    fn log(&self) -> String {
        std::fs::read_to_string(self.directory.join("serve.log")).unwrap_or_default()
    }
}

/// What was registered.
pub(crate) struct Provisioned {
    pub(crate) tenant: String,
    /// The device's.
    pub(crate) token: String,
    /// By mailbox.
    pub(crate) accounts: Vec<String>,
}

/// What a power cut did.
pub(crate) struct Cut {
    pub(crate) in_flight: bool,
    pub(crate) dropped_writes: u64,
}

/// Only the log's own writes are appends; the registry's are not.
fn is_log(path: &Path) -> bool {
    path.file_name()
        .is_some_and(|name| name.to_string_lossy().starts_with("events.db"))
}

/// Whether the journal has, after the first `read` bytes, a write of the log; moves `read` on.
fn appended(journal: &Path, read: &mut u64) -> bool {
    let mut new = Vec::new();
    let taken = File::open(journal).and_then(|mut file| {
        file.seek(SeekFrom::Start(*read))?;
        file.read_to_end(&mut new)
    });
    *read += taken.unwrap_or(0) as u64;
    Journal::new(&new).any(|entry| {
        entry.is_ok_and(|(path, entry)| {
            matches!(entry, Entry::Write(_)) && is_log(Path::new(OsStr::from_bytes(path)))
        })
    })
}

pub(crate) const fn plant_name(plant: Plant) -> &'static str {
    match plant {
        Plant::NoFsync => "no-fsync",
        Plant::CursorFirst => "cursor-first",
        Plant::SkipFold => "skip-fold",
        Plant::SkipMemoryFold => "skip-memory-fold",
        Plant::ForgetCursorStep => "forget-cursor-step",
        Plant::EarlySynckey => "early-synckey",
    }
}

fn free_port() -> anyhow::Result<u16> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}
