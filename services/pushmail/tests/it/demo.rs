//! `pushmail demo`, short.

use crate::support::{pushmail, run};
use serde_json::Value;

#[tokio::test]
async fn every_mail_of_a_short_demo_arrives_and_every_hop_is_measured() {
    let mut command = pushmail();
    command.args([
        "demo",
        "--mailboxes",
        "10",
        "--rate",
        "20",
        "--seconds",
        "2",
        "--json",
    ]);
    let ended = run(&mut command).await;
    assert_eq!(ended.code, Some(0), "{ended:?}");
    let last = ended.stdout.lines().last().unwrap();
    let report: Value = serde_json::from_str(last).unwrap();
    for (key, expected) in [
        ("expected", 40),
        ("sent", 40),
        ("received", 40),
        ("lost", 0),
        ("duplicates", 0),
    ] {
        assert_eq!(report[key], expected, "{key}: {report}");
    }
    let hops = report["hops"].as_object().unwrap().values();
    assert!(hops.len() >= 4, "{report}");
    for hop in hops.chain([&report["total"]]) {
        let [p50, p99, max] = ["p50_ms", "p99_ms", "max_ms"].map(|key| hop[key].as_f64().unwrap());
        assert!(p50 <= p99 && p99 <= max, "{report}");
    }
    assert!(report["log_sync"].is_string(), "{report}");
    assert!(report["fsync_p50_ms"].as_f64().unwrap() >= 0.0, "{report}");
}
