//! Programs that come as packages for Python.

use crate::cargo;
use anyhow::Context as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The folder of an environment's programs, `python` among them, with these packages, which are installed into it if they are missing.
pub(crate) fn environment(folder: &Path, packages: &[&str]) -> anyhow::Result<PathBuf> {
    let environment = folder.join("python");
    let programs = environment.join("bin");
    let complete = environment.join("complete");
    let wanted = packages.join(" ");
    if fs::read_to_string(&complete).is_ok_and(|has| has == wanted) {
        return Ok(programs);
    }
    eprintln!(
        "-- installing for Python, into {}: {wanted}",
        folder.display()
    );
    let mut venv = Command::new("python3");
    venv.args(["-m", "venv"]).arg(&environment);
    cargo::run(venv).context("Python needs its module venv")?;
    let mut pip = Command::new(programs.join("python"));
    pip.args(["-m", "pip", "install", "--quiet"]).args(packages);
    cargo::run(pip)?;
    fs::write(complete, wanted)?;
    Ok(programs)
}
