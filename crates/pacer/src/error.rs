//! The one way in which a pacer fails.

use std::error::Error as StdError;

/// The fleet's buckets, or its devices' times, cannot be reached. Logins go on without them.
#[derive(Debug, thiserror::Error)]
#[error("the pacer could not be reached")]
pub struct PacerError(#[source] pub Box<dyn StdError + Send + Sync>);
