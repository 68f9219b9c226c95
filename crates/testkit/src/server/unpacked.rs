//! A server that is unpacked and not installed.

use super::cache;
use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};

/// The unpacked packages of one server.
pub(crate) struct Unpacked(PathBuf);

impl Unpacked {
    /// Those of the server with this name; `program` is one of the files in them.
    pub(crate) fn find(name: &str, program: &str) -> io::Result<Self> {
        let folder = cache::folder().join(name);
        if folder.join(program).exists() {
            return Ok(Self(folder));
        }
        Err(io::Error::other(format!(
            "it is not in {}: `cargo xtask test` puts it there, or set {}",
            folder.display(),
            cache::VARIABLE
        )))
    }

    /// The folder that stands for `/`.
    pub(crate) fn root(&self) -> &Path {
        &self.0
    }

    /// A file in it.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// Where the dynamic linker has to look for its libraries: `/usr/lib` and the folders in there
    /// that are named after an architecture.
    pub(crate) fn library_path(&self) -> io::Result<OsString> {
        let libraries = self.path("usr/lib");
        let mut folders = vec![libraries.clone()];
        for entry in std::fs::read_dir(libraries)? {
            let entry = entry?;
            if entry.file_name().to_string_lossy().contains("-linux-gnu") {
                folders.push(entry.path());
            }
        }
        std::env::join_paths(folders).map_err(io::Error::other)
    }
}
