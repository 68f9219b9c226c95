//! The real servers that the tests run against, installed by the system's package manager.

use crate::cargo;
use anyhow::{Context as _, bail};
use std::path::Path;
use std::process::Command;

/// A server that tests need.
struct Server {
    name: &'static str,
    program: &'static str,
    packages: &'static [&'static str],
}

const SERVERS: [Server; 1] = [Server {
    name: "dovecot",
    program: "/usr/sbin/dovecot",
    packages: &["dovecot-core", "dovecot-imapd", "dovecot-lmtpd"],
}];

/// Keeps a package from starting its daemon while it is installed.
const POLICY: &str = "/usr/sbin/policy-rc.d";

/// The names of all servers.
pub(crate) fn names() -> Vec<&'static str> {
    SERVERS.iter().map(|server| server.name).collect()
}

/// Installs the servers that are missing, and says so first.
pub(crate) fn install(without: &[String]) -> anyhow::Result<()> {
    let missing: Vec<&Server> = SERVERS
        .iter()
        .filter(|server| !without.iter().any(|name| name == server.name))
        .filter(|server| !Path::new(server.program).exists())
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    let names: Vec<&str> = missing.iter().map(|server| server.name).collect();
    let packages: Vec<&str> = missing
        .iter()
        .flat_map(|server| server.packages)
        .copied()
        .collect();
    println!(
        "-- installing {} for the tests: {}",
        names.join(", "),
        packages.join(" ")
    );
    if !Path::new("/usr/bin/apt-get").exists() {
        bail!(
            "this machine has no apt-get: install {} by hand, or leave the tests out with --without NAME",
            names.join(", ")
        );
    }
    let made_policy = forbid_daemons()?;
    let installed = apt(&["update", "-qq"]).and_then(|()| {
        let mut arguments = vec!["install", "-y", "-qq", "--no-install-recommends"];
        arguments.extend(&packages);
        apt(&arguments)
    });
    if made_policy {
        privileged(&["rm", "-f", POLICY])?;
    }
    installed
}

/// Packages must not start daemons: the tests run their own, on ports of their own.
fn forbid_daemons() -> anyhow::Result<bool> {
    if Path::new(POLICY).exists() {
        return Ok(false);
    }
    privileged(&[
        "sh",
        "-c",
        &format!("printf '#!/bin/sh\\nexit 101\\n' > {POLICY} && chmod 755 {POLICY}"),
    ])?;
    Ok(true)
}

fn apt(arguments: &[&str]) -> anyhow::Result<()> {
    let mut all = vec!["env", "DEBIAN_FRONTEND=noninteractive", "apt-get"];
    all.extend(arguments);
    privileged(&all).context("apt-get failed: install the servers by hand, or use --without NAME")
}

/// Runs a command as root: as it is, or through sudo.
fn privileged(arguments: &[&str]) -> anyhow::Result<()> {
    let root = cargo::output(command(&["id", "-u"]))?.trim() == "0";
    let mut all = if root { vec![] } else { vec!["sudo", "-n"] };
    all.extend(arguments);
    cargo::run(command(&all))
}

fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(arguments[0]);
    command
        .args(&arguments[1..])
        .stdin(std::process::Stdio::null());
    command
}
