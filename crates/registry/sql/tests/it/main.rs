//! The registry's contract on a SQLite file and in a PostgreSQL database, what happens when two write
//! at once, and what only a file or only a server can show.
#![expect(clippy::unwrap_used, reason = "a helper that fails fails its test")]

mod file;
mod postgres;
mod races;

use pushmail_registry_sql::{ServerOptions, SqlRegistry};
use pushmail_testkit::Postgres;
use tempfile::TempDir;

/// An empty registry in a file, and the folder that it is in.
async fn file() -> Option<(SqlRegistry, TempDir)> {
    let folder = tempfile::tempdir().unwrap();
    let registry = SqlRegistry::open(&folder.path().join("registry.db"))
        .await
        .unwrap();
    Some((registry, folder))
}

/// An empty registry at the shared server; `None` if it is to be done without.
async fn database() -> Option<(SqlRegistry, ())> {
    let url = Postgres::shared()?.database();
    let registry = SqlRegistry::connect(&url, &ServerOptions::default()).await;
    Some((registry.unwrap(), ()))
}

mod contract {
    mod file {
        pushmail_registry::registry_contract!(crate::file());
    }
    mod database {
        pushmail_registry::registry_contract!(crate::database());
    }
}
