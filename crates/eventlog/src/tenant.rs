//! Reading all of one tenant's events, for its backend.

use crate::{EventLog, Live, ReadError, Stored};
use async_trait::async_trait;
use futures::stream::BoxStream;
use pushmail_domain::{StreamId, TenantId};

/// A part of one stream, of one tenant's events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TenantPage {
    /// The events, oldest first.
    pub events: Vec<Stored>,
    /// Up to and with this sequence, the stream holds no event of the tenant above the page's start
    /// but those of the page. 0 if the stream never gave out a sequence.
    pub through: u64,
}

/// An [`EventLog`] that is also read by tenant.
///
/// A tenant's accounts are spread over all streams, and events have an order within a stream only:
/// who wants all of a tenant's events reads every stream, each from a position of its own.
/// [`TenantLog::live_of_tenant`] says when there is more: subscribe first, then read, then read again
/// whenever an event comes live. So nothing falls between the two.
#[async_trait]
pub trait TenantLog: EventLog {
    /// The tenant's events in the stream with a sequence above `after`, at most `limit`. Read where
    /// it cannot be stale: everything acknowledged before the call is seen.
    async fn read_tenant(
        &self,
        tenant: TenantId,
        stream: StreamId,
        after: u64,
        limit: usize,
    ) -> Result<TenantPage, ReadError>;

    /// All events of the tenant that become durable from now on. The subscription is in place when
    /// this returns.
    async fn live_of_tenant(&self, tenant: TenantId)
    -> Result<BoxStream<'static, Live>, ReadError>;

    /// The highest sequence that the stream ever gave out; 0 if it gave out none. Purging and expiry
    /// do not lower it.
    async fn stream_last(&self, stream: StreamId) -> Result<u64, ReadError>;
}
