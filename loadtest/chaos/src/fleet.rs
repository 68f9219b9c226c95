//! The processes of the fleet, each with ways of its own to the servers.

use crate::Plant;
use crate::profile::Profile;
use crate::servers::{NODES, Servers};
use anyhow::Context as _;
use pushmail_testkit::proxy::Mode;
use pushmail_testkit::{Program, Proxy};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;
use tokio::time::Instant;

/// The password of every mailbox.
pub(crate) const PASSWORD: &str = "secret";
/// The program's name, below a folder of its own.
const PROGRAM: &str = "pushmail";
/// Between two attempts to start a process.
const AGAIN: Duration = Duration::from_millis(300);

/// A part of the gateway.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    Watcher,
    Delivery,
    Control,
}

impl Role {
    const fn name(self) -> &'static str {
        match self {
            Self::Watcher => "watcher",
            Self::Delivery => "delivery",
            Self::Control => "control",
        }
    }
}

/// What a process uses to reach the servers.
pub(crate) struct Ways {
    /// One for each node.
    pub(crate) nats: Vec<Proxy>,
    pub(crate) redis: Proxy,
    pub(crate) postgres: Proxy,
}

impl Ways {
    async fn new(servers: &Servers) -> Self {
        let mut nats = Vec::with_capacity(NODES);
        for node in servers.nodes() {
            nats.push(Proxy::of_nats(node).await);
        }
        Self {
            nats,
            redis: Proxy::start(vec![servers.redis.addr()]).await,
            postgres: Proxy::start(vec![servers.postgres.addr()]).await,
        }
    }

    /// Cuts, or mends, the ways to NATS.
    pub(crate) fn set_nats(&self, mode: Mode) {
        for way in &self.nats {
            way.set(mode);
        }
    }

    /// Keeps back what is published into the log.
    pub(crate) fn hold(&self) {
        for way in &self.nats {
            way.hold("ev.");
        }
    }

    /// How much is kept back.
    pub(crate) fn held(&self) -> usize {
        self.nats.iter().map(Proxy::held).sum()
    }

    /// Drops what is kept back.
    pub(crate) fn discard(&self) {
        for way in &self.nats {
            way.discard();
        }
    }
}

/// One process.
pub(crate) struct Member {
    /// As others know it, such as `watcher-2`.
    pub(crate) name: String,
    pub(crate) program: Program,
    pub(crate) ways: Ways,
    clock: PathBuf,
    folder: PathBuf,
    /// What it is started by: a link to the program, so that the next start can be of another one.
    link: tempfile::TempDir,
}

/// How long the parts of a replacement took.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Replacing {
    /// From the signal until the process had ended.
    pub(crate) end: Duration,
    /// From then until the new one was ready.
    pub(crate) start: Duration,
}

impl Member {
    /// Starts a process, and waits until it is ready.
    pub(crate) async fn start(
        role: Role,
        number: usize,
        program: &Path,
        servers: &Servers,
        profile: &Profile,
        plant: Option<Plant>,
    ) -> anyhow::Result<Self> {
        let name = format!("{}-{number}", role.name());
        let ways = Ways::new(servers).await;
        let settings = settings(&name, &ways, servers, profile);
        let ca_pem = servers.mail.ca_pem().to_owned();
        let (mut clock, mut home) = (PathBuf::new(), PathBuf::new());
        let link = tempfile::tempdir()?;
        std::os::unix::fs::symlink(program, link.path().join(PROGRAM))?;
        let program = tokio::task::block_in_place(|| {
            Program::start(
                role.name(),
                &link.path().join(PROGRAM),
                2,
                "/readyz",
                |command, folder, ports| {
                    let place = |what: &str| folder.join(what);
                    let page = listen(ports, &place("ca.pem")) + &settings;
                    std::fs::write(place("pushmail.toml"), page)?;
                    std::fs::write(place("ca.pem"), &ca_pem)?;
                    (clock, home) = (place("clock"), folder.to_path_buf());
                    command
                        .args([role.name(), "--data"])
                        .arg(place("data"))
                        .arg("--config")
                        .arg(place("pushmail.toml"))
                        .env("PUSHMAIL_MASTER_KEY", MASTER_KEY)
                        .env("PUSHMAIL_PLANT_CLOCK", &clock);
                    if let Some(plant) = plant {
                        command.env("PUSHMAIL_PLANT", plant_name(plant));
                    }
                    Ok(())
                },
            )
        });
        Ok(Self {
            program: program.with_context(|| name.clone())?,
            name,
            ways,
            clock,
            folder: home,
            link,
        })
    }

    /// Where it serves gRPC.
    pub(crate) fn grpc(&self) -> SocketAddr {
        self.program.addrs()[0]
    }

    /// The admin key, if it is a control process that made one.
    pub(crate) fn admin_key(&self) -> anyhow::Result<String> {
        let key = std::fs::read_to_string(self.folder.join("data/admin.key"))?;
        Ok(key.trim().to_owned())
    }

    /// Sets its wall clock ahead by so many seconds.
    pub(crate) fn set_clock(&self, ahead: i64) -> anyhow::Result<()> {
        let follows = self.program.log().contains("the wall clock follows");
        anyhow::ensure!(follows, "{}: its clock cannot be set", self.name);
        // In one step: it is read at any time.
        let new = self.clock.with_extension("new");
        std::fs::write(&new, ahead.to_string())?;
        Ok(std::fs::rename(new, &self.clock)?)
    }

    /// Starts it again until it is ready, as whoever runs a fleet does; for so long at most. Blocks.
    pub(crate) fn revive(&mut self, patience: Duration) -> anyhow::Result<()> {
        let begin = Instant::now();
        while let Err(error) = self.program.try_start_again() {
            if begin.elapsed() > patience {
                return Err(error).with_context(|| self.name.clone());
            }
            std::thread::sleep(AGAIN);
        }
        Ok(())
    }

    /// Ends it, in order or at once, and starts this program in its place, with the same settings. Blocks.
    pub(crate) fn replace(
        &mut self,
        program: &Path,
        in_order: bool,
        patience: Duration,
    ) -> anyhow::Result<Replacing> {
        let begin = Instant::now();
        match in_order {
            true => {
                let code = self.program.terminate(patience)?;
                anyhow::ensure!(code == 0, "{} ended with {code}", self.name);
            }
            false => self.program.kill(),
        }
        let end = begin.elapsed();
        let link = self.link.path().join(PROGRAM);
        std::fs::remove_file(&link)?;
        std::os::unix::fs::symlink(program, &link)?;
        self.revive(patience)?;
        let runs = std::fs::read_link(format!("/proc/{}/exe", self.program.process_id()?))?;
        anyhow::ensure!(
            runs == program.canonicalize()?,
            "{} runs {}",
            self.name,
            runs.display()
        );
        Ok(Replacing {
            end,
            start: begin.elapsed() - end,
        })
    }

    /// Runs a command of the gateway on its configuration, and returns what that printed. Blocks.
    pub(crate) fn beside(&self, command: &str) -> anyhow::Result<String> {
        let output = Command::new(self.link.path().join(PROGRAM))
            .arg(command)
            .arg("--data")
            .arg(self.folder.join("data"))
            .arg("--config")
            .arg(self.folder.join("pushmail.toml"))
            .output()?;
        let said = String::from_utf8_lossy(&output.stderr);
        anyhow::ensure!(output.status.success(), "{command}: {said}");
        Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    }

    /// Keeps its log in a folder.
    pub(crate) fn keep_log(&self, folder: &Path) -> anyhow::Result<()> {
        let file = folder.join(format!("{}.log", self.name));
        Ok(std::fs::write(file, self.program.log())?)
    }
}

/// 32 bytes of 7, in base64.
const MASTER_KEY: &str = "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=";

fn listen(ports: &[SocketAddr], ca: &Path) -> String {
    let (grpc, admin) = (ports[0], ports[1]);
    format!(
        "[listen]\ngrpc = \"{grpc}\"\nadmin = \"{admin}\"\n\
         [upstream]\nallow_networks = [\"127.0.0.0/8\", \"::1/128\"]\nca_file = {ca:?}\n"
    )
}

/// The settings of a process. Mail servers are fine here, and fail as often as the nemesis wants: so
/// they are neither spared nor left alone.
fn settings(name: &str, ways: &Ways, servers: &Servers, profile: &Profile) -> String {
    let nats: Vec<String> = ways
        .nats
        .iter()
        .map(|way| format!("\"nats://{}\"", way.addr()))
        .collect();
    let millis = |time: Duration| format!("\"{}ms\"", time.as_millis());
    let (beat, ttl, settle) = (
        millis(profile.beat),
        millis(profile.ttl),
        millis(profile.settle),
    );
    let (dedupe, isolated) = (millis(profile.dedupe), millis(profile.isolated_after));
    let (sweep, spread) = (millis(profile.sweep), millis(profile.drain_spread));
    format!(
        "[upstream.budget]\nlogins_per_account = 100000\nlogins_per_provider = 100000\n\
         [upstream.breaker]\nwindow = \"2s\"\nopen = \"500ms\"\nopen_cap = \"1s\"\n\
         [watcher]\nfeed_interval = \"2s\"\n\
         [watcher.backoff]\nbase = \"200ms\"\ncap = \"1s\"\n\
         [watcher.sweep]\ninterval = {sweep}\n\
         [watcher.fleet]\nname = \"{name}\"\nbeat_interval = {beat}\nfence_interval = {beat}\nisolated_after = {isolated}\n\
         [registry]\nurl = \"postgres://postgres@{}/{}\"\nconnections = 4\n\
         [eventlog]\ndedupe_window = {dedupe}\n\
         [eventlog.nats]\nservers = [{}]\nreplicas = 3\n\
         [leases]\nurl = \"redis://{}\"\nttl = {ttl}\nsettle = {settle}\n\
         [delivery]\ncompare_interval = \"2s\"\ndrain_spread = {spread}\ndrain_grace = \"200ms\"\n\
         [telemetry]\nsample_ratio = 0.0\n[log]\nfilter = \"info,async_nats=warn,sqlx=warn\"\n",
        ways.postgres.addr(),
        servers.database,
        nats.join(", "),
        ways.redis.addr(),
    )
}

const fn plant_name(plant: Plant) -> &'static str {
    match plant {
        Plant::SkipFence => "skip-fence",
        Plant::CursorFirst => "cursor-first",
        Plant::SkipFold => "skip-fold",
        Plant::StaleReplica => "stale-replica",
    }
}
