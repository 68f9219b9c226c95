//! Rules broken on purpose, by the environment: only in builds with the `plant` feature, which the
//! ledger and the chaos test make to prove that they would notice.

mod clock;

pub(crate) use clock::clock;

use crate::config::Config;
use pushmail_watcher::Plant;

fn named() -> Option<String> {
    std::env::var("PUSHMAIL_PLANT").ok()
}

/// Whether the event log acknowledges without fsync.
pub(crate) fn no_fsync() -> bool {
    named().as_deref() == Some("no-fsync")
}

/// The event log with its planted fault.
pub(crate) fn into_log(log: &mut pushmail_eventlog_nats::Config) {
    log.plant_skip_fence = named().as_deref() == Some("skip-fence");
    log.plant_stale_replica = named().as_deref() == Some("stale-replica");
}

/// The configuration with the watcher's planted fault.
pub(crate) fn into(mut config: Config) -> Config {
    config.watcher.plant = match named().as_deref() {
        Some("cursor-first") => Some(Plant::CursorFirst),
        Some("skip-fold") => Some(Plant::SkipFold),
        Some("skip-memory-fold") => Some(Plant::SkipMemoryFold),
        Some("forget-cursor-step") => Some(Plant::ForgetCursorStep),
        Some("early-synckey") => Some(Plant::EarlySynckey),
        _ => None,
    };
    config
}
