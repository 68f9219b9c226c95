//! What goes up and down.

use super::{About, about, by};
use pushmail_domain::AccountPhase;

/// What stands at a number now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Gauge {
    /// Accounts held here; label `phase`: an `AccountPhase`.
    Accounts,
    /// Shards owned by this process.
    Shards,
    /// Events waiting to be published.
    PublishQueue,
    /// Open device sessions.
    OpenSessions,
    /// Subscriptions to the log's live tail.
    LiveSubscriptions,
    /// Providers whose logins are held back; label `position` of their breaker: `opened`, `half_open`.
    Breakers,
    /// Open streams to tenants' backends.
    OpenSubscriptions,
    /// Connections that wait for a login token; label `lane`: `session` (on demand), `device` (somebody's device
    /// waits), `live` (it was live before), `new`.
    WaitingLogins,
    /// 1 while the pacer is out of reach, so that this process logs in at its share of the rates.
    PacerAway,
}

const PHASES: &[&str] = &[
    AccountPhase::Pending.as_str(),
    AccountPhase::Live.as_str(),
    AccountPhase::Retrying.as_str(),
    AccountPhase::NeedsAttention.as_str(),
    AccountPhase::Paused.as_str(),
    AccountPhase::Wiped.as_str(),
];

impl Gauge {
    /// All gauges, in the order of their declaration.
    pub const ALL: [Self; 9] = [
        Self::Accounts,
        Self::Shards,
        Self::PublishQueue,
        Self::OpenSessions,
        Self::LiveSubscriptions,
        Self::Breakers,
        Self::OpenSubscriptions,
        Self::WaitingLogins,
        Self::PacerAway,
    ];

    /// What the gauge is.
    pub const fn about(self) -> About {
        match self {
            Self::Accounts => about(
                "pushmail_accounts",
                "Accounts held by this process",
                by("phase", PHASES),
            ),
            Self::Shards => about("pushmail_shards", "Shards owned by this process", None),
            Self::PublishQueue => about(
                "pushmail_publish_queue",
                "Events waiting to be published",
                None,
            ),
            Self::OpenSessions => about("pushmail_open_sessions", "Open device sessions", None),
            Self::LiveSubscriptions => about(
                "pushmail_live_subscriptions",
                "Subscriptions to the live tail of the event log",
                None,
            ),
            Self::Breakers => about(
                "pushmail_breakers",
                "Providers whose logins are held back",
                by("position", &["opened", "half_open"]),
            ),
            Self::OpenSubscriptions => about(
                "pushmail_open_subscriptions",
                "Open streams to tenants' backends",
                None,
            ),
            Self::WaitingLogins => about(
                "pushmail_waiting_logins",
                "Connections that wait for a login token",
                by("lane", &["session", "device", "live", "new"]),
            ),
            Self::PacerAway => about(
                "pushmail_pacer_away",
                "Whether the pacer is out of reach, so that this process logs in at its share of the rates",
                None,
            ),
        }
    }
}
