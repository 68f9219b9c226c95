//! The operator's program.

use anyhow::Context as _;
use clap::{Args, Parser, Subcommand, ValueEnum};
use pushmail_operator::control::Access;
use pushmail_operator::{Config, Operator, crd};
use pushmail_runtime::{Lifecycle, LogFormat, Outcome, init_logging};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

/// How long what is being done may take when the process ends.
const GRACE: Duration = Duration::from_secs(10);

/// The Kubernetes operator of a pushmail fleet: sizes and rolls its watchers, and keeps tenants as they are declared.
#[derive(Debug, Parser)]
#[command(name = "pushmail-operator", version, propagate_version = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Run(RunArgs),
    Crds(CrdsArgs),
}

/// Runs the operator, of which several may run: one leads.
///
/// SIGTERM or SIGINT ends it. Exit codes: 0 ended, 1 failed, or another one leads.
#[derive(Debug, Args)]
struct RunArgs {
    /// The namespace of the fleet, its pools and its tenants.
    #[arg(long, env = "PUSHMAIL_OPERATOR_NAMESPACE")]
    namespace: String,
    /// What this process is called among those that may lead; in a pod, the pod's name.
    #[arg(long, env = "PUSHMAIL_OPERATOR_NAME")]
    name: String,
    /// The lease that whoever leads has.
    #[arg(
        long,
        env = "PUSHMAIL_OPERATOR_LEASE",
        value_name = "NAME",
        default_value = "pushmail-operator"
    )]
    lease: String,
    /// Where control is.
    #[arg(long, env = "PUSHMAIL_OPERATOR_CONTROL", value_name = "URL")]
    control: String,
    /// PEM file of the authority that signed control's certificate; a public one otherwise.
    #[arg(long, env = "PUSHMAIL_OPERATOR_CONTROL_CA", value_name = "FILE")]
    control_ca: Option<PathBuf>,
    /// The file with the admin key.
    #[arg(long, env = "PUSHMAIL_OPERATOR_ADMIN_KEY_FILE", value_name = "FILE")]
    admin_key_file: PathBuf,
    /// Where /livez and /readyz are served.
    #[arg(
        long,
        env = "PUSHMAIL_OPERATOR_ADMIN",
        value_name = "ADDRESS",
        default_value = "127.0.0.1:7480"
    )]
    admin: SocketAddr,
    /// How log lines are written.
    #[arg(
        long,
        env = "PUSHMAIL_OPERATOR_LOG_FORMAT",
        value_enum,
        default_value = "text"
    )]
    log_format: Format,
    /// Which log lines are written.
    #[arg(
        long,
        env = "PUSHMAIL_OPERATOR_LOG_FILTER",
        value_name = "FILTER",
        default_value = "info"
    )]
    log_filter: String,
}

/// Writes the definitions of the custom resources, each into a file of its own.
#[derive(Debug, Args)]
struct CrdsArgs {
    /// The folder for them.
    folder: PathBuf,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Format {
    Text,
    Json,
}

fn main() -> ExitCode {
    let done = match Cli::parse().command {
        Command::Run(args) => run(args),
        Command::Crds(args) => write_definitions(&args),
    };
    match done {
        Ok(code) => code,
        Err(error) => {
            eprintln!("pushmail-operator: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn write_definitions(args: &CrdsArgs) -> anyhow::Result<ExitCode> {
    for (name, text) in crd::files()? {
        let path = args.folder.join(name);
        std::fs::write(&path, text).with_context(|| path.display().to_string())?;
    }
    Ok(ExitCode::SUCCESS)
}

#[tokio::main]
async fn run(args: RunArgs) -> anyhow::Result<ExitCode> {
    let format = match args.log_format {
        Format::Text => LogFormat::Text,
        Format::Json => LogFormat::Json,
    };
    init_logging(format, &args.log_filter);
    let lifecycle = Lifecycle::new();
    let config = Config {
        namespace: args.namespace,
        name: args.name,
        lease: args.lease,
        control: Access {
            url: args.control,
            ca: args.control_ca,
            admin_key: args.admin_key_file,
        },
        admin: args.admin,
    };
    let operator = Operator::build(config, lifecycle.clone()).await?;
    operator.start().await?;
    Ok(match lifecycle.run_until_signal(GRACE).await {
        Outcome::Clean | Outcome::Forced => ExitCode::SUCCESS,
        Outcome::Failed => ExitCode::FAILURE,
    })
}
