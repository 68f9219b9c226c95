//! What is counted.

use super::{About, about, by};
use pushmail_domain::FaultKind;

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Counter {
    /// Attempts to connect and log in; label `outcome`: `live`, or a `FaultKind`.
    UpstreamConnects,
    /// Events that a flow reported; label `type`: `message.new`, `account.state`.
    EventsDetected,
    /// Events that the log has stored; label `type` as above.
    EventsPublished,
    /// Events not published; label `reason`: `duplicate` (stored already), `dirty` (the queue was
    /// full: read again later).
    EventsCoalesced,
    /// Appends that failed; label `kind`: `stale_epoch`, `regressed`, `full`, `invalid`, `ambiguous`.
    AppendFailures,
    /// Flushes of cursors to the registry; label `outcome`: `ok`, `stale`, `failed`.
    CheckpointFlushes,
    /// Shards given up because another process has fenced them.
    ShardsFenced,
    /// Shards stopped in order and handed to another worker.
    HandOvers,
    /// Heartbeats to the table of leases; label `outcome`: `ok`, `failed`.
    Beats,
    /// Device sessions asked for; label `outcome`: `opened`, `refused`.
    Sessions,
    /// Events written to device streams; label `mode`: `live`, `replayed`.
    EventsDelivered,
    /// Events that devices acknowledged.
    Acks,
    /// Resets sent to devices; label `reason`: `expired`, `unknown_token`, `slow_consumer`,
    /// `log_rebuilt`, `account_removed`.
    Resets,
    /// Sessions asked to reconnect elsewhere in a drain.
    SessionsDrained,
    /// gRPC calls answered; label `code`: the status code's name in snake case, such as `ok` or
    /// `invalid_argument`.
    ApiCalls,
    /// Times that the event log was found to have lost acknowledged events.
    LogRegressions,
    /// Sweeps of shards behind the cursors; label `outcome`: `ok`, `loss` (acknowledged events are missing), `failed`.
    Sweeps,
    /// Parts of messages read on request; label `outcome`: `ok`, `cancelled` (the caller went away), or
    /// why the mailbox did not give it.
    Fetches,
    /// Changes of providers' breakers; label `to`: `opened`, `half_open`, `closed`.
    BreakerChanges,
    /// Events sent to tenants' backends; label `attempt`: `first`, `again`.
    SubscriptionDeliveries,
    /// Calls for the login tokens that a fleet shares; label `outcome`: `ok`, `failed`.
    PacerCalls,
}

const EVENT_TYPES: &[&str] = &[
    "message.new",
    "message.flags",
    "message.deleted",
    "folder.created",
    "folder.renamed",
    "folder.deleted",
    "folder.reset",
    "folder.resync",
    "cursor",
    "account.state",
];

const CONNECT_OUTCOMES: &[&str] = &[
    "live",
    FaultKind::UnknownHost.as_str(),
    FaultKind::Unreachable.as_str(),
    FaultKind::Timeout.as_str(),
    FaultKind::BadCertificate.as_str(),
    FaultKind::Tls.as_str(),
    FaultKind::PlaintextRefused.as_str(),
    FaultKind::EgressDenied.as_str(),
    FaultKind::AuthRejected.as_str(),
    FaultKind::LoginRefused.as_str(),
    FaultKind::TokenExpired.as_str(),
    FaultKind::AuthUnsupported.as_str(),
    FaultKind::CredentialUnavailable.as_str(),
    FaultKind::Throttled.as_str(),
    FaultKind::FolderUnavailable.as_str(),
    FaultKind::Protocol.as_str(),
    FaultKind::TooLarge.as_str(),
    FaultKind::Closed.as_str(),
    FaultKind::Internal.as_str(),
];

const SWEEPS: &[&str] = &["ok", "loss", "failed"];

const FETCH_OUTCOMES: &[&str] = &[
    "ok",
    "cancelled",
    "gone",
    "reset",
    "no_folder",
    "no_part",
    "paused",
    "credential",
    "upstream",
    "too_large",
    "timed_out",
    "busy",
    "internal",
];

const RESET_REASONS: &[&str] = &[
    "expired",
    "unknown_token",
    "slow_consumer",
    "log_rebuilt",
    "account_removed",
];

/// The codes of the gRPC specification, "Status codes and their use in gRPC".
const GRPC_CODES: &[&str] = &[
    "ok",
    "cancelled",
    "unknown",
    "invalid_argument",
    "deadline_exceeded",
    "not_found",
    "already_exists",
    "permission_denied",
    "resource_exhausted",
    "failed_precondition",
    "aborted",
    "out_of_range",
    "unimplemented",
    "internal",
    "unavailable",
    "data_loss",
    "unauthenticated",
];

impl Counter {
    /// All counters, in the order of their declaration.
    pub const ALL: [Self; 21] = [
        Self::UpstreamConnects,
        Self::EventsDetected,
        Self::EventsPublished,
        Self::EventsCoalesced,
        Self::AppendFailures,
        Self::CheckpointFlushes,
        Self::ShardsFenced,
        Self::HandOvers,
        Self::Beats,
        Self::Sessions,
        Self::EventsDelivered,
        Self::Acks,
        Self::Resets,
        Self::SessionsDrained,
        Self::ApiCalls,
        Self::LogRegressions,
        Self::Sweeps,
        Self::Fetches,
        Self::BreakerChanges,
        Self::SubscriptionDeliveries,
        Self::PacerCalls,
    ];

    /// What the counter is.
    pub const fn about(self) -> About {
        match self {
            Self::UpstreamConnects => about(
                "pushmail_upstream_connects_total",
                "Attempts to connect and log in to upstreams",
                by("outcome", CONNECT_OUTCOMES),
            ),
            Self::EventsDetected => about(
                "pushmail_events_detected_total",
                "Events that upstream flows reported",
                by("type", EVENT_TYPES),
            ),
            Self::EventsPublished => about(
                "pushmail_events_published_total",
                "Events that the log has stored",
                by("type", EVENT_TYPES),
            ),
            Self::EventsCoalesced => about(
                "pushmail_events_coalesced_total",
                "Events not published: stored already, or to be read again later",
                by("reason", &["duplicate", "dirty"]),
            ),
            Self::AppendFailures => about(
                "pushmail_append_failures_total",
                "Appends to the event log that failed",
                by(
                    "kind",
                    &["stale_epoch", "regressed", "full", "invalid", "ambiguous"],
                ),
            ),
            Self::CheckpointFlushes => about(
                "pushmail_checkpoint_flushes_total",
                "Flushes of cursors to the registry",
                by("outcome", &["ok", "stale", "failed"]),
            ),
            Self::ShardsFenced => about(
                "pushmail_shards_fenced_total",
                "Shards given up because another process has fenced them",
                None,
            ),
            Self::HandOvers => about(
                "pushmail_hand_overs_total",
                "Shards stopped in order and handed to another worker",
                None,
            ),
            Self::Beats => about(
                "pushmail_beats_total",
                "Heartbeats to the table of leases",
                by("outcome", &["ok", "failed"]),
            ),
            Self::Sessions => about(
                "pushmail_sessions_total",
                "Device sessions asked for",
                by("outcome", &["opened", "refused"]),
            ),
            Self::EventsDelivered => about(
                "pushmail_events_delivered_total",
                "Events written to device streams",
                by("mode", &["live", "replayed"]),
            ),
            Self::Acks => about(
                "pushmail_acks_total",
                "Events that devices acknowledged",
                None,
            ),
            Self::Resets => about(
                "pushmail_resets_total",
                "Resets sent to devices",
                by("reason", RESET_REASONS),
            ),
            Self::SessionsDrained => about(
                "pushmail_sessions_drained_total",
                "Sessions asked to reconnect elsewhere in a drain",
                None,
            ),
            Self::ApiCalls => about(
                "pushmail_api_calls_total",
                "gRPC calls answered",
                by("code", GRPC_CODES),
            ),
            Self::LogRegressions => about(
                "pushmail_log_regressions_total",
                "Times that the event log was found to have lost acknowledged events",
                None,
            ),
            Self::Sweeps => about(
                "pushmail_sweeps_total",
                "Sweeps of shards behind the cursors",
                by("outcome", SWEEPS),
            ),
            Self::Fetches => about(
                "pushmail_fetches_total",
                "Parts of messages read on request",
                by("outcome", FETCH_OUTCOMES),
            ),
            Self::BreakerChanges => about(
                "pushmail_breaker_changes_total",
                "Changes of the breakers that hold back logins at a failing provider",
                by("to", &["opened", "half_open", "closed"]),
            ),
            Self::SubscriptionDeliveries => about(
                "pushmail_subscription_deliveries_total",
                "Events sent to tenants' backends",
                by("attempt", &["first", "again"]),
            ),
            Self::PacerCalls => about(
                "pushmail_pacer_calls_total",
                "Calls for the login tokens that a fleet shares",
                by("outcome", &["ok", "failed"]),
            ),
        }
    }
}
