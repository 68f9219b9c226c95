//! A gateway and one device as processes, as an operator would run them.

use super::Way;
use anyhow::{Context as _, bail};
use pushmail_testkit::MailServer;
use pushmail_testkit::server::PASSWORD;
use serde::Deserialize;
use std::io::{BufRead as _, BufReader};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, SystemTime};

/// Nothing that is waited for here takes so long.
const PATIENCE: Duration = Duration::from_secs(60);
const STEP: Duration = Duration::from_millis(50);

pub(crate) struct Gateway {
    // Dropped in this order: first the processes, then their folder.
    device: Ended,
    _serve: Ended,
    lines: Receiver<Line>,
    _folder: tempfile::TempDir,
}

/// A process that is ended when this is dropped.
struct Ended(Child);

impl Drop for Ended {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

#[derive(Deserialize)]
struct Line {
    #[serde(rename = "type")]
    kind: Option<String>,
    id: Option<String>,
    token: Option<String>,
    state: Option<String>,
    message_id: Option<String>,
    detected_at: Option<String>,
    received_at: Option<String>,
}

impl Gateway {
    /// Starts both, for one account that watches every folder, and waits until all is live.
    pub(crate) fn start(program: &Path, server: &MailServer, user: &str) -> anyhow::Result<Self> {
        let folder = tempfile::tempdir()?;
        write_config(folder.path(), server)?;
        let serve = Command::new(program)
            .arg("serve")
            .arg("--data")
            .arg(folder.path().join("data"))
            .arg("--config")
            .arg(folder.path().join("pushmail.toml"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(std::fs::File::create(folder.path().join("serve.log"))?)
            .spawn()?;
        let serve = Ended(serve);
        let ctl = |arguments: &[&str]| ctl(program, folder.path(), arguments);
        until(|| ctl(&["tenant", "list"]).is_ok()).context("the gateway does not answer")?;
        let tenant = id(ctl(&["tenant", "create", "bench"])?)?;
        let password = folder.path().join("password");
        std::fs::write(&password, PASSWORD)?;
        let target = format!("imaps://{user}@localhost:{}", server.imaps_addr().port());
        let password = password.to_string_lossy();
        let account = [
            "account",
            "create",
            &tenant,
            &target,
            "--password-file",
            &password,
            "--folder",
            "*",
        ];
        let account = id(ctl(&account)?)?;
        let device = id(ctl(&[
            "device",
            "create",
            &tenant,
            "bench",
            "--account",
            &account,
        ])?)?;
        let token = ctl(&["device", "token", &tenant, &device])?;
        let token = token
            .into_iter()
            .find_map(|line| line.token)
            .context("no token")?;
        std::fs::write(folder.path().join("token"), token)?;
        until(|| {
            let accounts = ctl(&["account", "list", &tenant]).unwrap_or_default();
            accounts
                .iter()
                .any(|account| account.state.as_deref() == Some("live"))
        })
        .context("the account does not become live")?;
        let (device, lines) = listen(program, folder.path())?;
        Ok(Self {
            device,
            _serve: serve,
            lines,
            _folder: folder,
        })
    }

    /// Waits until the device has this mail.
    pub(crate) fn way(&mut self, number: u32, begun: SystemTime) -> anyhow::Result<Way> {
        let wanted = format!("{number}@bench");
        loop {
            let line = self.lines.recv_timeout(PATIENCE);
            let line = line.with_context(|| format!("mail {number} did not come"))?;
            if line.message_id.as_deref() != Some(&wanted) {
                if let Some(status) = self.device.0.try_wait()? {
                    bail!("the device ended: {status}");
                }
                continue;
            }
            let (Some(noticed), Some(received)) = (line.detected_at, line.received_at) else {
                bail!("the device tells no times");
            };
            return Way::new(begun, &noticed, &received);
        }
    }
}

fn write_config(folder: &Path, server: &MailServer) -> anyhow::Result<()> {
    let (grpc, admin) = (free_port()?, free_port()?);
    let ca_file = folder.join("mail-ca.pem");
    std::fs::write(&ca_file, server.ca_pem())?;
    let config = format!(
        "[listen]\ngrpc = \"127.0.0.1:{grpc}\"\nadmin = \"127.0.0.1:{admin}\"\n\
         [upstream]\nallow_networks = [\"127.0.0.0/8\", \"::1/128\"]\nca_file = {ca_file:?}\n\
         [log]\nfilter = \"warn\"\n"
    );
    std::fs::write(folder.join("pushmail.toml"), config)?;
    Ok(())
}

/// Starts the device and waits until it is connected.
fn listen(program: &Path, folder: &Path) -> anyhow::Result<(Ended, Receiver<Line>)> {
    let mut device = Command::new(program)
        .args(["listen", "--json", "--data"])
        .arg(folder.join("data"))
        .arg("--token-file")
        .arg(folder.join("token"))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(std::fs::File::create(folder.join("listen.log"))?)
        .spawn()?;
    let output = device.stdout.take().context("no output")?;
    let device = Ended(device);
    let lines = read(output);
    loop {
        let line = lines
            .recv_timeout(PATIENCE)
            .context("the device does not connect")?;
        if line.kind.as_deref() == Some("connected") {
            return Ok((device, lines));
        }
    }
}

fn read(output: ChildStdout) -> Receiver<Line> {
    let (sender, lines) = channel();
    std::thread::spawn(move || {
        for line in BufReader::new(output).lines().map_while(Result::ok) {
            let line = serde_json::from_str(&line);
            if line.is_ok_and(|line| sender.send(line).is_err()) {
                return;
            }
        }
    });
    lines
}

fn ctl(program: &Path, folder: &Path, arguments: &[&str]) -> anyhow::Result<Vec<Line>> {
    let output = Command::new(program)
        .args(["ctl", "--json", "--data"])
        .arg(folder.join("data"))
        .args(arguments)
        .stdin(Stdio::null())
        .output()?;
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

fn id(lines: Vec<Line>) -> anyhow::Result<String> {
    lines
        .into_iter()
        .find_map(|line| line.id)
        .context("no id was printed")
}

fn until(mut holds: impl FnMut() -> bool) -> anyhow::Result<()> {
    for _ in 0..PATIENCE.as_millis() / STEP.as_millis() {
        if holds() {
            return Ok(());
        }
        std::thread::sleep(STEP);
    }
    bail!("not within {} s", PATIENCE.as_secs())
}

fn free_port() -> anyhow::Result<u16> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}
