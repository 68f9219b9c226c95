//! How much there is, and how long it lasts.

use crate::Size;
use std::time::Duration;

/// The scale of a run.
#[derive(Debug, Clone)]
pub(crate) struct Profile {
    pub(crate) mailboxes: u32,
    /// Mailboxes of one device.
    pub(crate) per_device: usize,
    /// The pause between two messages.
    pub(crate) every: Duration,
    /// Of the leases.
    pub(crate) ttl: Duration,
    pub(crate) settle: Duration,
    pub(crate) beat: Duration,
    /// With leases and log away for this long, a watcher closes its connections.
    pub(crate) isolated_after: Duration,
    /// The log is read again behind the cursors this often.
    pub(crate) sweep: Duration,
    /// For how long the log knows an id again.
    pub(crate) dedupe: Duration,
    /// A delivery process that drains serves each device until its turn in this time.
    pub(crate) drain_spread: Duration,
    /// Outages.
    pub(crate) redis_gone: Duration,
    pub(crate) nats_gone: Duration,
    pub(crate) postgres_gone: Duration,
    /// Everything else that is not over at once.
    pub(crate) fault: Duration,
    /// What the NATS servers take in files.
    pub(crate) file_store: u64,
    /// How long a fault's effects may take to be over.
    pub(crate) patience: Duration,
}

impl Profile {
    pub(crate) const fn of(size: Size, minutes: u64) -> Self {
        match size {
            Size::Short => Self {
                mailboxes: 60,
                per_device: 5,
                every: Duration::from_millis(80),
                ttl: Duration::from_secs(2),
                settle: Duration::from_millis(2_500),
                beat: Duration::from_millis(500),
                isolated_after: Duration::from_secs(5),
                sweep: Duration::from_secs(5),
                dedupe: Duration::from_secs(2),
                drain_spread: Duration::from_millis(200),
                redis_gone: Duration::from_secs(4),
                nats_gone: Duration::from_millis(2_500),
                postgres_gone: Duration::from_secs(5),
                fault: Duration::from_secs(2),
                file_store: 24 << 20,
                patience: Duration::from_secs(40),
            },
            Size::Full => Self {
                mailboxes: 500,
                per_device: 5,
                every: Duration::from_millis(15),
                ttl: Duration::from_secs(15),
                settle: Duration::from_secs(17),
                beat: Duration::from_secs(5),
                isolated_after: Duration::from_secs(60),
                sweep: Duration::from_secs(60),
                dedupe: Duration::from_secs(2),
                drain_spread: Duration::from_secs(10),
                redis_gone: Duration::from_secs(60),
                nats_gone: Duration::from_secs(15),
                postgres_gone: Duration::from_secs(600),
                fault: Duration::from_secs(20),
                // A message is less than 4 KiB in the log; 4,000 come in a minute.
                file_store: (64 + 16 * (minutes + 30)) << 20,
                patience: Duration::from_secs(180),
            },
        }
    }
}
