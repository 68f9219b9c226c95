//! Whatever two workers do, in whatever order.

use proptest::prelude::*;
use pushmail_domain::Clock as _;
use pushmail_pacer::{Ask, Bucket, Pacer as _, Rate};
use pushmail_pacer_embedded::EmbeddedPacer;
use pushmail_testkit::MockClock;
use std::sync::Arc;
use std::time::Duration;

/// What a worker does: takes so many, and of those that it has gives so many back, after a pause in ms.
#[derive(Debug, Clone)]
struct Step {
    worker: usize,
    tokens: u32,
    unused: u32,
    pause: u64,
}

fn step() -> impl Strategy<Value = Step> {
    (0usize..2, 0u32..40, 0u32..10, 0u64..3_000).prop_map(|(worker, tokens, unused, pause)| Step {
        worker,
        tokens,
        unused,
        pause,
    })
}

proptest! {
    /// What both hold, in any window from any moment on, is at most the burst and what came in it.
    #[test]
    fn two_workers_never_hold_more_than_the_burst_and_what_came(
        steps in prop::collection::vec(step(), 1..100),
        burst in 1u32..50, every in 1u64..2_000,
    ) {
        let rate = Rate { burst, every: Duration::from_millis(every) };
        let clock = Arc::new(MockClock::new());
        let pacer = EmbeddedPacer::new(clock.clone());
        let bucket = Bucket::Provider { provider: "a".to_owned(), egress: None };
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let mut held = [0u32; 2];
        // When each took how many, less what came back.
        let mut ledger: Vec<(Duration, i64)> = Vec::new();
        for step in steps {
            clock.advance(Duration::from_millis(step.pause));
            let unused = step.unused.min(held[step.worker]);
            let ask = Ask { bucket: &bucket, rate, tokens: step.tokens, unused };
            let grants = runtime.block_on(pacer.take(&[ask])).unwrap();
            held[step.worker] = held[step.worker] - unused + grants[0].tokens;
            ledger.push((clock.elapsed(), i64::from(grants[0].tokens) - i64::from(unused)));
            let mut taken = 0;
            for (at, net) in ledger.iter().rev() {
                taken += net;
                let came = rate.within(clock.elapsed() - *at);
                prop_assert!(taken <= i64::from(burst) + i64::from(came), "{ledger:?}");
            }
        }
    }
}
