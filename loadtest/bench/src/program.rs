//! The gateway's program.

use anyhow::{Context as _, bail};
use std::path::PathBuf;
use std::process::Command;

/// Names a gateway that is built already.
const BUILT: &str = "PUSHMAIL_PROGRAM";

/// Builds the gateway in the release profile, and returns where it is: beside this program. `PUSHMAIL_PROGRAM` names
/// one that is built already; only with that may this program be one for debugging, to try the measurement itself.
pub(crate) fn build() -> anyhow::Result<PathBuf> {
    if let Some(built) = std::env::var_os(BUILT) {
        if cfg!(debug_assertions) {
            eprintln!("figures of an unoptimised build mean nothing");
        }
        return Ok(built.into());
    }
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
