//! The gateway's control, as the operator needs it.

mod grpc;

pub use grpc::{Access, GrpcControl};

use async_trait::async_trait;

/// A worker, as the fleet knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FleetWorker {
    /// Identity, `wrk_` and 26 characters; another one after each start.
    pub id: String,
    /// Its pod's name.
    pub name: String,
    /// When it started, in seconds since 1970.
    pub started_at: i64,
    /// Whether it hands its shards over and takes none.
    pub draining: bool,
    /// How many shards it owns.
    pub shards: u32,
}

/// A fleet, as it knows itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fleet {
    /// All workers.
    pub workers: Vec<FleetWorker>,
    /// How many accounts all shards have, with an owner or without.
    pub accounts: u64,
}

/// Control could not be asked, or refused.
#[derive(Debug, thiserror::Error)]
#[error("control {doing}: {why}")]
pub struct ControlError {
    /// What was being done.
    pub doing: &'static str,
    /// What it said, or why it could not be reached.
    pub why: String,
}

/// What the operator asks of control.
#[async_trait]
pub trait Control: Send + Sync {
    /// The workers and how many accounts there are.
    ///
    /// # Errors
    ///
    /// If control cannot be asked, or does not know now.
    async fn fleet(&self) -> Result<Fleet, ControlError>;

    /// Has the worker with this id hand over all it has. One that is gone has.
    ///
    /// # Errors
    ///
    /// If control cannot be asked.
    async fn drain(&self, worker: &str) -> Result<(), ControlError>;

    /// Makes a tenant and returns its id; the same one for the same `request_id` (1 to 64 characters).
    ///
    /// # Errors
    ///
    /// If control cannot be asked, or refuses the name.
    async fn create_tenant(&self, name: &str, request_id: &str) -> Result<String, ControlError>;

    /// Whether there is a tenant with this id.
    ///
    /// # Errors
    ///
    /// If control cannot be asked.
    async fn has_tenant(&self, tenant: &str) -> Result<bool, ControlError>;

    /// Erases a tenant. One that is gone is erased.
    ///
    /// # Errors
    ///
    /// If control cannot be asked.
    async fn delete_tenant(&self, tenant: &str) -> Result<(), ControlError>;
}
