//! `cargo xtask cluster-test`: the chart on a real Kubernetes control plane.

mod kubernetes;

use crate::{cargo, chart, servers};
use anyhow::{Context as _, bail};
use clap::Args;
use std::path::PathBuf;

/// What Debian has of what is needed: the container runtime and its filter of system calls, namespaces, networks, and what an image
/// is put together with.
const PACKAGES: [&str; 8] = [
    "binutils",
    "ca-certificates",
    "golang-github-containers-common",
    "iproute2",
    "iptables",
    "mount",
    "runc",
    "util-linux",
];
/// The servers of the evaluation set.
const SERVERS: [&str; 3] = ["nats", "postgres", "redis"];

/// Installs the chart on a real Kubernetes control plane and upgrades, scales, rolls back and uninstalls it, while mail goes through:
/// none may be lost or doubled. docs/cluster-test.md says what is real, and what is not.
///
/// Needs root, Linux and Go, and builds etcd and Kubernetes from their sources into a cache at first: some 25 minutes on two processors.
/// `cargo xtask cluster-test -- --help` lists the arguments.
#[derive(Debug, Args)]
pub(crate) struct ClusterArgs {
    /// Arguments of the test.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    arguments: Vec<String>,
}

pub(crate) fn run(args: &ClusterArgs) -> anyhow::Result<bool> {
    servers::install_packages(&PACKAGES)?;
    for server in SERVERS {
        servers::install_only(server)?;
    }
    let kubernetes = kubernetes::programs(&servers::cache().join("cluster"))?;
    let helm = chart::tools::helm(&servers::cache().join("chart"))?;
    let build = [
        "build",
        "--quiet",
        "-p",
        "pushmail",
        "-p",
        "pushmail-operator",
        "-p",
        "pushmail-cluster",
    ];
    cargo::run(cargo::cargo(&build))?;
    let mut command = std::process::Command::new(built("pushmail-cluster")?);
    command
        .arg("--kubernetes")
        .arg(kubernetes)
        .arg("--helm")
        .arg(helm)
        .arg("--pushmail")
        .arg(built("pushmail")?)
        .arg("--operator")
        .arg(built("pushmail-operator")?)
        .arg("--nats")
        .arg(servers::program("nats"))
        .arg("--postgresql")
        .arg(servers::program("postgres").with_file_name(""))
        .arg("--redis")
        .arg(servers::program("redis"))
        .arg("--workspace")
        .arg(cargo::root())
        .args(&args.arguments);
    match command.status()?.code() {
        Some(0) => Ok(true),
        Some(1) => Ok(false),
        _ => bail!("the cluster test could not be run"),
    }
}

/// A program that was built.
fn built(name: &str) -> anyhow::Result<PathBuf> {
    let target = std::env::var_os("CARGO_TARGET_DIR").map(PathBuf::from);
    let target = target.unwrap_or_else(|| cargo::root().join("target"));
    let program = target.join("debug").join(name).canonicalize();
    program.with_context(|| format!("{name} was not built"))
}
