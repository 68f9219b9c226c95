//! What goes wrong, in words for an operator.

use pushmail_pacer::PacerError;
use pushmail_redis_link as link;

/// Why a call failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Trouble {
    #[error(transparent)]
    Link(#[from] link::Trouble),
    #[error(
        "in Redis, {what} is not as this version writes it: does another program use this prefix?"
    )]
    Foreign { what: &'static str },
}

impl From<Trouble> for PacerError {
    fn from(trouble: Trouble) -> Self {
        Self(Box::new(trouble))
    }
}
