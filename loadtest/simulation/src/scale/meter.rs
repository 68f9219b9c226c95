//! What is counted while a fleet runs.

use pushmail_domain::{Clock as _, Shard};
use pushmail_leases::Beaten;
use pushmail_runtime::SystemClock;
use std::collections::BTreeMap;
use std::time::Duration;

/// The bytes of one owner in an answer: shard and id, in Redis' protocol.
const OWNER: u64 = 46;
/// The bytes of one member in an answer: id and record, with a name of 20 characters.
const MEMBER: u64 = 150;
/// The bytes of an answer without any.
const EMPTY: u64 = 60;

/// Counters, since the last [`reset`](Meter::reset).
#[derive(Default)]
pub(super) struct Meter {
    since: Duration,
    /// Calls by second.
    calls: BTreeMap<u64, u64>,
    bytes: u64,
    largest: u64,
    moved: Vec<Shard>,
    plans: u64,
    planning: Duration,
    longest: Duration,
}

impl Meter {
    pub(super) fn reset(&mut self, now: Duration) {
        *self = Self {
            since: now,
            ..Self::default()
        };
    }

    pub(super) fn call(&mut self, now: Duration) {
        let second = now.saturating_sub(self.since).as_secs();
        *self.calls.entry(second).or_default() += 1;
    }

    /// An answer came, and was thought about from `began` on.
    pub(super) fn answered(&mut self, beaten: &Beaten, began: Option<Duration>) {
        let (members, owners) = (beaten.members.len() as u64, beaten.owners.len() as u64);
        let bytes = EMPTY + members * MEMBER + owners * OWNER;
        self.bytes += bytes;
        self.largest = self.largest.max(bytes);
        if let Some(began) = began {
            let took = self.processor_time().saturating_sub(began);
            self.plans += 1;
            self.planning += took;
            self.longest = self.longest.max(took);
        }
    }

    pub(super) fn moved(&mut self, shard: Shard) {
        self.moved.push(shard);
    }

    /// The shards that changed owners, each as often as it did.
    pub(super) fn all_moved(&self) -> &[Shard] {
        &self.moved
    }

    /// Calls in each second on average, and in the busiest.
    pub(super) fn calls(&self, now: Duration) -> (f64, u64) {
        let all: u64 = self.calls.values().sum();
        let seconds = now.saturating_sub(self.since).as_secs_f64();
        let peak = self.calls.values().max().copied().unwrap_or(0);
        #[expect(clippy::cast_precision_loss, reason = "a rate for people")]
        let average = all as f64 / seconds.max(1.0);
        (average, peak)
    }

    /// Bytes of all answers, and of the largest.
    pub(super) fn answers(&self) -> (u64, u64) {
        (self.bytes, self.largest)
    }

    /// How long a beat's table and plan took of this machine's time, on average and at most.
    pub(super) fn thinking(&self) -> (Duration, Duration) {
        let plans = u32::try_from(self.plans).unwrap_or(u32::MAX).max(1);
        (self.planning / plans, self.longest)
    }

    /// This machine's own time.
    pub(super) fn processor_time(&self) -> Duration {
        SystemClock.elapsed()
    }
}
