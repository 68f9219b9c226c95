//! A real signal.

use pushmail_runtime::{Lifecycle, Outcome};
use rustix::process::{Signal, getpid, kill_process};
use std::time::Duration;

#[tokio::test]
async fn sigterm_drains_the_process() {
    let lifecycle = Lifecycle::new();
    let draining = lifecycle.draining();
    lifecycle.spawn("work", async move { draining.cancelled().await });
    let (outcome, ()) = tokio::join!(
        // Polled first: it listens before the signal is sent.
        lifecycle.run_until_signal(Duration::from_secs(3600)),
        async { kill_process(getpid(), Signal::TERM).unwrap() },
    );
    assert_eq!(outcome, Outcome::Clean);
}
