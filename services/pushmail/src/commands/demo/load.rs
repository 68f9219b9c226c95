//! Delivers mail at a steady rate.

use super::DemoArgs;
use super::world::World;
use std::time::Duration;

/// How often due mails are delivered.
const TICK: Duration = Duration::from_millis(1);
/// How often progress is told.
const PROGRESS: Duration = Duration::from_secs(10);

/// What was delivered.
pub(super) struct Load {
    /// How many mails.
    pub(super) delivered: u64,
    /// How many a second; less than asked for if this machine is too slow.
    pub(super) achieved_rate: f64,
}

/// Delivers `rate * seconds` mails, spread over the mailboxes in turn.
pub(super) async fn send(world: &World, args: &DemoArgs, progress: impl Fn(u64)) -> Load {
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
    Load {
        delivered: sent,
        achieved_rate: sent as f64 / started.elapsed().as_secs_f64(),
    }
}
