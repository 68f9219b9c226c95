//! Simulated mail servers as processes of their own: one process may not hold all connections.

use anyhow::Context as _;
use clap::Args;
use pushmail_mailsim::{Config, Mailsim};
use pushmail_runtime::SystemClock;
use serde::{Deserialize, Serialize};
use std::process::Stdio;
use std::sync::Arc;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::task::block_in_place;

/// A simulated mail server, led by lines on standard input, until that ends.
#[derive(Debug, Args)]
pub(crate) struct MailServerArgs {
    /// Bytes of certificates besides its own.
    #[arg(long, default_value_t = 0)]
    chain_bytes: usize,
}

/// What it is asked.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Order {
    /// How many connections are in IDLE.
    Idling,
}

/// How it introduces itself.
#[derive(Debug, Serialize, Deserialize)]
struct Place {
    port: u16,
    ca_pem: String,
}

pub(crate) fn run(args: &MailServerArgs) -> anyhow::Result<bool> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    // On a task, so that it may block.
    let chain_bytes = args.chain_bytes;
    runtime.block_on(async { tokio::spawn(serve(chain_bytes)).await })??;
    Ok(true)
}

async fn serve(chain_bytes: usize) -> anyhow::Result<()> {
    let server = Mailsim::start(Config {
        chain_bytes,
        command_log: 0,
        ..Config::new(Arc::new(SystemClock))
    });
    let server = server.await?;
    say(&Place {
        port: server.addr().port(),
        ca_pem: server.ca_pem().to_owned(),
    })?;
    block_in_place(|| {
        for order in std::io::stdin().lines() {
            match serde_json::from_str(&order?)? {
                Order::Idling => say(&server.idling())?,
            }
        }
        Ok(())
    })
}

fn say(what: &impl Serialize) -> anyhow::Result<()> {
    println!("{}", serde_json::to_string(what)?);
    Ok(())
}

/// A mail server in a process of its own. Ends when this is dropped.
pub(crate) struct MailServer {
    pub(crate) port: u16,
    /// What signed its certificate.
    pub(crate) ca_pem: String,
    input: ChildStdin,
    output: Lines<BufReader<ChildStdout>>,
    _process: Child,
}

impl MailServer {
    pub(crate) async fn start(chain_bytes: usize) -> anyhow::Result<Self> {
        let mut process = Command::new(std::env::current_exe()?)
            .args(["mail-server", "--chain-bytes", &chain_bytes.to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .context("a mail server cannot be started")?;
        let pipes = process.stdin.take().zip(process.stdout.take());
        let (input, output) = pipes.context("the mail server has no pipes")?;
        let mut output = BufReader::new(output).lines();
        let place = output.next_line().await?;
        let place: Place = serde_json::from_str(&place.context("the mail server ended")?)?;
        Ok(Self {
            port: place.port,
            ca_pem: place.ca_pem,
            input,
            output,
            _process: process,
        })
    }

    /// How many connections are in IDLE.
    pub(crate) async fn idling(&mut self) -> anyhow::Result<usize> {
        let order = serde_json::to_string(&Order::Idling)? + "\n";
        self.input.write_all(order.as_bytes()).await?;
        let answer = self.output.next_line().await?;
        Ok(serde_json::from_str(
            &answer.context("a mail server ended")?,
        )?)
    }
}
