//! Where tenants' backends stand in the event log: named positions.

use crate::Result;
use async_trait::async_trait;
use pushmail_domain::{Position, TenantId, Timestamp};

/// The most sequences that one [`Mark`] holds as acknowledged above it.
pub const MAX_ACKED_ABOVE: usize = 256;

/// Where a subscription stands in one stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    /// The low-water mark: everything up to and with it is done.
    pub position: Position,
    /// Nothing above the mark was stored before this moment: it decides whether what came after the
    /// mark may have expired.
    pub current_at: Timestamp,
    /// Sequences above the mark that are done too, rising; at most [`MAX_ACKED_ABOVE`].
    pub acked: Vec<u64>,
}

/// A named position of a tenant's backend.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subscription {
    /// The owner.
    pub tenant: TenantId,
    /// Its name within the tenant: 1 to 64 characters of `a-z`, `0-9` and `-`.
    pub name: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// How often it was taken: the newest taker's right to move it.
    pub epoch: u64,
    /// Where it stands, one for each stream, in the order of streams.
    pub marks: Vec<Mark>,
}

/// What became of taking a subscription.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TakenSubscription {
    /// It existed: as it stands, with the new epoch.
    Resumed(Subscription),
    /// It was made.
    Made(Subscription),
    /// It does not exist, and the tenant has as many as it may: nothing was made.
    TooMany,
}

/// What became of moving a subscription.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moved {
    /// It is durable.
    Stored,
    /// Somebody else has taken the subscription since: nothing was stored.
    StaleEpoch,
}

/// Subscriptions of tenants' backends. Deleting a tenant removes them.
#[async_trait]
pub trait Subscriptions: Send + Sync {
    /// Takes the subscription: whoever took it before can move it no more. If there is none it is
    /// made, at `start`, unless the tenant has `limit` already. `InvalidReference` if there is no such
    /// tenant.
    async fn take_subscription(
        &self,
        tenant: TenantId,
        name: &str,
        start: &[Mark],
        now: Timestamp,
        limit: u32,
    ) -> Result<TakenSubscription>;

    /// Stores these streams' marks, all or none, for the taker with this epoch. Other streams' marks
    /// stay. `NotFound` if the subscription is gone.
    async fn move_subscription(
        &self,
        tenant: TenantId,
        name: &str,
        epoch: u64,
        marks: &[Mark],
    ) -> Result<Moved>;

    /// The subscription, if the tenant has it.
    async fn subscription(&self, tenant: TenantId, name: &str) -> Result<Option<Subscription>>;

    /// All of the tenant's subscriptions, by name.
    async fn list_subscriptions(&self, tenant: TenantId) -> Result<Vec<Subscription>>;

    /// Removes the subscription. `NotFound` if there is none.
    async fn delete_subscription(&self, tenant: TenantId, name: &str) -> Result<()>;
}
