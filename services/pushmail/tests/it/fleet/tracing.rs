//! One mail through several processes.

use super::{Fleet, all_idle};
use crate::trace::{HOPS, counted, one_trace};
use pushmail_testkit::OtlpReceiver;

#[tokio::test]
async fn the_spans_of_a_watcher_and_of_a_delivery_process_are_one_trace() {
    let receiver = OtlpReceiver::start().await;
    let Some(fleet) = Fleet::traced_to(receiver.endpoint()).await else {
        return;
    };
    let watcher = fleet.join("watcher").await;
    let mut watched = fleet.watch(1).await;
    all_idle(&fleet.server, 1).await;
    fleet.reaches_all(&mut watched, "traced").await;
    one_trace(&receiver).await;

    let places = [&watcher, &fleet.delivery].map(|process| process.get("/metrics"));
    for (hop, is_the_watcher_s) in HOPS.into_iter().zip([true, true, true, false, false]) {
        let made = places.each_ref().map(|metrics| counted(metrics, hop) > 0);
        assert_eq!(made, [is_the_watcher_s, !is_the_watcher_s], "{hop}");
    }
}
