//! `pushmail serve`: every role in one process.

use crate::compose::{self, AdminKey, AdminKeyOrigin};
use crate::config::Config;
use crate::data_dir::{self, ADMIN_KEY_VARIABLE, DataDir, Endpoint, MasterKeyOrigin};
use crate::exit::Exit;
use crate::roles::{Role, Roles};
use anyhow::{anyhow, bail};
use clap::Args;
use futures::FutureExt as _;
use pushmail_runtime::{Lifecycle, Outcome, init_logging};
use std::net::SocketAddr;
use std::path::PathBuf;

/// Runs the gateway: watcher, delivery and control in one process, on SQLite; or some of them, as a
/// process of a fleet on NATS JetStream, Redis and PostgreSQL.
///
/// SIGTERM or SIGINT drains; a second one ends at once. Exit codes: 0 drained, 1 failed.
#[derive(Debug, Args)]
pub(crate) struct ServeArgs {
    /// The parts to run, all if none is named: apart from each other only in a fleet.
    #[arg(long = "role", value_name = "ROLE", value_delimiter = ',')]
    roles: Vec<Role>,
    #[command(flatten)]
    process: ProcessArgs,
}

/// Runs one part of a fleet: its data is in NATS JetStream, Redis and PostgreSQL, which all its processes
/// share.
///
/// SIGTERM or SIGINT drains; a second one ends at once. Exit codes: 0 drained, 1 failed.
#[derive(Debug, Args)]
pub(crate) struct RoleArgs {
    #[command(flatten)]
    process: ProcessArgs,
}

#[derive(Debug, Args)]
struct ProcessArgs {
    /// Where databases and keys are kept; PUSHMAIL_DATA, or the user's data directory otherwise.
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// A configuration file; `pushmail config` prints one with all defaults.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Make a new admin key; the one before stops working.
    #[arg(long)]
    new_admin_key: bool,
}

pub(crate) async fn run(args: ServeArgs) -> anyhow::Result<Exit> {
    start(Roles::of(&args.roles), args.process).await
}

pub(crate) async fn run_role(role: Role, args: RoleArgs) -> anyhow::Result<Exit> {
    start(Roles::of(&[role]), args.process).await
}

async fn start(roles: Roles, args: ProcessArgs) -> anyhow::Result<Exit> {
    let config = Config::load(args.config.as_deref(), &[], roles)?;
    init_logging(config.log.format, &config.log.filter);
    let data = DataDir::locate(args.data)?;
    let lifecycle = Lifecycle::new();
    let grace = config.drains_within(roles);
    let admin_key = match (args.new_admin_key, data_dir::given_admin_key()?) {
        (false, None) => AdminKey::Keep,
        (false, Some(key)) => AdminKey::Is(key),
        (true, None) => AdminKey::Renew,
        (true, Some(_)) => {
            bail!("--new-admin-key, and {ADMIN_KEY_VARIABLE} says which key it is: one of both")
        }
    };
    // It may wait for servers for minutes, in which it has to be ended too.
    let mut interrupted = std::pin::pin!(crate::interrupted());
    let started = tokio::select! {
        started = compose::start(config, &data, &lifecycle, roles, admin_key) => started,
        () = &mut interrupted => Err(anyhow!("ended before it had started")),
    };
    let gateway = match started {
        Ok(gateway) => gateway,
        Err(error) => {
            lifecycle.shut_down(grace).await;
            return Err(error);
        }
    };
    announce(&gateway, &data)?;
    let ready = async {
        gateway.readiness.wait().await;
        eprintln!("ready");
    };
    if interrupted.now_or_never().is_some() {
        lifecycle.draining().cancel();
    }
    let mut ended = std::pin::pin!(lifecycle.run_until_signal(grace));
    // In this order: whoever reads that it is ready may send a signal at once.
    let outcome = tokio::select! {
        biased;
        outcome = &mut ended => outcome,
        () = ready => ended.await,
    };
    gateway.telemetry.flush().await;
    Ok(match outcome {
        Outcome::Clean | Outcome::Forced => Exit::Success,
        Outcome::Failed => Exit::Failure,
    })
}

/// The address for clients on this machine: "every address" is none that can be dialled by name.
fn from_here(address: SocketAddr) -> String {
    if address.ip().is_unspecified() {
        return format!("localhost:{}", address.port());
    }
    address.to_string()
}

/// Says where the admin key is, which is kept for `ctl` if it is known.
fn announce_admin_key(key: &AdminKeyOrigin, data: &DataDir) -> anyhow::Result<()> {
    let path = data.admin_key();
    match key {
        AdminKeyOrigin::Made(key) => {
            data.write_admin_key(key)?;
            eprintln!("admin key:  made now, in {}", path.display());
        }
        AdminKeyOrigin::Given(key) => {
            data.write_admin_key(key)?;
            eprintln!(
                "admin key:  from the environment, kept in {}",
                path.display()
            );
        }
        AdminKeyOrigin::Before if path.exists() => eprintln!("admin key:  {}", path.display()),
        AdminKeyOrigin::Before => eprintln!(
            "admin key:  made at an earlier start, not kept here; --new-admin-key makes another"
        ),
    }
    Ok(())
}

/// Says on standard error where everything is, and leaves the address for `ctl`.
fn announce(gateway: &compose::Gateway, data: &DataDir) -> anyhow::Result<()> {
    let scheme = if gateway.certificate.is_some() {
        "https"
    } else {
        "http"
    };
    let grpc = gateway.grpc.map(from_here);
    let grpc = grpc.map(|address| format!("{scheme}://{address}"));
    let admin = format!("http://{}", gateway.admin);
    match &gateway.master_key {
        MasterKeyOrigin::Environment => eprintln!("master key: from the environment"),
        MasterKeyOrigin::File(path) => eprintln!("master key: {}", path.display()),
        MasterKeyOrigin::Made(path) => eprintln!(
            "master key: made now, in {}. Keep a copy elsewhere: without it nothing here can be opened",
            path.display()
        ),
    }
    announce_admin_key(&gateway.admin_key, data)?;
    eprintln!("data:       {}", data.path().display());
    if let Some(grpc) = &grpc {
        eprintln!("gRPC:       {grpc}");
    }
    data.write_endpoint(&Endpoint {
        grpc,
        admin: admin.clone(),
        ca_pem: gateway.certificate.clone(),
    })?;
    eprintln!("admin:      {admin} (/livez /readyz /metrics)");
    Ok(())
}
