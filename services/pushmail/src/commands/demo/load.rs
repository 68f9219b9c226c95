//! Delivers mail at a steady rate.

use super::DemoArgs;
use super::world::World;
use std::time::Duration;

/// How often due mails are delivered.
const TICK: Duration = Duration::from_millis(1);
/// How often progress is told.
const PROGRESS: Duration = Duration::from_secs(10);

/// Delivers `rate * seconds` mails, spread over the mailboxes in turn, and returns how many.
pub(super) async fn send(world: &World, args: &DemoArgs, progress: impl Fn(u64)) -> u64 {
    let total = u64::from(args.rate) * u64::from(args.seconds);
    let started = tokio::time::Instant::now();
    let mut ticks = tokio::time::interval(TICK);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut told = started;
    let mut sent = 0;
    while sent < total {
        ticks.tick().await;
        let due = started.elapsed().as_secs_f64() * f64::from(args.rate);
        while sent < total && (sent as f64) < due {
            world.deliver(sent);
            sent += 1;
        }
        if told.elapsed() >= PROGRESS {
            told = tokio::time::Instant::now();
            progress(sent);
        }
    }
    sent
}
