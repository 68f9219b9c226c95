//! Opening the registry: what a file and a server have in common.

mod file;
mod server;

pub use file::back_up;
pub use server::ServerOptions;

use crate::SqlRegistry;
use pushmail_domain::SHARD_COUNT;
use pushmail_registry::{RegistryError, Settings};
use sqlx::migrate::MigrateError;
use std::error::Error;

/// The setting that holds the number of shards, as decimal digits.
const SHARD_COUNT_SETTING: &str = "shard_count";

/// Why the registry did not open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OpenErrorKind {
    /// The file cannot be opened, made or read, or is no registry.
    Unusable,
    /// The server cannot be reached, or refuses what is asked of it.
    Unreachable,
    /// A newer version of pushmail has changed its form.
    NewerSchema,
    /// Its form differs from what this version once gave it.
    ForeignSchema,
    /// It was made for another number of shards: this many.
    ShardCount(String),
}

/// The registry did not open.
#[derive(Debug)]
pub struct OpenError {
    /// Why.
    pub kind: OpenErrorKind,
    /// The file's path; or the server's URL, without the password.
    pub place: String,
    source: Option<Box<dyn Error + Send + Sync>>,
}

impl OpenError {
    fn new(
        kind: OpenErrorKind,
        place: &str,
        source: impl Into<Box<dyn Error + Send + Sync>>,
    ) -> Self {
        Self {
            kind,
            place: place.to_owned(),
            source: Some(source.into()),
        }
    }

    /// The schema could not be brought up to date; `otherwise` if that is not the schema's fault.
    fn of_schema(error: MigrateError, place: &str, otherwise: OpenErrorKind) -> Self {
        let kind = match error {
            MigrateError::VersionMissing(_) | MigrateError::VersionTooNew(..) => {
                OpenErrorKind::NewerSchema
            }
            MigrateError::VersionMismatch(_) | MigrateError::Dirty(_) => {
                OpenErrorKind::ForeignSchema
            }
            _ => otherwise,
        };
        Self::new(kind, place, error)
    }
}

impl std::fmt::Display for OpenError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "registry {}: ", self.place)?;
        f.write_str(match &self.kind {
            OpenErrorKind::Unusable => {
                "cannot be opened; check that its folder exists, that this user may write there, \
                and that the file is a registry"
            }
            OpenErrorKind::Unreachable => {
                "cannot be reached or refuses; check its URL, that the database exists, and that this \
                user may log in and make tables there"
            }
            OpenErrorKind::NewerSchema => {
                "a newer version of pushmail has written it; run that version or a later one"
            }
            OpenErrorKind::ForeignSchema => {
                "its form is not one that pushmail gave it; restore it from a backup"
            }
            OpenErrorKind::ShardCount(stored) => {
                return write!(
                    f,
                    "made for {stored} shards, and this program has {SHARD_COUNT}; run the version \
                    that made it: the number of shards does not change"
                );
            }
        })
    }
}

impl Error for OpenError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_ref().map(|source| source.as_ref() as _)
    }
}

impl SqlRegistry {
    /// This registry, closed again if it was made for another number of shards.
    async fn checked(self, place: &str, unreadable: OpenErrorKind) -> Result<Self, OpenError> {
        let wrong = match self.shard_count().await {
            Ok(count) if count == SHARD_COUNT.to_string() => return Ok(self),
            Ok(stored) => OpenError {
                kind: OpenErrorKind::ShardCount(stored),
                place: place.to_owned(),
                source: None,
            },
            Err(error) => OpenError::new(unreadable, place, error),
        };
        self.close().await;
        Err(wrong)
    }

    /// The number of shards that the registry was made for, as it is written there.
    async fn shard_count(&self) -> Result<String, RegistryError> {
        let ours = SHARD_COUNT.to_string();
        let stored = self
            .setting_or_insert(SHARD_COUNT_SETTING, ours.as_bytes())
            .await?;
        Ok(String::from_utf8_lossy(&stored).into_owned())
    }
}
