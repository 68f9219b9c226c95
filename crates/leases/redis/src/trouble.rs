//! What goes wrong, in words for an operator.

use pushmail_leases::LeaseError;
use redis::{ErrorKind, RedisError};
use std::time::Duration;

/// Why a call failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Trouble {
    #[error("Redis at {at} did not answer within {deadline:?}")]
    Deadline { at: String, deadline: Duration },
    #[error("Redis at {at} refuses the user or password of its URL: {said}")]
    Login { at: String, said: String },
    #[error("Redis at {at}: {said}")]
    Failed { at: String, said: String },
    #[error(
        "in Redis, {what} {key:?} is not as this version writes it: does another program use this prefix?"
    )]
    Foreign { what: &'static str, key: String },
}

impl Trouble {
    /// What Redis at `at` said, or the client about it, without the password: a server may quote
    /// what it was sent.
    pub(crate) fn of(error: &RedisError, at: String, secrets: &[String]) -> Self {
        let mut said = error.to_string();
        for secret in secrets.iter().filter(|secret| !secret.is_empty()) {
            said = said.replace(secret.as_str(), "…");
        }
        let is_login = error.kind() == ErrorKind::AuthenticationFailed
            || matches!(error.code(), Some("NOAUTH" | "WRONGPASS"));
        if is_login {
            Self::Login { at, said }
        } else {
            Self::Failed { at, said }
        }
    }
}

impl From<Trouble> for LeaseError {
    fn from(trouble: Trouble) -> Self {
        Self(Box::new(trouble))
    }
}
