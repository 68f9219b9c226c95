//! Why a key or a sealed value was not accepted.

use std::path::{Path, PathBuf};

/// Why a sealed value did not open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum SealError {
    /// It is not a sealed value of a format and key version known here.
    #[error(
        "the sealed value has an unknown form: it is damaged, or a newer version of pushmail wrote it"
    )]
    UnknownForm,
    /// It was sealed by another key, belongs to something else, or was changed.
    #[error(
        "the sealed value does not open: another key sealed it, it belongs elsewhere, or it was changed"
    )]
    Refused,
}

/// Why a master key could not be read or written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum KeyErrorKind {
    /// The file could not be read.
    Read,
    /// The file could not be written, or exists already.
    Write,
    /// Others than its owner may use the file.
    Exposed,
    /// The text is not 32 bytes in base64.
    Form,
}

/// A master key could not be read or written. Never tells what the key or the text was.
#[derive(Debug)]
pub struct KeyError {
    /// Why.
    pub kind: KeyErrorKind,
    /// The file, if the key is in one.
    pub path: Option<PathBuf>,
    source: Option<std::io::Error>,
}

impl KeyError {
    pub(crate) const fn new(kind: KeyErrorKind) -> Self {
        Self {
            kind,
            path: None,
            source: None,
        }
    }

    pub(crate) fn at(mut self, path: &Path) -> Self {
        self.path = Some(path.to_owned());
        self
    }

    pub(crate) fn because(mut self, source: std::io::Error) -> Self {
        self.source = Some(source);
        self
    }
}

impl std::fmt::Display for KeyError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("master key")?;
        if let Some(path) = &self.path {
            write!(f, " file {}", path.display())?;
        }
        f.write_str(match self.kind {
            KeyErrorKind::Read => ": cannot be read; check that it exists and who may read it",
            KeyErrorKind::Write => {
                ": cannot be written; check that it does not exist yet and that its folder does"
            }
            KeyErrorKind::Exposed => {
                ": others than its owner may use it; make it private with `chmod 600`"
            }
            KeyErrorKind::Form => {
                ": must be one line of base64 that holds 32 bytes, as `openssl rand -base64 32` makes it"
            }
        })
    }
}

impl std::error::Error for KeyError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_ref().map(|source| source as _)
    }
}
