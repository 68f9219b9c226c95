//! The program under test, as cargo builds it.

use anyhow::{Context as _, bail};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Builds the gateway, with rules that can be broken or as it is shipped, and copies it into the folder, so that a later
/// build does not change what runs.
pub(crate) fn build(folder: &Path, breakable: bool) -> anyhow::Result<PathBuf> {
    eprintln!("building");
    let program = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(program);
    command
        .args(["build", "--quiet", "--package", "pushmail"])
        .current_dir(env!("CARGO_MANIFEST_DIR"));
    if breakable {
        command.args(["--features", "plant"]);
    }
    if !command.status()?.success() {
        bail!("{command:?} failed");
    }
    let built = std::env::current_exe()?;
    let built = built.parent().context("this program is in no folder")?;
    let copy = folder.join("pushmail");
    std::fs::copy(built.join("pushmail"), &copy)
        .context("the built gateway is not where cargo puts it")?;
    Ok(copy)
}
