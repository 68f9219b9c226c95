//! What goes wrong, in words for an operator.

use pushmail_leases::LeaseError;
use pushmail_redis_link as link;

/// Why a call failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Trouble {
    #[error(transparent)]
    Link(#[from] link::Trouble),
    #[error(
        "in Redis, {what} {key:?} is not as this version writes it: does another program use this prefix?"
    )]
    Foreign { what: &'static str, key: String },
}

impl From<Trouble> for LeaseError {
    fn from(trouble: Trouble) -> Self {
        Self(Box::new(trouble))
    }
}
