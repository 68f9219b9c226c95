//! Heartbeats, drains, acknowledgements.

use crate::harness::{World, config};
use pushmail_proto::v1::connect_response::Frame;
use pushmail_runtime::Outcome;
use std::time::Duration;
use tokio::time::Instant;

#[tokio::test]
async fn a_quiet_session_beats() {
    let world = World::new().await;
    let owner = world.owner().await;
    let mailbox = world.mailbox(&owner).await;
    let device = world.device(&owner, &[&mailbox]).await;
    let mut config = config();
    config.heartbeat = Duration::from_millis(20);
    let gateway = world.serve(config).await;
    let mut phone = gateway.open(&device, vec![]).await;
    phone.opening().await;
    // More often than a device that does not read would be waited for.
    for _ in 0..8 {
        let (frames, pong) = phone.opening().await;
        assert!(frames.is_empty() && pong.payload.is_empty());
        assert_eq!(pong.positions.len(), 1);
    }
}

#[tokio::test]
async fn a_drain_with_nowhere_else_to_go_says_so_delivers_on_and_ends_cleanly() {
    let world = World::new().await;
    let owner = world.owner().await;
    let mailbox = world.mailbox(&owner).await;
    let device = world.device(&owner, &[&mailbox]).await;
    let mut config = config();
    config.drain_grace = Duration::from_secs(1);
    let gateway = world.serve(config.clone()).await;
    let mut phone = gateway.open(&device, vec![]).await;
    phone.opening().await;

    let watch = async {
        let Frame::GoAway(go_away) = phone.frame().await else {
            panic!("no GoAway");
        };
        let after = Duration::try_from(go_away.reconnect_after.unwrap()).unwrap();
        assert!(after <= config.drain_spread);
        world.mails(&mailbox, [1]).await;
        assert_eq!(phone.uids(1).await, [1]);
        assert_eq!(phone.next().await.unwrap(), None);
    };
    let (outcome, ()) = tokio::join!(gateway.shut_down(), watch);
    assert_eq!(outcome, Outcome::Clean);
}

#[tokio::test]
async fn in_a_drain_a_device_that_can_go_elsewhere_is_served_until_its_turn_to_go_comes() {
    let world = World::new().await;
    let owner = world.owner().await;
    let mailbox = world.mailbox(&owner).await;
    let device = world.device(&owner, &[&mailbox]).await;
    let mut config = config();
    config.drain_spread = Duration::from_secs(1);
    let turn = config.drain_spread / 2;
    let gateway = world.serve_among_others(config).await;
    let mut phone = gateway.open(&device, vec![]).await;
    phone.opening().await;

    let begun = Instant::now();
    let watch = async {
        world.mails(&mailbox, [1]).await;
        assert_eq!(phone.uids(1).await, [1]);
        let Frame::GoAway(go_away) = phone.frame().await else {
            panic!("no GoAway");
        };
        assert!(begun.elapsed() >= turn, "not before its turn");
        let after = Duration::try_from(go_away.reconnect_after.unwrap()).unwrap();
        assert!(after.is_zero(), "another process serves it at once");
        world.mails(&mailbox, [2]).await;
        assert_eq!(phone.uids(1).await, [2]);
        assert_eq!(phone.next().await.unwrap(), None);
    };
    let (outcome, ()) = tokio::join!(gateway.shut_down(), watch);
    assert_eq!(outcome, Outcome::Clean);
}

#[tokio::test]
async fn an_acknowledgement_covers_what_came_before_it() {
    let world = World::new().await;
    let owner = world.owner().await;
    let mailbox = world.mailbox(&owner).await;
    let device = world.device(&owner, &[&mailbox]).await;
    let gateway = world.serve(config()).await;
    let mut phone = gateway.open(&device, vec![]).await;
    phone.opening().await;
    world.mails(&mailbox, 1..=3).await;
    phone.uids(2).await;
    let third = phone.event().await;
    phone.ack(&third.resume).await;
    phone.ack(&third.resume).await;
    let ping =
        pushmail_proto::v1::connect_request::Frame::Ping(pushmail_proto::v1::Ping::default());
    phone.send(ping).await;
    phone.opening().await;
    let metrics = gateway.telemetry.render();
    assert!(metrics.contains("pushmail_acks_total 3"), "{metrics}");
    assert!(
        metrics.contains(r#"pushmail_events_delivered_total{mode="live"} 3"#),
        "{metrics}"
    );
}
