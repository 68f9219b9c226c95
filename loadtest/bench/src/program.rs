//! The gateway's program.

use anyhow::{Context as _, bail};
use std::path::PathBuf;
use std::process::Command;

/// Builds the gateway in the release profile, and returns where it is: beside this program.
pub(crate) fn build() -> anyhow::Result<PathBuf> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let status = Command::new(cargo)
        .args(["build", "--quiet", "--release", "--package", "pushmail"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .status()?;
    if !status.success() {
        bail!("the gateway cannot be built");
    }
    let here = std::env::current_exe()?;
    let program = here
        .parent()
        .context("this program is in no folder")?
        .join("pushmail");
    if cfg!(debug_assertions) {
        bail!("run this with --release: figures of an unoptimised build mean nothing");
    }
    Ok(program)
}
