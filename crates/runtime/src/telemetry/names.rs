//! Every metric by name: what it counts, and the closed set of its label's values.
//!
//! No label ever holds anything about an account, a device or a tenant.

mod counter;
mod gauge;
mod timing;

pub use counter::Counter;
pub use gauge::Gauge;
pub use timing::Timing;

/// A metric's one label.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Label {
    /// The label's name.
    pub key: &'static str,
    /// Its values. Each is reported from the start, at 0.
    pub values: &'static [&'static str],
}

/// What a metric is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct About {
    /// The name as scraped, with prefix, unit and, for a counter, `_total`.
    pub name: &'static str,
    /// What it counts or measures, without a full stop.
    pub help: &'static str,
    /// Its label, if it has one.
    pub label: Option<Label>,
}

/// A hop of a mail through the gateway.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Hop {
    /// The upstream said that something happened, and the gateway noticed.
    Detect,
    /// What happened was read from the upstream.
    Fetch,
    /// The event became durable in the log.
    Append,
    /// The event was written to a device's stream.
    Deliver,
    /// The device acknowledged the event.
    Ack,
}

/// The histogram of all hops.
pub(super) const HOPS: About = about(
    "pushmail_hop_seconds",
    "How long each hop of a mail took",
    Some(Label {
        key: "hop",
        values: &["detect", "fetch", "append", "deliver", "ack"],
    }),
);

const fn about(name: &'static str, help: &'static str, label: Option<Label>) -> About {
    About { name, help, label }
}

const fn by(key: &'static str, values: &'static [&'static str]) -> Option<Label> {
    Some(Label { key, values })
}

impl Hop {
    /// The histogram of all hops, whose label is the hop.
    pub const fn about() -> About {
        HOPS
    }

    /// All hops, in the order in which a mail takes them.
    pub const ALL: [Self; 5] = [
        Self::Detect,
        Self::Fetch,
        Self::Append,
        Self::Deliver,
        Self::Ack,
    ];

    /// The hop as a metric label.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Detect => "detect",
            Self::Fetch => "fetch",
            Self::Append => "append",
            Self::Deliver => "deliver",
            Self::Ack => "ack",
        }
    }

    /// The name of the hop's span.
    pub const fn span_name(self) -> &'static str {
        match self {
            Self::Detect => "pushmail.detect",
            Self::Fetch => "pushmail.fetch",
            Self::Append => "pushmail.append",
            Self::Deliver => "pushmail.deliver",
            Self::Ack => "pushmail.ack",
        }
    }
}
