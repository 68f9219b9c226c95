//! The push mail gateway: every role and the command line in one binary.

mod api;
mod commands;
mod compose;
mod config;
mod credential;
mod data_dir;
mod exit;
mod locate;
mod options;
mod output;
#[cfg(feature = "plant")]
mod plant;
mod roles;

use clap::{Parser, Subcommand};
use exit::Exit;
use pushmail_control::admin_key::AdminKey;
use roles::Role;
use std::process::ExitCode;

/// Small blocks of many sizes that live long, beside large ones that do not: see `docs/adr/0010`.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

/// A push mail gateway: watches mailboxes and pushes new mail to devices.
#[derive(Debug, Parser)]
#[command(name = "pushmail", version, propagate_version = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Watch(commands::watch::WatchArgs),
    Serve(commands::serve::ServeArgs),
    /// Watches mailboxes, as a process of a fleet.
    Watcher(commands::serve::RoleArgs),
    /// Serves devices, as a process of a fleet.
    Delivery(commands::serve::RoleArgs),
    /// Serves operators and tenants' backends, as a process of a fleet.
    Control(commands::serve::RoleArgs),
    Ctl(commands::ctl::CtlArgs),
    Listen(commands::listen::ListenArgs),
    Demo(commands::demo::DemoArgs),
    Debug(commands::debug::DebugArgs),
    Backup(commands::backup::BackupArgs),
    Restore(commands::backup::RestoreArgs),
    NewGeneration(commands::new_generation::NewGenerationArgs),
    RotateMasterKey(commands::rotate_master_key::RotateArgs),
    /// Prints every setting with its default, as a configuration file.
    Config,
    /// Prints a new master key, for the processes of a fleet to share.
    MasterKey,
    /// Prints a new admin key, for PUSHMAIL_ADMIN_KEY of control processes.
    AdminKey,
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    std::panic::set_hook(Box::new(say_where));
    raise_open_files();
    let runtime = match tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => return failed(&error.into()).into(),
    };
    let exit = runtime
        .block_on(run(cli.command))
        .unwrap_or_else(|error| failed(&error));
    // A prompt or a blocked read must not hold the process back.
    runtime.shutdown_background();
    exit.into()
}

async fn run(command: Command) -> anyhow::Result<Exit> {
    match command {
        Command::Watch(args) => commands::watch::run(args).await,
        Command::Serve(args) => commands::serve::run(args).await,
        Command::Watcher(args) => commands::serve::run_role(Role::Watcher, args).await,
        Command::Delivery(args) => commands::serve::run_role(Role::Delivery, args).await,
        Command::Control(args) => commands::serve::run_role(Role::Control, args).await,
        Command::Ctl(args) => commands::ctl::run(args).await,
        Command::Listen(args) => commands::listen::run(args).await,
        Command::Demo(args) => commands::demo::run(args).await,
        Command::Debug(args) => commands::debug::run(&args),
        Command::Backup(args) => commands::backup::back_up(args).await,
        Command::Restore(args) => commands::backup::restore(args).await,
        Command::NewGeneration(args) => commands::new_generation::run(args).await,
        Command::RotateMasterKey(args) => commands::rotate_master_key::run(args).await,
        Command::Config => {
            print!("{}", config::DEFAULTS);
            Ok(Exit::Success)
        }
        Command::MasterKey => {
            let key = pushmail_seal::MasterKey::generate(&pushmail_runtime::SystemEntropy);
            println!("{}", key.to_base64().expose());
            Ok(Exit::Success)
        }
        Command::AdminKey => {
            let key = AdminKey::mint(&pushmail_runtime::SystemEntropy);
            println!("{}", key.into_secret().expose());
            Ok(Exit::Success)
        }
    }
}

/// Says where a panic happened, and nothing of what it was about: that may be somebody's mail.
fn say_where(panic: &std::panic::PanicHookInfo<'_>) {
    match panic.location() {
        Some(at) => eprintln!("pushmail: internal error at {}:{}", at.file(), at.line()),
        None => eprintln!("pushmail: internal error"),
    }
}

/// Takes as many open files as the system allows: each mailbox and each device needs one, and the
/// customary soft limit is 1,024.
fn raise_open_files() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit {
        current: limit.maximum,
        maximum: limit.maximum,
    };
    if let Err(error) = setrlimit(Resource::Nofile, raised) {
        tracing::debug!(%error, "the limit of open files stays as it is");
    }
}

/// What the program calls itself towards mail servers: name and version.
fn client_name() -> (String, String) {
    ("pushmail".into(), env!("CARGO_PKG_VERSION").into())
}

/// Returns when the user (SIGINT) or the system (SIGTERM) wants the program to end.
async fn interrupted() {
    use tokio::signal::unix::{SignalKind, signal};
    match (
        signal(SignalKind::interrupt()),
        signal(SignalKind::terminate()),
    ) {
        (Ok(mut interrupt), Ok(mut terminate)) => {
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
            }
        }
        // Without handlers a signal ends the program at once: nobody has to be told.
        _ => std::future::pending().await,
    }
}

fn failed(error: &anyhow::Error) -> Exit {
    eprintln!("pushmail: {error:#}");
    Exit::Failure
}
