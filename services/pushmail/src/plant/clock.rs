//! A wall clock that the chaos test can make jump, since no namespace of Linux holds one of its own.

use pushmail_domain::{Clock, Timestamp};
use pushmail_runtime::SystemClock;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// Names a file with the number of seconds by which the wall clock is ahead; looked at whenever somebody
/// asks for the time.
const VARIABLE: &str = "PUSHMAIL_PLANT_CLOCK";

/// The system's clock, but for what the environment says.
pub(crate) fn clock() -> Arc<dyn Clock> {
    match std::env::var_os(VARIABLE) {
        Some(file) => {
            // The chaos test looks for this line: a clock that does not jump proves nothing.
            tracing::warn!("the wall clock follows {VARIABLE}; this build is for tests");
            Arc::new(Jumping(file.into()))
        }
        None => Arc::new(SystemClock),
    }
}

struct Jumping(PathBuf);

impl Clock for Jumping {
    fn now(&self) -> Timestamp {
        let ahead = std::fs::read_to_string(&self.0).unwrap_or_default();
        let ahead: i64 = ahead.trim().parse().unwrap_or(0);
        let micros = SystemClock.now().micros();
        Timestamp::from_micros(micros.saturating_add(ahead.saturating_mul(1_000_000)))
    }

    fn elapsed(&self) -> Duration {
        SystemClock.elapsed()
    }
}
