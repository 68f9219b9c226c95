//! The temporary folder of a server.

use super::Owner;
use crate::certs::Authority;
use std::fs::Permissions;
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

/// A temporary folder; removed when this is dropped.
pub(crate) struct Files {
    folder: tempfile::TempDir,
    owner: Owner,
}

impl Files {
    pub(crate) fn new(name: &str) -> io::Result<Self> {
        let folder = tempfile::Builder::new()
            .prefix(&format!("pushmail-{name}-"))
            .tempdir()?;
        // The server's unprivileged processes must reach what is inside.
        std::fs::set_permissions(folder.path(), Permissions::from_mode(0o755))?;
        Ok(Self {
            folder,
            owner: Owner::current()?,
        })
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes a file that the server can read.
    pub(crate) fn write(&self, name: &str, text: &str) -> io::Result<PathBuf> {
        let path = self.path(name);
        std::fs::write(&path, text)?;
        Ok(path)
    }

    /// Makes a folder for the server to write to.
    pub(crate) fn make_folder(&self, name: &str) -> io::Result<PathBuf> {
        let path = self.path(name);
        self.owner.make_folder(&path)?;
        Ok(path)
    }

    pub(crate) fn owner(&self) -> &Owner {
        &self.owner
    }

    /// What the server writes to standard output and standard error.
    pub(crate) fn output(&self) -> PathBuf {
        self.path("output")
    }

    /// Writes a certificate for `localhost` and `127.0.0.1`, and its key: `server.pem` and
    /// `server.key`. The certificate, in PEM, of the authority that signed it.
    pub(super) fn write_certificate(&self) -> io::Result<String> {
        let authority = Authority::new()?;
        let issued = authority.issue(&["localhost", "127.0.0.1"])?;
        self.write("server.pem", &issued.cert_pem)?;
        self.write("server.key", &issued.key_pem)?;
        Ok(authority.pem())
    }
}
