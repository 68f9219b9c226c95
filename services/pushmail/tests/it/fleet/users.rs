//! A fleet whose roles are users of NATS, each with the permissions of the chart.

use super::{Fleet, all_idle, config};
use crate::support::{Gateway, Stores, mailsim};
use std::sync::Arc;
use std::time::Duration;

/// What delivery says while there are no streams.
const WAITS: &str = "the event log has no streams yet";

#[tokio::test]
async fn delivery_waits_for_the_others_and_each_role_may_do_what_it_needs() {
    let Some(stores) = Stores::with_users().map(Arc::new) else {
        return;
    };
    let server = mailsim().await;
    let config = config(&server);
    let others = async {
        // Long enough for delivery to find no stream.
        tokio::time::sleep(Duration::from_secs(2)).await;
        Gateway::join("control", &config, &stores).await
    };
    let delivery = Gateway::join("delivery", &config, &stores);
    let (delivery, control) = tokio::join!(delivery, others);
    let waited = |line: &String| line.contains(WAITS);
    assert!(delivery.said.iter().any(waited), "{:#?}", delivery.said);

    let tenant = control.tenant("acme").await;
    let fleet = Fleet {
        stores,
        server,
        control,
        delivery,
        tenant,
        traces: String::new(),
    };
    let watcher = fleet.join("watcher").await;
    let mut watched = fleet.watch(2).await;
    all_idle(&fleet.server, 2).await;
    fleet.reaches_all(&mut watched, "one").await;
    // Erases events, and tells the watcher by a nudge.
    let account = &watched[0].account;
    let delete = ["account", "delete", &fleet.tenant, account];
    fleet.control.ctl(&delete).await;
    all_idle(&fleet.server, 1).await;
    for process in [&fleet.control, &fleet.delivery, &watcher] {
        assert!(process.get("/readyz").starts_with("HTTP/1.1 200"));
    }
}

#[tokio::test]
async fn delivery_can_be_ended_while_it_waits() {
    let Some(stores) = Stores::with_users().map(Arc::new) else {
        return;
    };
    let config = config(&mailsim().await);
    let mut delivery = Gateway::join_waiting("delivery", &config, &stores, WAITS).await;
    // Not by the signal itself: as a container's first process it would go on.
    assert_eq!(delivery.terminate().await, Some(1));
}
