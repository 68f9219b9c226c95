//! The registry's contract on a SQLite file, and what only a file can show.
#![expect(clippy::unwrap_used, reason = "a helper that fails fails its test")]

mod file;

use pushmail_registry_sql::SqlRegistry;
use tempfile::TempDir;

/// An empty registry, and the folder that it is in.
async fn fresh() -> Option<(SqlRegistry, TempDir)> {
    let folder = tempfile::tempdir().unwrap();
    let registry = SqlRegistry::open(&folder.path().join("registry.db"))
        .await
        .unwrap();
    Some((registry, folder))
}

mod contract {
    pushmail_registry::registry_contract!(super::fresh());
}
