//! Copies of a server's data.

use std::fs;
use std::io;
use std::path::Path;
use std::process::Command;
use tempfile::TempDir;

/// A copy of a server's data at one time; removed when this is dropped.
#[derive(Debug)]
pub struct Backup(TempDir);

impl Backup {
    pub(super) fn of(data: &Path) -> io::Result<Self> {
        let folder = tempfile::Builder::new()
            .prefix("pushmail-backup-")
            .tempdir()?;
        copy(data, &folder.path().join("data"))?;
        Ok(Self(folder))
    }

    pub(super) fn restore(&self, data: &Path) -> io::Result<()> {
        fs::remove_dir_all(data)?;
        copy(&self.0.path().join("data"), data)
    }
}

/// Copies a folder with its owners and permissions to where nothing is yet.
fn copy(from: &Path, to: &Path) -> io::Result<()> {
    let output = Command::new("cp").arg("-a").arg(from).arg(to).output()?;
    if output.status.success() {
        return Ok(());
    }
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    Err(io::Error::other(errors))
}
