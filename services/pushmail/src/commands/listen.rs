//! `pushmail listen`: the reference device client.

mod printer;

use crate::api::GatewayArgs;
use crate::exit::Exit;
use anyhow::{Context as _, bail};
use clap::Args;
use printer::Printer;
use pushmail_device::{
    BackoffConfig, ClientError, ClientErrorKind, Config, Deps, FileStore, MemoryStore, ResumeStore,
};
use pushmail_domain::{DeviceToken, Secret};
use pushmail_runtime::{SystemClock, SystemEntropy};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

/// Receives events as a device does: acknowledges, and resumes where it was.
///
/// Exit codes: 0 ended by the user, 1 failed, 3 the gateway refused a token.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  TOKEN=$(pushmail ctl device token ten_… dev_…) pushmail listen --token-env TOKEN")]
pub(crate) struct ListenArgs {
    #[command(flatten)]
    gateway: GatewayArgs,
    /// Take the device's token from this environment variable.
    #[arg(long, value_name = "NAME", required_unless_present = "token_file")]
    token_env: Option<String>,
    /// Take tokens from this file, one per line; each is a device of its own.
    #[arg(long, value_name = "FILE", conflicts_with = "token_env")]
    token_file: Option<PathBuf>,
    /// Keep in this folder, a file per device, where each device was: a restart goes on from there.
    #[arg(long, value_name = "DIR")]
    state: Option<PathBuf>,
    /// One JSON object per line.
    #[arg(long)]
    json: bool,
}

pub(crate) async fn run(args: ListenArgs) -> anyhow::Result<Exit> {
    let gateway = args.gateway.gateway()?;
    let tokens = tokens(&args)?;
    let stop = CancellationToken::new();
    let interrupted = stop.clone();
    tokio::spawn(async move {
        crate::interrupted().await;
        interrupted.cancel();
    });
    let deps = Deps {
        clock: Arc::new(SystemClock),
        entropy: Arc::new(SystemEntropy),
    };
    let mut clients = JoinSet::new();
    for token in tokens {
        let device = device_of(&token)?;
        let store = store(args.state.as_deref(), &device)?;
        let config = Config {
            endpoint: gateway.url.clone(),
            ca_pem: gateway.ca_pem.clone().map(String::into_bytes),
            token,
            backoff: BackoffConfig::default(),
        };
        let mut printer = Printer::new(device, args.json);
        let (deps, stop) = (deps.clone(), stop.clone());
        clients.spawn(async move {
            pushmail_device::run(config, deps, store, &mut printer, stop).await
        });
    }
    let mut exit = Exit::Success;
    while let Some(ended) = clients.join_next().await {
        if let Err(error) = ended.context("a device client panicked")? {
            exit = refused(&error);
        }
    }
    Ok(exit)
}

fn refused(error: &ClientError) -> Exit {
    eprintln!("pushmail: {error}");
    match error.kind {
        ClientErrorKind::Unauthenticated => Exit::AuthRejected,
        _ => Exit::Failure,
    }
}

fn tokens(args: &ListenArgs) -> anyhow::Result<Vec<Secret<String>>> {
    let text = match (&args.token_env, &args.token_file) {
        (Some(name), _) => std::env::var(name)
            .ok()
            .with_context(|| format!("--token-env {name}: the environment variable is not set"))?,
        (None, Some(path)) => std::fs::read_to_string(path)
            .with_context(|| format!("--token-file {}: cannot be read", path.display()))?,
        (None, None) => String::new(),
    };
    let words = text
        .split_whitespace()
        .map(|word| Secret::new(word.to_owned()));
    let tokens: Vec<Secret<String>> = words.collect();
    if tokens.is_empty() {
        bail!("no device token was given: `pushmail ctl device token` makes one");
    }
    Ok(tokens)
}

fn device_of(token: &Secret<String>) -> anyhow::Result<String> {
    let token = DeviceToken::parse(token.expose());
    let token = token.context("this is no device token: one starts with pmd_")?;
    Ok(token.device().to_string())
}

fn store(folder: Option<&Path>, device: &str) -> anyhow::Result<Box<dyn ResumeStore>> {
    let Some(folder) = folder else {
        return Ok(Box::new(MemoryStore::default()));
    };
    std::fs::create_dir_all(folder)
        .with_context(|| format!("--state {}: cannot be made", folder.display()))?;
    Ok(Box::new(FileStore::new(
        folder.join(format!("{device}.json")),
    )))
}
