//! What the demo measured.

use super::DemoArgs;
use super::devices::Push;
use super::load::Load;
use hdrhistogram::Histogram;
use pushmail_mailsim::Announcement;
use serde::Serialize;
use std::collections::{HashMap, HashSet};
use std::time::Duration;

/// The hops of a push, in order. `append` ends when the gateway has the durable event and writes the
/// frame: it includes the fsync.
const HOPS: [&str; 5] = ["notice", "fetch", "append", "deliver", "total"];

/// The pushes, matched with what the mail server announced.
pub(super) struct Tally {
    hops: [Histogram<u64>; 5],
    received: u64,
    duplicates: u64,
}

/// Milliseconds of one hop.
#[derive(Serialize)]
struct HopReport {
    p50_ms: f64,
    p99_ms: f64,
    max_ms: f64,
}

#[derive(Serialize)]
pub(super) struct Report {
    mailboxes: u32,
    rate: u32,
    seconds: u32,
    achieved_rate: f64,
    expected: u64,
    sent: u64,
    received: u64,
    lost: u64,
    duplicates: u64,
    hops: HashMap<&'static str, HopReport>,
    total: HopReport,
    /// Of a gateway in this process.
    #[serde(skip_serializing_if = "Option::is_none")]
    log_sync: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fsync_p50_ms: Option<f64>,
}

impl Tally {
    pub(super) fn new(announced: Vec<Announcement>, pushes: Vec<Push>) -> Self {
        let mut announced: HashMap<String, Option<i64>> = announced
            .into_iter()
            .map(|a| (bare(&a.message_id), Some(a.announced_at.micros())))
            .collect();
        let mut tally = Self {
            hops: std::array::from_fn(|_| histogram()),
            received: 0,
            duplicates: 0,
        };
        let mut seen = HashSet::with_capacity(pushes.len());
        for push in pushes {
            if !seen.insert(push.event.clone()) {
                tally.duplicates += 1;
                continue;
            }
            match announced.get_mut(&push.message_id).map(Option::take) {
                Some(Some(at)) => {
                    tally.received += 1;
                    tally.add(at, &push);
                }
                // The same mail in another event.
                Some(None) => tally.duplicates += 1,
                None => {}
            }
        }
        tally
    }

    fn add(&mut self, announced_at: i64, push: &Push) {
        let Push {
            detected_at,
            fetched_at,
            sent_at,
            received_at,
            ..
        } = *push;
        let hops = [
            detected_at - announced_at,
            fetched_at - detected_at,
            sent_at - fetched_at,
            received_at - sent_at,
            received_at - announced_at,
        ];
        for (histogram, micros) in self.hops.iter_mut().zip(hops) {
            histogram.saturating_record(u64::try_from(micros).unwrap_or(0));
        }
    }
}

/// A Message-ID without its angle brackets.
fn bare(message_id: &str) -> String {
    message_id.trim_matches(['<', '>']).to_owned()
}

fn histogram() -> Histogram<u64> {
    // Microseconds up to an hour: the bounds are valid, so there is always a histogram.
    Histogram::new_with_bounds(1, 3_600_000_000, 3)
        .unwrap_or_else(|_| unreachable!("constant bounds"))
}

impl Report {
    pub(super) fn new(
        args: &DemoArgs,
        load: &Load,
        sent: u64,
        tally: &Tally,
        fsync: Option<Duration>,
    ) -> Self {
        let hop = |index: usize| HopReport::new(&tally.hops[index]);
        Self {
            mailboxes: args.mailboxes,
            rate: args.rate,
            seconds: args.seconds,
            achieved_rate: load.achieved_rate,
            expected: load.delivered,
            sent,
            received: tally.received,
            lost: sent.saturating_sub(tally.received),
            duplicates: tally.duplicates,
            hops: HOPS
                .iter()
                .take(4)
                .enumerate()
                .map(|(i, name)| (*name, hop(i)))
                .collect(),
            total: hop(4),
            log_sync: fsync.map(|_| "full: an event is acknowledged after fsync"),
            fsync_p50_ms: fsync.map(|took| took.as_secs_f64() * 1e3),
        }
    }

    /// Every mail that was to be sent is held by the server, and every one of those was received.
    pub(super) const fn passed(&self) -> bool {
        self.sent == self.expected && self.lost == 0
    }

    pub(super) fn print_histograms(&self, tally: &Tally) {
        println!("\n  hop         p50 ms    p99 ms    max ms");
        for (name, histogram) in HOPS.iter().zip(&tally.hops) {
            let HopReport {
                p50_ms,
                p99_ms,
                max_ms,
            } = HopReport::new(histogram);
            println!(
                "  {name:9} {p50_ms:8.2}  {p99_ms:8.2}  {max_ms:8.2}   {}",
                bars(histogram)
            );
        }
        println!(
            "            the bars: {}\n",
            BUCKETS.map(|(_, name)| name).join("  ")
        );
        println!(
            "  {} sent, {} received, {} lost, {} duplicates\n",
            self.sent, self.received, self.lost, self.duplicates
        );
    }
}

impl HopReport {
    fn new(histogram: &Histogram<u64>) -> Self {
        let ms = |micros: u64| micros as f64 / 1e3;
        Self {
            p50_ms: ms(histogram.value_at_quantile(0.5)),
            p99_ms: ms(histogram.value_at_quantile(0.99)),
            max_ms: ms(histogram.max()),
        }
    }
}

/// Upper bounds of the bars, in microseconds.
const BUCKETS: [(u64, &str); 8] = [
    (250, "<0.25"),
    (500, "<0.5"),
    (1_000, "<1"),
    (2_000, "<2"),
    (5_000, "<5"),
    (10_000, "<10"),
    (50_000, "<50"),
    (u64::MAX, "more"),
];

/// A bar per bucket, as high as its share.
fn bars(histogram: &Histogram<u64>) -> String {
    const LEVELS: [char; 9] = [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    let mut low = 0;
    BUCKETS
        .iter()
        .map(|(high, _)| {
            let share =
                histogram.count_between(low, high - 1) as f64 / histogram.len().max(1) as f64;
            low = *high;
            let level = (share * 8.0).ceil() as usize;
            LEVELS[level.min(8)]
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use pushmail_domain::Timestamp;

    fn announced(number: u32) -> Announcement {
        Announcement {
            user: "ann".into(),
            uid: number,
            message_id: format!("<{number}@mail.test>").into(),
            announced_at: Timestamp::from_micros(1_000),
        }
    }

    fn push(event: &str, number: u32) -> Push {
        Push {
            event: event.into(),
            message_id: format!("{number}@mail.test"),
            detected_at: 2_000,
            fetched_at: 3_000,
            sent_at: 4_000,
            received_at: 5_000,
        }
    }

    #[test]
    fn a_mail_that_came_twice_does_not_make_up_for_one_that_did_not() {
        let again = push("a", 1);
        let pushes = vec![push("a", 1), again, push("b", 1)];
        let tally = Tally::new(vec![announced(1), announced(2)], pushes);
        assert_eq!((tally.received, tally.duplicates), (1, 2));
    }
}
