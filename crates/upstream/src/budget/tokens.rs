//! Those who wait for the tokens of one bucket.

use super::till::{Till, lock};
use crate::queue::{Lane, Line, Waiter};
use pushmail_domain::TenantId;
use pushmail_pacer::{Bucket, Level, Rate};
use pushmail_runtime::Gauge;
use std::sync::Mutex;
use std::time::Duration;
use tokio::time::sleep;

/// No pause between two looks is shorter.
const SHORTEST: Duration = Duration::from_millis(1);

/// No pause is longer: the pacer may be back, or there may be more or fewer workers.
const LONGEST: Duration = Duration::from_secs(5);

/// One bucket's line. Tokens go to the first in it when they come, whoever fetched them.
#[derive(Debug)]
pub(super) struct Tokens {
    bucket: Bucket,
    line: Mutex<Line>,
    /// Held by the one who fetches, with this process's own bucket while the pacer is away.
    fetching: tokio::sync::Mutex<Option<Level>>,
}

/// A place in the line; given up when dropped.
struct Place<'a> {
    tokens: &'a Tokens,
    till: &'a Till,
    lane: Lane,
    waiter: Option<Waiter>,
}

impl Tokens {
    pub(super) fn new(bucket: Bucket) -> Self {
        Self {
            bucket,
            line: Mutex::default(),
            fetching: tokio::sync::Mutex::default(),
        }
    }

    /// Waits for a token.
    pub(super) async fn one(&self, till: &Till, rate: Rate, tenant: TenantId, lane: Lane) {
        let mut place = self.join(till, tenant, lane);
        let Some(waiter) = &mut place.waiter else {
            return;
        };
        let mut own = tokio::select! {
            biased;
            () = waiter.served() => {
                place.waiter = None;
                return;
            }
            own = self.fetching.lock() => own,
        };
        while !waiter.is_served() {
            self.fetch(till, rate, &mut own).await;
        }
        place.waiter = None;
    }

    /// Gets tokens and hands them out, or waits until there may be some.
    async fn fetch(&self, till: &Till, rate: Rate, own: &mut Option<Level>) {
        let wanted = self.wanted(rate);
        let grant = match till.take(&self.bucket, rate, wanted).await {
            Some(grant) => {
                *own = None;
                till.give_back(&self.bucket, rate, self.hand_out(grant.tokens));
                grant
            }
            None => {
                let now = till.deps.clock.elapsed();
                let rate = rate.share(till.deps.workers.get());
                let own = own.get_or_insert_with(|| begin(till, rate, now));
                let grant = own.take(rate, wanted, 0, now);
                own.give_back(rate, self.hand_out(grant.tokens), now);
                grant
            }
        };
        if grant.tokens == 0 {
            sleep(grant.again_in.clamp(SHORTEST, LONGEST)).await;
        }
    }

    /// One for each who waits, and at most what comes in a second: others want some, too.
    fn wanted(&self, rate: Rate) -> u32 {
        let waiting = u32::try_from(lock(&self.line).len()).unwrap_or(u32::MAX);
        waiting.min(rate.within(Duration::from_secs(1))).max(1)
    }

    /// Hands so many to the first in line; how many are left.
    fn hand_out(&self, tokens: u32) -> u32 {
        let mut line = lock(&self.line);
        let served = (0..tokens).take_while(|_| line.serve()).count();
        tokens - u32::try_from(served).unwrap_or(tokens)
    }

    fn join<'a>(&'a self, till: &'a Till, tenant: TenantId, lane: Lane) -> Place<'a> {
        let waiter = lock(&self.line).join(tenant, lane);
        till.deps
            .telemetry
            .gauge(Gauge::WaitingLogins, lane.as_str(), 1);
        Place {
            tokens: self,
            till,
            lane,
            waiter: Some(waiter),
        }
    }
}

/// A bucket of this process alone. It is empty, since the shared one may be, and the first token comes at a random
/// moment, so that the workers of a fleet do not all begin at the same one.
fn begin(till: &Till, share: Rate, now: Duration) -> Level {
    let every = u64::try_from(share.every.as_micros()).unwrap_or(u64::MAX);
    let first_in = Duration::from_micros(till.deps.entropy.below(every));
    Level::empty(share, first_in, now)
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        let telemetry = &self.till.deps.telemetry;
        telemetry.gauge(Gauge::WaitingLogins, self.lane.as_str(), -1);
        if let Some(waiter) = self.waiter.take() {
            let mut line = lock(&self.tokens.line);
            if line.leave(waiter) {
                line.serve();
            }
        }
    }
}
