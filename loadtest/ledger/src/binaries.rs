//! The programs under test, as cargo builds them.

use anyhow::{Context as _, bail};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Where the programs are.
pub(crate) struct Binaries {
    pub(crate) pushmail: PathBuf,
    pub(crate) powercut: PathBuf,
}

/// This gateway, and the power cut library that has been built.
pub(crate) fn with(pushmail: PathBuf) -> anyhow::Result<Binaries> {
    let powercut = pushmail_powercut::preload_library(&std::env::current_exe()?)?;
    Ok(Binaries { pushmail, powercut })
}

/// Builds the gateway, with rules that can be broken if one is to be, and the power cut library.
///
/// The gateway is copied into `directory`, so that a later build cannot change what runs.
pub(crate) fn build(plants: bool, directory: &Path) -> anyhow::Result<Binaries> {
    cargo(&[
        "build",
        "--quiet",
        "--package",
        "pushmail-powercut",
        "--example",
        "powercut",
    ])?;
    let mut arguments = vec!["build", "--quiet", "--package", "pushmail"];
    if plants {
        arguments.extend(["--features", "plant"]);
    }
    cargo(&arguments)?;
    let built = std::env::current_exe()?;
    let built = built.parent().context("this program is in no folder")?;
    let pushmail = directory.join("pushmail");
    std::fs::copy(built.join("pushmail"), &pushmail)
        .context("the built gateway is not where cargo puts it")?;
    with(pushmail)
}

fn cargo(arguments: &[&str]) -> anyhow::Result<()> {
    let program = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(program);
    command
        .args(arguments)
        .current_dir(env!("CARGO_MANIFEST_DIR"));
    if !command.status()?.success() {
        bail!("{command:?} failed");
    }
    Ok(())
}
