//! What happened, counted.

use crate::kind::Kind;
use crate::observer::Takeover;
use pushmail_testkit::proxy::{Answer, Late};
use serde::Serialize;
use std::collections::BTreeMap;
use std::time::Duration;

/// The server's code for a fence that is another.
const REFUSED: u64 = 10071;

/// Faults of one kind that met the same target.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Fault {
    pub(crate) kind: Kind,
    pub(crate) target: String,
    pub(crate) count: u64,
    /// Until the table named another owner for a shard of the watcher that was taken out; the longest.
    pub(crate) detect_ms: Option<u64>,
    /// Until all its shards were fenced anew in the log; the longest.
    pub(crate) takeover_ms: Option<u64>,
}

/// Publishes of an owner that reached the log after another had taken the shard.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Stale {
    /// All that were answered by a refusal or an acknowledgement.
    #[serde(rename = "stale_attempted")]
    pub(crate) attempted: u64,
    /// Those that were stored.
    #[serde(rename = "stale_accepted")]
    pub(crate) accepted: u64,
    /// Those that the log passed over, since the id was stored within the dedupe window; not among the attempted.
    #[serde(rename = "stale_deduplicated")]
    pub(crate) deduplicated: u64,
}

impl Stale {
    /// Counts one that was stale.
    pub(crate) fn add(&mut self, late: &Late) {
        let Answer::Said(said) = &late.answer else {
            return;
        };
        if said["error"]["err_code"] == REFUSED {
            self.attempted += 1;
        } else if said["duplicate"] == true {
            self.deduplicated += 1;
        } else if said["seq"].is_u64() {
            self.attempted += 1;
            self.accepted += 1;
        }
    }
}

/// Counts of a run.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    faults: BTreeMap<(Kind, String), Fault>,
    pub(crate) stale: Stale,
}

impl Tally {
    pub(crate) fn fault(&mut self, kind: Kind, target: &str, took: Takeover) {
        let millis =
            |time: Option<Duration>| time.and_then(|time| u64::try_from(time.as_millis()).ok());
        let fault = self
            .faults
            .entry((kind, target.to_owned()))
            .or_insert_with(|| Fault {
                kind,
                target: target.to_owned(),
                count: 0,
                detect_ms: None,
                takeover_ms: None,
            });
        fault.count += 1;
        fault.detect_ms = fault.detect_ms.max(millis(took.detect));
        fault.takeover_ms = fault.takeover_ms.max(millis(took.takeover));
    }

    pub(crate) fn faults(&self) -> Vec<Fault> {
        self.faults.values().cloned().collect()
    }
}
