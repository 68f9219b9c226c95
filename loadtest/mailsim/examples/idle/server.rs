//! The server, in a process of its own.

use crate::{Protocol, Still};
use anyhow::Context as _;
use pushmail_mailsim::{Config, Mailsim, Profile, certs, eas};
use std::process::Stdio;
use std::sync::Arc;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};

/// Plays the server until standard input ends. A line asks how many connections wait.
pub(crate) async fn serve(protocol: &str, encrypted: bool) -> anyhow::Result<()> {
    let mut config = Config::new(Arc::new(Still));
    match Protocol::of(protocol) {
        Protocol::Eas => config.eas = Some(eas::Config::default()),
        Protocol::Imap(profile) => {
            config.profile = Profile::named(&profile).context("no such profile")?;
        }
    }
    config.tls = encrypted;
    config.command_log = 0;
    let sim = Mailsim::start(config).await?;
    println!("{}", sim.eas().addr().unwrap_or(sim.addr()).port());
    println!("{}\0", sim.ca_pem());
    tokio::task::block_in_place(|| {
        for asked in std::io::stdin().lines() {
            asked?;
            println!("{}", sim.idling());
        }
        Ok(())
    })
}

/// A server in a process of its own.
pub(crate) struct Server {
    pub(crate) port: u16,
    pub(crate) connector: Option<tokio_rustls::TlsConnector>,
    input: ChildStdin,
    output: Lines<BufReader<ChildStdout>>,
    process: Child,
}

impl Server {
    pub(crate) async fn start(protocol: &str, encrypted: bool) -> anyhow::Result<Self> {
        let mut process = Command::new(std::env::current_exe()?)
            .args(["serve", protocol, &encrypted.to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        let input = process.stdin.take().context("no input")?;
        let mut output = BufReader::new(process.stdout.take().context("no output")?);
        let (mut port, mut pem) = (String::new(), Vec::new());
        output.read_line(&mut port).await?;
        output.read_until(0, &mut pem).await?;
        output.read_line(&mut String::new()).await?;
        pem.pop();
        let tls = certs::client_config(std::str::from_utf8(&pem)?)?;
        Ok(Self {
            port: port.trim().parse()?,
            connector: encrypted.then(|| tls.into()),
            input,
            output: output.lines(),
            process,
        })
    }

    pub(crate) async fn wait_idling(&mut self, count: usize) -> anyhow::Result<()> {
        loop {
            self.input.write_all(b"\n").await?;
            let idling = self.output.next_line().await?;
            if idling.context("the server ended")?.parse::<usize>()? >= count {
                return Ok(());
            }
        }
    }

    /// How many bytes of memory of its own it has.
    pub(crate) fn memory(&self) -> anyhow::Result<usize> {
        let pid = self.process.id().context("the server ended")?;
        let status = std::fs::read_to_string(format!("/proc/{pid}/status"))?;
        let line = status
            .lines()
            .find_map(|line| line.strip_prefix("RssAnon:"));
        let kib = line.and_then(|line| line.split_whitespace().next());
        Ok(kib.context("no RssAnon")?.parse::<usize>()? * 1024)
    }
}
