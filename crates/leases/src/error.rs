//! The one way in which a table fails.

use std::error::Error as StdError;

/// The table cannot be reached, or does not answer as it should. The worker keeps what it has
/// (invariant 4) and beats again.
#[derive(Debug, thiserror::Error)]
#[error("the leases could not be reached")]
pub struct LeaseError(#[source] pub Box<dyn StdError + Send + Sync>);
