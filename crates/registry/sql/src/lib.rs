//! The registry on SQL databases: SQLite, in one file.
//!
//! The file is in WAL mode with `synchronous=FULL`: what was answered survives a power cut. All
//! writes go through one connection, each in a transaction of its own, so that none finds the file
//! locked; reads have connections of their own and see every answered write.
//!
//! Statements keep to what SQLite and PostgreSQL share; what is SQLite's alone is in `open` and in
//! [`SqlRegistry`]'s `write`.

mod accounts;
mod changes;
mod checkpoints;
mod devices;
mod open;
mod settings;
mod subscriptions;
mod tenants;
mod value;

pub use open::{OpenError, OpenErrorKind};

use pushmail_registry::RegistryError;
use sqlx::{Sqlite, SqlitePool, Transaction};

type Result<T> = std::result::Result<T, RegistryError>;

/// The registry in a SQLite file. Opened by [`SqlRegistry::open`]; one process has it open at a time.
#[derive(Debug, Clone)]
pub struct SqlRegistry {
    writer: SqlitePool,
    readers: SqlitePool,
}

impl SqlRegistry {
    /// Closes the file once what is under way has ended. Operations after this fail.
    pub async fn close(&self) {
        self.readers.close().await;
        self.writer.close().await;
    }

    /// Begins a transaction that may write: it holds the write lock from the start, so that what it
    /// has read cannot change before it writes.
    async fn write(&self) -> Result<Transaction<'static, Sqlite>> {
        self.writer
            .begin_with("BEGIN IMMEDIATE")
            .await
            .map_err(value::failed)
    }
}
