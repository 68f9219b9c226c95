//! Whether the event log is within reach, which a process that is ready needs.

use pushmail_domain::Clock;
use pushmail_eventlog_nats::NatsLog;
use pushmail_runtime::{Condition, Steady};
use std::sync::Arc;
use std::time::Duration;

/// How often the log is asked.
const ASK: Duration = Duration::from_secs(1);
/// For how long it has to answer before it counts as back.
const BACK_AFTER: Duration = Duration::from_secs(5);

/// Keeps the condition true: lost when no stream answered for a time, there again once they do for a shorter one.
pub(super) async fn follow(
    log: Arc<NatsLog>,
    mut condition: Condition,
    lost_after: Duration,
    clock: Arc<dyn Clock>,
) {
    let mut steady = Steady::new(lost_after, BACK_AFTER.min(lost_after));
    let mut was_there = true;
    loop {
        let answered = log.answers().await;
        let is_there = steady.see(answered, clock.elapsed());
        condition.set(is_there);
        match (was_there, is_there) {
            (true, false) => {
                tracing::warn!("the event log does not answer: not ready until it does");
            }
            (false, true) => tracing::info!("the event log answers: ready again"),
            _ => {}
        }
        was_there = is_there;
        tokio::time::sleep(ASK).await;
    }
}
