//! The registry on SQL databases: SQLite in one file, or PostgreSQL 15 and later.
//!
//! A SQLite file is in WAL mode with `synchronous=FULL`: what was answered survives a power cut. All
//! writes go through one connection, each in a transaction of its own, so that none finds the file
//! locked; reads have connections of their own and see every answered write.
//!
//! A PostgreSQL database serves many processes at once. Writes are `READ COMMITTED`, and each first
//! locks the row that decides: the change feed's counter, the tenant, the subscription, the shard.
//! All take the locks that they share in the same order, the counter first. What still gets in each
//! other's way is done again: see [`SqlRegistry`]'s `run`.
//!
//! Statements keep to what the two share, and number their own placeholders; what they do not share
//! is in `engine`, `open` and `schema`.

mod accounts;
mod attempts;
mod changes;
mod checkpoints;
mod devices;
mod engine;
mod generations;
mod open;
mod schema;
mod settings;
mod statement;
mod subscriptions;
mod tenants;
mod value;

pub use open::{OpenError, OpenErrorKind, ServerOptions, back_up};

use engine::Engine;
use pushmail_registry::RegistryError;
use sqlx::{Any, AnyPool, Transaction};
use std::time::Duration;

type Result<T> = std::result::Result<T, RegistryError>;

/// The registry in a SQL database: in a file, opened by [`SqlRegistry::open`], one process at a time;
/// or at a server, by [`SqlRegistry::connect`]. Clones share its connections.
#[derive(Debug, Clone)]
pub struct SqlRegistry {
    engine: Engine,
    writers: AnyPool,
    readers: AnyPool,
    /// How long an operation may take; a file has no limit.
    limit: Option<Duration>,
}

impl SqlRegistry {
    /// Closes the connections once what is under way has ended. Operations after this fail.
    pub async fn close(&self) {
        self.readers.close().await;
        self.writers.close().await;
    }

    /// Begins a transaction that may write.
    async fn write(&self) -> Result<Transaction<'static, Any>> {
        let begun = self.writers.begin_with(self.engine.begin_writing());
        begun.await.map_err(value::failed)
    }

    /// Begins a transaction whose statements all see the same moment.
    async fn read(&self) -> Result<Transaction<'static, Any>> {
        let begun = self.readers.begin_with(self.engine.begin_reading());
        begun.await.map_err(value::failed)
    }
}
