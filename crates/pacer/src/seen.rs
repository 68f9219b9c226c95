//! Whose devices are there.

use crate::PacerError;
use async_trait::async_trait;
use pushmail_domain::{AccountId, Shard};
use std::collections::HashSet;
use std::time::Duration;

/// An account of which a device was seen this long ago has somebody who waits for its mail.
pub const SEEN_WITHIN: Duration = Duration::from_secs(5 * 60);

/// Which accounts have had a device with an open session lately.
#[async_trait]
pub trait SeenDevices: Send + Sync {
    /// Devices of these accounts are there now. Forgotten by itself after [`SEEN_WITHIN`], unless the
    /// adapter is configured otherwise: say so more often than that.
    ///
    /// # Errors
    ///
    /// When the store is out of reach; some of the accounts may have been noted.
    async fn note(&self, accounts: &[AccountId]) -> Result<(), PacerError>;

    /// The accounts of the shard of which a device was there lately.
    ///
    /// # Errors
    ///
    /// When the store is out of reach.
    async fn seen(&self, shard: Shard) -> Result<HashSet<AccountId>, PacerError>;
}
