//! Devices that do not read.

use crate::harness::{World, config, uid};
use pushmail_proto::v1::{connect_response::Frame, reset::Reason};

#[tokio::test]
async fn a_device_that_does_not_read_is_reset_and_recovers() {
    let world = World::new().await;
    let owner = world.owner().await;
    let mailbox = world.mailbox(&owner).await;
    let (slow, fast) = (
        world.device(&owner, &[&mailbox]).await,
        world.device(&owner, &[&mailbox]).await,
    );
    let mut config = config();
    config.session_queue = 4;
    let gateway = world.serve(config).await;
    let mut slow_phone = gateway.open(&slow, vec![]).await;
    slow_phone.opening().await;
    let mut fast_phone = gateway.open(&fast, vec![]).await;
    fast_phone.opening().await;

    // More than queue, outbox and HTTP/2 windows hold. When the fast device has an event, the
    // dispatcher is done with it.
    let preview = "x".repeat(32 * 1024);
    for number in 1..=200 {
        world
            .append(&mailbox, vec![mailbox.mail(number, &preview)])
            .await;
        assert_eq!(fast_phone.uids(1).await, [number]);
    }

    let mut last = None;
    let mut sent = 0;
    let reset = loop {
        match slow_phone.frame().await {
            Frame::Event(event) => {
                sent += 1;
                assert_eq!(uid(&event), sent);
                last = Some(event.resume);
            }
            Frame::Reset(reset) => break reset,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(reset.reason(), Reason::SlowConsumer);
    assert!(sent < 200);

    // It goes on after the gap, and the gap is still in the log.
    world.mails(&mailbox, [201]).await;
    assert_eq!(slow_phone.uids(1).await, [201]);
    let mut phone = gateway.open(&slow, vec![last.unwrap()]).await;
    let missed: Vec<u32> = (sent + 1..=201).collect();
    assert_eq!(phone.uids(missed.len()).await, missed);
}
