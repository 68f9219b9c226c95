//! One process of the gateway.

use super::{LOOK, MASTER_KEY, PATIENCE};
use crate::{child, usage};
use anyhow::{Context as _, bail, ensure};
use pushmail_testkit::Program;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::process::Command;
use tokio::task::block_in_place;

/// Characters of a line that is shown.
const LINE: usize = 300;

/// A role that runs. Ends when this is dropped.
pub(crate) struct Process {
    pub(crate) name: String,
    program: Program,
    /// What it runs.
    path: PathBuf,
    folder: PathBuf,
    pub(crate) id: u32,
}

impl Process {
    /// Starts it, and waits until this page of its answers by 200.
    pub(super) fn start(
        (role, asked): (&'static str, &'static str),
        name: &str,
        program: &Path,
        ca_pem: Option<&str>,
        settings: &str,
    ) -> anyhow::Result<Self> {
        let mut home = PathBuf::new();
        let nice = Path::new(child::NICE);
        let started = Program::start(role, nice, 2, asked, |command, folder, ports| {
            command.args(child::BY).arg(program);
            let (page, mut ca) = (folder.join("pushmail.toml"), PathBuf::new());
            if let Some(pem) = ca_pem {
                ca = folder.join("ca.pem");
                std::fs::write(&ca, pem)?;
            }
            let listen = format!(
                "[listen]\ngrpc = \"{}\"\nadmin = \"{}\"\n\
                 [upstream]\nallow_networks = [\"127.0.0.0/8\", \"::1/128\"]\nca_file = {ca:?}\n",
                ports[0], ports[1]
            );
            std::fs::write(&page, listen + settings)?;
            command.arg(role).arg("--config").arg(page);
            command.arg("--data").arg(folder.join("data"));
            command.env("PUSHMAIL_MASTER_KEY", MASTER_KEY);
            home = folder.to_path_buf();
            Ok(())
        })?;
        Ok(Self {
            name: name.to_owned(),
            program: started,
            id: id_of(program, &home)?,
            path: program.to_path_buf(),
            folder: home,
        })
    }

    /// Kills it (SIGKILL).
    pub(crate) fn kill(&mut self) {
        self.program.kill();
    }

    /// Has it drain (SIGTERM), as whoever runs a fleet does, and waits until it ended.
    pub(crate) async fn drain(&mut self) -> anyhow::Result<()> {
        ensure!(self.program.is_running(), "{} does not run", self.name);
        let id = self.id.to_string();
        let told = Command::new("kill").args(["-TERM", &id]).status().await?;
        ensure!(told.success(), "{} cannot be told to drain", self.name);
        let ended = async {
            while self.program.is_running() {
                tokio::time::sleep(LOOK).await;
            }
        };
        let ended = tokio::time::timeout(PATIENCE, ended).await;
        ended.with_context(|| format!("{} does not end", self.name))
    }

    /// Starts it again after it ended, with the same data and ports, and waits until it is ready.
    pub(crate) fn start_again(&mut self) -> anyhow::Result<()> {
        ensure!(!self.program.is_running(), "{} runs", self.name);
        block_in_place(|| self.program.try_start_again())?;
        self.id = id_of(&self.path, &self.folder)?;
        Ok(())
    }

    /// Where it serves gRPC.
    pub(crate) fn grpc(&self) -> SocketAddr {
        self.program.addrs()[0]
    }

    /// The operator's key, if it is a control process. It writes that down when it is ready already.
    pub(crate) async fn admin_key(&self) -> anyhow::Result<String> {
        let written = async {
            loop {
                match std::fs::read_to_string(self.folder.join("data/admin.key")) {
                    Ok(key) if !key.is_empty() => return key.trim().to_owned(),
                    _ => tokio::time::sleep(LOOK).await,
                }
            }
        };
        let written = tokio::time::timeout(PATIENCE, written).await;
        written.context("there is no admin key")
    }

    /// The last warnings and errors that it wrote, shortened, so many at most.
    pub(crate) fn complaints(&self, most: usize) -> Vec<String> {
        let log = self.program.log();
        let complains = |line: &&str| line.contains(" WARN ") || line.contains(" ERROR ");
        let last = log.lines().rev().filter(complains).take(most);
        let short = |line: &str| line.chars().take(LINE).collect();
        let mut last: Vec<String> = last.map(short).collect();
        last.reverse();
        last
    }

    /// The value of a series, such as `pushmail_shards`; labels belong to the name.
    pub(crate) fn metric(&self, series: &str) -> anyhow::Result<u64> {
        let metrics = self.metrics()?;
        let mut lines = metrics.lines();
        let value = lines.find_map(|line| line.strip_prefix(series)?.strip_prefix(' '));
        let value = value.with_context(|| format!("{} has no {series}", self.name))?;
        Ok(value.parse()?)
    }

    /// All series and their values, a line each.
    pub(crate) fn metrics(&self) -> anyhow::Result<String> {
        let mut stream = TcpStream::connect(self.program.addrs()[1])?;
        stream.write_all(b"GET /metrics HTTP/1.0\r\n\r\n")?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        Ok(answer)
    }

    /// The processor time that it took so far, of its own and in the kernel.
    pub(crate) fn cpu(&self) -> anyhow::Result<Duration> {
        usage::cpu(self.id)
    }
}

/// The process that runs the program in the folder: it is started through a shell that guards it.
fn id_of(program: &Path, folder: &Path) -> anyhow::Result<u32> {
    let (program, folder) = (program.as_os_str(), folder.as_os_str());
    for entry in std::fs::read_dir("/proc")?.flatten() {
        let name = entry.file_name();
        let Some(id) = name.to_str().and_then(|name| name.parse().ok()) else {
            continue;
        };
        let line = std::fs::read(entry.path().join("cmdline")).unwrap_or_default();
        let is_program = line.split(|byte| *byte == 0).next() == Some(program.as_encoded_bytes());
        let folder = folder.as_encoded_bytes();
        if is_program && line.windows(folder.len()).any(|part| part == folder) {
            return Ok(id);
        }
    }
    bail!("the process is not in /proc")
}
