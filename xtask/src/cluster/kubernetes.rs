//! etcd and Kubernetes, built from their sources.

use crate::chart::tools::KUBERNETES;
use crate::{cargo, go};
use anyhow::Context as _;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

const ETCD: &str = "go.etcd.io/etcd/server/v3";
const ETCD_VERSION: &str = "3.6.5";
const PROGRAMS: [&str; 5] = [
    "kube-apiserver",
    "kube-controller-manager",
    "kube-proxy",
    "kube-scheduler",
    "kubectl",
];
/// What a module replaces by a folder beside it.
const BESIDE: &str = " => ./staging/";

/// Builds what is missing into a folder of its version, and says so first; the folder.
pub(super) fn programs(cache: &Path) -> anyhow::Result<PathBuf> {
    let folder = cache.join(KUBERNETES);
    fs::create_dir_all(&folder)?;
    let etcd = folder.join("etcd");
    if !etcd.exists() {
        eprintln!("-- building etcd {ETCD_VERSION}, which takes some minutes");
        let module = module(ETCD, ETCD_VERSION, "", &[ETCD.to_owned()])?;
        build(module.path(), ETCD, &etcd, &[])?;
    }
    let missing = PROGRAMS
        .into_iter()
        .filter(|name| !folder.join(name).exists());
    let missing: Vec<&str> = missing.collect();
    if missing.is_empty() {
        return Ok(folder);
    }
    eprintln!("-- building Kubernetes {KUBERNETES}, which takes some 20 minutes");
    let packages = PROGRAMS.map(|name| format!("k8s.io/kubernetes/cmd/{name}"));
    let module = module("k8s.io/kubernetes", KUBERNETES, &replaced()?, &packages)?;
    let variables = versions();
    let variables: Vec<&str> = variables.iter().map(String::as_str).collect();
    for name in missing {
        eprintln!("   {name}");
        let package = format!("k8s.io/kubernetes/cmd/{name}");
        build(module.path(), &package, &folder.join(name), &variables)?;
    }
    Ok(folder)
}

/// Builds a program, which is there only once it is complete.
fn build(module: &Path, package: &str, program: &Path, define: &[&str]) -> anyhow::Result<()> {
    let partial = program.with_extension("partial");
    go::build(module, package, &partial, define)?;
    Ok(fs::rename(partial, program)?)
}

/// A module that is thrown away, which needs this one in this version for these packages: what has replacements in its own `go.mod` cannot be
/// installed directly.
fn module(
    path: &str,
    version: &str,
    replaced: &str,
    packages: &[String],
) -> anyhow::Result<tempfile::TempDir> {
    let folder = tempfile::tempdir()?;
    let text = format!("module pushmail/built\n\nrequire {path} v{version}\n{replaced}");
    fs::write(folder.path().join("go.mod"), text)?;
    // Without a version, the newest would replace the one that is required.
    let packages = packages.iter().map(|name| format!("{name}@v{version}"));
    let mut get = Command::new("go");
    get.arg("get").args(packages).current_dir(folder.path());
    cargo::run(get).context("Kubernetes is built with Go: install that")?;
    Ok(folder)
}

/// The modules that Kubernetes has beside itself, in the versions that are published of them.
fn replaced() -> anyhow::Result<String> {
    let source = go::module(&format!("k8s.io/kubernetes@v{KUBERNETES}"))?;
    let version = published(KUBERNETES);
    let mut text = String::new();
    for line in fs::read_to_string(source.join("go.mod"))?.lines() {
        if let Some((name, _)) = line.trim().split_once(BESIDE) {
            writeln!(text, "replace {name} => {name} v{version}")?;
        }
    }
    Ok(text)
}

/// Kubernetes 1.x.y publishes these modules as 0.x.y.
fn published(version: &str) -> String {
    let rest = version.split_once('.').map_or(version, |(_, rest)| rest);
    format!("0.{rest}")
}

/// What the programs say of themselves: without, they are of no version.
fn versions() -> Vec<String> {
    let mut parts = KUBERNETES.split('.');
    let (major, minor) = (parts.next().unwrap_or("1"), parts.next().unwrap_or("0"));
    let of = |name: &str, value: &str| format!("k8s.io/component-base/version.{name}={value}");
    vec![
        of("gitVersion", &format!("v{KUBERNETES}")),
        of("gitMajor", major),
        of("gitMinor", minor),
        of("gitTreeState", "clean"),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_modules_beside_have_versions_of_their_own() {
        assert_eq!(published("1.34.0"), "0.34.0");
    }
}
