//! What a fleet must keep to.

use super::Report;

/// Calls of the table in any second.
const CALLS: u64 = 2_000;
/// Moves, in tenths of the least that are needed.
const MOVES: u64 = 11;

/// The bounds that are broken, in words.
pub(super) fn broken(report: &Report) -> Vec<String> {
    let mut broken = Vec::new();
    if report.shards_moved * 10 > report.least_moves * MOVES {
        let (moved, least) = (report.shards_moved, report.least_moves);
        broken.push(format!("{moved} shards moved where {least} had to"));
    }
    if report.calls_peak >= CALLS {
        broken.push(format!("{} calls in one second", report.calls_peak));
    }
    if report.owned_after_seconds.is_none() {
        broken.push("not every shard was owned in the end".to_owned());
    }
    if report.fair_after_seconds.is_none() {
        broken.push("loads did not become fair".to_owned());
    }
    broken
}
