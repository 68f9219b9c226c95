//! `pushmail serve` and `pushmail ctl` on a data directory of their own.

use super::{Ended, LIMIT, PASSWORD, Stores, objects, pushmail, run, share_key, text};
use futures::FutureExt as _;
use pushmail_testkit::{Process, certs::Issued};
use serde_json::Value;
use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};
use tokio::process::Command;

/// What differs from one gateway to another.
#[derive(Default)]
pub(crate) struct Config {
    /// Trusted besides the system's authorities.
    pub(crate) ca_pem: String,
    /// Upstreams on loopback are refused.
    pub(crate) public_only: bool,
    /// Where traces go.
    pub(crate) otlp_endpoint: String,
    /// Runs on one machine whatever the shape of the tests: what is asked is about its data directory.
    pub(crate) on_one_machine: bool,
    /// More settings, in sections that are not set otherwise.
    pub(crate) more: String,
    /// Of a fleet: where the ways to event log and leases begin, if the process is not to go straight.
    pub(crate) ways: Option<[SocketAddr; 2]>,
    /// gRPC speaks TLS, with a certificate for `localhost`, on every address.
    pub(crate) tls: Option<Issued>,
}

/// A running gateway, or a process of one. Dropping it kills it and removes its data.
pub(crate) struct Gateway {
    folder: tempfile::TempDir,
    /// What it shares with the others of its fleet, if it is of one.
    stores: Option<Arc<Stores>>,
    /// `serve`, or the role.
    command: &'static str,
    process: Process,
    /// What the last start wrote to standard error before it was ready.
    pub(crate) said: Vec<String>,
}

impl Gateway {
    /// Starts a gateway, and waits until it is ready.
    pub(crate) async fn start(config: &Config) -> Self {
        let stores = match config.on_one_machine {
            true => None,
            false => Stores::of_shape().map(Arc::new),
        };
        Self::start_as("serve", config, stores).await
    }

    /// Starts a process of a fleet, and waits until it is ready.
    pub(crate) async fn join(role: &'static str, config: &Config, stores: &Arc<Stores>) -> Self {
        Self::start_as(role, config, Some(Arc::clone(stores))).await
    }

    /// Starts a process of a fleet that waits, and waits until it says so.
    pub(crate) async fn join_waiting(
        role: &'static str,
        config: &Config,
        stores: &Arc<Stores>,
        says: &str,
    ) -> Self {
        let mut gateway = Self::begin(role, config, Some(Arc::clone(stores)));
        let said = gateway
            .process
            .wait_for_line(|line| line.contains(says), LIMIT);
        let said = said.await;
        gateway.said.push(said);
        gateway
    }

    async fn start_as(command: &'static str, config: &Config, stores: Option<Arc<Stores>>) -> Self {
        let mut gateway = Self::begin(command, config, stores);
        gateway.ready().await;
        gateway
    }

    fn begin(command: &'static str, config: &Config, stores: Option<Arc<Stores>>) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        std::fs::write(folder.path().join("ca.pem"), &config.ca_pem).expect("a file");
        if let Some(issued) = &config.tls {
            std::fs::write(folder.path().join("tls.pem"), &issued.cert_pem).expect("a file");
            std::fs::write(folder.path().join("tls.key"), &issued.key_pem).expect("a file");
        }
        let mut page = page(config, folder.path());
        page.extend(
            stores
                .as_ref()
                .map(|stores| stores.page(command, config.ways)),
        );
        std::fs::write(folder.path().join("config.toml"), page).expect("a file");
        let process = spawn(serve(command, folder.path(), stores.is_some()));
        Self {
            folder,
            stores,
            command,
            process,
            said: Vec::new(),
        }
    }

    /// Starts it again on the same data and the same ports.
    pub(crate) async fn restart(&mut self) {
        self.restart_with(&[]).await;
    }

    /// Starts it again with more arguments.
    pub(crate) async fn restart_with(&mut self, more: &[&str]) {
        let mut serve = self.serve();
        serve.args(more);
        self.process = spawn(serve);
        self.ready().await;
    }

    /// Starts it again with more of an environment.
    pub(crate) async fn restart_in(&mut self, environment: &[(&str, &str)]) {
        let mut serve = self.serve();
        serve.envs(environment.iter().copied());
        self.process = spawn(serve);
        self.ready().await;
    }

    /// A second gateway on the same data.
    pub(crate) async fn second(&self) -> Ended {
        self.second_in(&[]).await
    }

    /// The same with more of an environment.
    pub(crate) async fn second_in(&self, environment: &[(&str, &str)]) -> Ended {
        let mut serve = self.serve();
        run(serve.envs(environment.iter().copied())).await
    }

    fn serve(&self) -> Command {
        serve(self.command, self.folder.path(), self.stores.is_some())
    }

    async fn ready(&mut self) {
        self.said.clear();
        loop {
            let line = tokio::time::timeout(LIMIT, self.process.next_line()).await;
            match line {
                Ok(Some(line)) if line == "ready" => return,
                Ok(Some(line)) => self.said.push(line),
                _ => panic!("the gateway did not become ready: {:#?}", self.said),
            }
        }
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// Kills it (SIGKILL).
    pub(crate) async fn kill(&mut self) {
        self.process.kill().await;
    }

    /// Drains it (SIGTERM); its exit code.
    pub(crate) async fn terminate(&mut self) -> Option<i32> {
        self.process.terminate(LIMIT).await
    }

    /// Anonymous resident memory, in KiB.
    pub(crate) fn memory(&self) -> u64 {
        let id = self.process.id().expect("the gateway runs");
        let status = std::fs::read_to_string(format!("/proc/{id}/status")).expect("Linux's /proc");
        let line = status
            .lines()
            .find_map(|line| line.strip_prefix("RssAnon:"));
        let kib = line.and_then(|line| line.split_whitespace().next());
        kib.and_then(|kib| kib.parse().ok())
            .expect("RssAnon is a number")
    }

    /// The address of an endpoint (`grpc` or `admin`), as the gateway wrote it down.
    pub(crate) fn endpoint(&self, name: &str) -> String {
        let written = std::fs::read(self.data().join("endpoint.json")).expect("endpoint.json");
        let written: Value = serde_json::from_slice(&written).expect("endpoint.json is JSON");
        text(&written, name).to_owned()
    }

    pub(crate) fn admin_key(&self) -> String {
        std::fs::read_to_string(self.data().join("admin.key")).expect("admin.key")
    }

    /// `GET path` at the admin endpoint: the whole answer.
    pub(crate) fn get(&self, path: &str) -> String {
        let url = self.endpoint("admin");
        let host = url.trim_start_matches("http://");
        let mut stream = TcpStream::connect(host).expect("the admin endpoint listens");
        stream
            .set_read_timeout(Some(LIMIT))
            .expect("a limit can be set");
        let request = format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
        stream
            .write_all(request.as_bytes())
            .expect("the admin endpoint reads");
        let mut answer = String::new();
        stream
            .read_to_string(&mut answer)
            .expect("the admin endpoint answers");
        answer
    }

    /// A command of the program on this gateway's data and configuration.
    pub(crate) fn beside(&self, args: &[&str]) -> Command {
        let mut command = pushmail();
        command.args(args).arg("--data").arg(self.data());
        command
            .arg("--config")
            .arg(self.folder.path().join("config.toml"));
        if self.stores.is_some() {
            share_key(&mut command);
        }
        command
    }

    /// `pushmail ctl --json`, with the mailboxes' password in `PW`.
    pub(crate) fn ctl_command(&self, args: &[&str]) -> Command {
        let mut command = pushmail();
        command
            .arg("ctl")
            .args(args)
            .arg("--json")
            .arg("--data")
            .arg(self.data());
        command.env("PW", PASSWORD).env("WRONG", "not-the-password");
        command
    }

    /// What `pushmail ctl` printed.
    pub(crate) async fn ctl(&self, args: &[&str]) -> Vec<Value> {
        let ended = run(&mut self.ctl_command(args)).await;
        assert_eq!(ended.code, Some(0), "ctl {args:?}: {ended:?}");
        objects(&ended.stdout)
    }

    /// Why `pushmail ctl` failed.
    pub(crate) async fn refusal(&self, args: &[&str]) -> String {
        let ended = run(&mut self.ctl_command(args)).await;
        assert_eq!(ended.code, Some(1), "ctl {args:?}: {ended:?}");
        assert_eq!(ended.stdout, "");
        ended.stderr
    }

    /// `pushmail ctl tail` of one account, from its first event on.
    pub(crate) fn tail(&self, tenant: &str, account: &str) -> Process {
        let args = ["tail", tenant, "--account", account, "--replay", "1000"];
        Process::start(self.ctl_command(&args))
    }

    /// A new tenant's id.
    pub(crate) async fn tenant(&self, name: &str) -> String {
        let made = self.ctl(&["tenant", "create", name]).await;
        text(&made[0], "id").to_owned()
    }

    /// A new account's id. `more` are further arguments, the credential among them.
    pub(crate) async fn account(&self, tenant: &str, url: &str, more: &[&str]) -> String {
        let args = [&["account", "create", tenant, url], more].concat();
        let made = self.ctl(&args).await;
        text(&made[0], "id").to_owned()
    }

    /// How the account stands.
    pub(crate) async fn standing(&self, tenant: &str, account: &str) -> Value {
        self.ctl(&["account", "get", tenant, account])
            .await
            .remove(0)
    }
}

impl Drop for Gateway {
    /// Shows what the gateway logged, if the test failed.
    fn drop(&mut self) {
        while std::thread::panicking()
            && let Some(Some(line)) = self.process.next_line().now_or_never()
        {
            eprintln!("gateway: {line}");
        }
    }
}

fn page(config: &Config, folder: &Path) -> String {
    let file = |name: &str, wanted: bool| match wanted {
        true => folder.join(name).display().to_string(),
        false => String::new(),
    };
    let networks = if config.public_only {
        "[]"
    } else {
        "[\"127.0.0.0/8\", \"::1/128\"]"
    };
    let mut grpc = free_address();
    if config.tls.is_some() {
        grpc.set_ip(Ipv4Addr::UNSPECIFIED.into());
    }
    format!(
        "[listen]\ngrpc = \"{grpc}\"\nadmin = \"{}\"\n\
         [tls]\ncertificate = \"{}\"\nkey = \"{}\"\n\
         [upstream]\nallow_networks = {networks}\nca_file = \"{}\"\n\
         [delivery]\ndrain_spread = \"200ms\"\ndrain_grace = \"200ms\"\n\
         [telemetry]\notlp_endpoint = \"{}\"\nsample_ratio = 1.0\n\
         [log]\nfilter = \"info,pushmail=debug\"\n{}",
        free_address(),
        file("tls.pem", config.tls.is_some()),
        file("tls.key", config.tls.is_some()),
        file("ca.pem", !config.ca_pem.is_empty()),
        config.otlp_endpoint,
        config.more,
    )
}

fn serve(role: &str, folder: &Path, as_fleet: bool) -> Command {
    let mut command = pushmail();
    command.arg(role).arg("--data").arg(folder.join("data"));
    command.arg("--config").arg(folder.join("config.toml"));
    if as_fleet {
        share_key(&mut command);
    }
    command
}

/// Starts a process of the gateway with its standard error on its standard output, which [`Process`] reads by line.
fn spawn(command: Command) -> Process {
    let serve = command.as_std();
    let mut shell = Command::new("sh");
    shell
        .args(["-c", "exec \"$@\" 2>&1", "sh"])
        .arg(serve.get_program())
        .args(serve.get_args());
    for (name, value) in serve.get_envs() {
        match value {
            Some(value) => shell.env(name, value),
            None => shell.env_remove(name),
        };
    }
    Process::start(shell)
}

/// A free loopback address, from a range of this process's own, below the ports that systems give to
/// outgoing connections: it is still free when a gateway starts again.
fn free_address() -> SocketAddr {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let offset = u16::try_from(std::process::id() % 187 * 64).unwrap_or_default();
    loop {
        let port = 20_000 + offset + NEXT.fetch_add(1, Ordering::Relaxed);
        let address = SocketAddr::from(([127, 0, 0, 1], port));
        if TcpListener::bind(address).is_ok() {
            return address;
        }
    }
}
