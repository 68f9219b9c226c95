//! Debian's packages.

use crate::cargo;
use anyhow::Context as _;
use std::path::Path;
use std::process::{Command, Stdio};

/// Files that are there only while packages are installed: their paths, texts and modes. The tests
/// run their own servers, on ports of their own, so packages must neither start a daemon nor make a
/// cluster of databases.
const POLICIES: [(&str, &str, &str); 2] = [
    ("/usr/sbin/policy-rc.d", "#!/bin/sh\nexit 101\n", "755"),
    (
        "/etc/postgresql-common/createcluster.d/pushmail-tests.conf",
        "create_main_cluster = false\n",
        "644",
    ),
];
const HINT: &str = "apt-get failed: install the servers by hand, or use --without NAME";

/// Those of these packages that are not installed, sorted.
pub(super) fn missing<'a>(packages: &[&'a str]) -> Vec<&'a str> {
    let mut query = command(&["dpkg-query", "-W", "-f", "${Package} ${db:Status-Status}\n"]);
    // It fails if it does not know one of them, but still tells of the others.
    let output = query.args(packages).stderr(Stdio::null()).output();
    let output = output.map(|output| output.stdout).unwrap_or_default();
    let known = String::from_utf8_lossy(&output).into_owned();
    let is_missing = |name: &str| {
        !known
            .lines()
            .any(|line| line == format!("{name} installed"))
    };
    let mut missing: Vec<&str> = packages.to_vec();
    missing.retain(|name| is_missing(name));
    missing.sort_unstable();
    missing.dedup();
    missing
}

/// Whether this machine has apt.
pub(super) fn exists() -> bool {
    Path::new("/usr/bin/apt-get").exists()
}

/// Updates the lists of packages and installs these.
pub(super) fn install(packages: &[&str]) -> anyhow::Result<()> {
    let policies = set_policies()?;
    let installed = apt(&["update", "-qq"]).and_then(|()| {
        if packages.is_empty() {
            return Ok(());
        }
        let mut arguments = vec!["install", "-y", "-qq", "--no-install-recommends"];
        arguments.extend(packages);
        apt(&arguments)
    });
    for policy in policies {
        privileged(&["rm", "-f", policy])?;
    }
    installed
}

/// Downloads packages and unpacks them into one folder, which is there only once it is complete.
pub(super) fn unpack(packages: &[&str], folder: &Path) -> anyhow::Result<()> {
    let partial = super::partial(folder)?;
    let root = partial.join("root");
    std::fs::create_dir_all(&root)?;
    // Root's folder may be one that apt's own user cannot write to.
    let as_root = "APT::Sandbox::User=root";
    let mut download = command(&["apt-get", "download", "-qq", "-o", as_root]);
    download.args(packages).current_dir(&partial);
    cargo::run(download).context(HINT)?;
    for entry in std::fs::read_dir(&partial)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "deb") {
            let mut extract = command(&["dpkg", "-x"]);
            extract.arg(path).arg(&root);
            cargo::run(extract)?;
        }
    }
    super::replace(folder, &root)?;
    std::fs::remove_dir_all(partial)?;
    Ok(())
}

/// Writes those of the policies that are not there; their paths.
fn set_policies() -> anyhow::Result<Vec<&'static str>> {
    let mut set = Vec::new();
    for (path, text, mode) in POLICIES {
        if !Path::new(path).exists() {
            let write = r#"mkdir -p "${1%/*}" && printf %s "$2" >"$1" && chmod "$3" "$1""#;
            privileged(&["sh", "-c", write, "write", path, text, mode])?;
            set.push(path);
        }
    }
    Ok(set)
}

fn apt(arguments: &[&str]) -> anyhow::Result<()> {
    let mut all = vec!["env", "DEBIAN_FRONTEND=noninteractive", "apt-get"];
    all.extend(arguments);
    privileged(&all).context(HINT)
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
    command.args(&arguments[1..]).stdin(Stdio::null());
    command
}
