//! What is timed.

use super::{About, about};

/// What is timed, beside hops.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Timing {
    /// A commit of the event log, until it is durable.
    LogCommit,
    /// A flush of cursors to the registry.
    CheckpointFlush,
    /// Connecting to an upstream, until logged in.
    Login,
    /// Reading a part of a message on request, until its first byte was handed out.
    FetchStart,
    /// Reading a part of a message on request, until its last byte was handed out.
    Fetch,
    /// From an event's storing to its first sending to a tenant's backend.
    SubscriptionLag,
}

impl Timing {
    /// All timings, in the order of their declaration.
    pub const ALL: [Self; 6] = [
        Self::LogCommit,
        Self::CheckpointFlush,
        Self::Login,
        Self::FetchStart,
        Self::Fetch,
        Self::SubscriptionLag,
    ];

    /// What the timing is.
    pub const fn about(self) -> About {
        match self {
            Self::LogCommit => about(
                "pushmail_log_commit_seconds",
                "How long a commit of the event log took until it was durable",
                None,
            ),
            Self::CheckpointFlush => about(
                "pushmail_checkpoint_flush_seconds",
                "How long a flush of cursors to the registry took",
                None,
            ),
            Self::Login => about(
                "pushmail_login_seconds",
                "How long connecting to an upstream took until logged in",
                None,
            ),
            Self::FetchStart => about(
                "pushmail_fetch_start_seconds",
                "How long reading a part of a message on request took until its first byte",
                None,
            ),
            Self::Fetch => about(
                "pushmail_fetch_seconds",
                "How long reading a part of a message on request took until its last byte",
                None,
            ),
            Self::SubscriptionLag => about(
                "pushmail_subscription_lag_seconds",
                "How old events were when first sent to a tenant's backend",
                None,
            ),
        }
    }
}
