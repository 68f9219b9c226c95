//! What goes wrong, in words for an operator.

use redis::{ErrorKind, RedisError};
use std::time::Duration;

/// Why a call failed.
#[derive(Debug, thiserror::Error)]
pub enum Trouble {
    /// No answer in time.
    #[error("Redis at {at} did not answer within {deadline:?}")]
    Deadline {
        /// The hosts.
        at: String,
        /// How long was waited.
        deadline: Duration,
    },
    /// User or password are wrong, or missing.
    #[error("Redis at {at} refuses the user or password of its URL: {said}")]
    Login {
        /// The hosts.
        at: String,
        /// What Redis said, without the password.
        said: String,
    },
    /// Anything else.
    #[error("Redis at {at}: {said}")]
    Failed {
        /// The hosts.
        at: String,
        /// What Redis said, or the client about it.
        said: String,
    },
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
