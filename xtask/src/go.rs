//! Programs and sources that come as Go modules.

use crate::cargo;
use anyhow::Context as _;
use serde::Deserialize;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What `go mod download -json` tells.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Module {
    dir: PathBuf,
}

/// Where the source of a module is, `path@version`, which is downloaded if it is missing. Nobody may write there.
pub(crate) fn module(name: &str) -> anyhow::Result<PathBuf> {
    let mut go = Command::new("go");
    // Outside of any module.
    go.args(["mod", "download", "-json", name]).current_dir("/");
    let told = cargo::output(go).context("it comes as a Go module: install Go")?;
    let module: Module = serde_json::from_str(&told)?;
    Ok(module.dir)
}

/// Builds a package, `path@version`, into a folder.
pub(crate) fn install(package: &str, folder: &Path) -> anyhow::Result<()> {
    let mut go = Command::new("go");
    go.args(["install", package]).env("GOBIN", folder);
    cargo::run(go).context("it is built with Go: install that")
}

/// Builds a package of the module in a folder, without symbols; `define` sets variables of the program.
pub(crate) fn build(
    folder: &Path,
    package: &str,
    program: &Path,
    define: &[&str],
) -> anyhow::Result<()> {
    let mut flags = "-s -w".to_owned();
    for variable in define {
        flags.push_str(" -X ");
        flags.push_str(variable);
    }
    let mut go = Command::new("go");
    go.args(["build", "-trimpath", "-ldflags", &flags, "-o"])
        .arg(program)
        .arg(package)
        .current_dir(folder);
    cargo::run(go).context("it is built with Go: install that")
}
