//! Devices are bound to no process.

use super::{Fleet, all_idle};

#[tokio::test]
async fn a_device_that_moves_to_another_process_misses_nothing_and_gets_nothing_twice() {
    let Some(fleet) = Fleet::start().await else {
        return;
    };
    let _watcher = fleet.join("watcher").await;
    let other = fleet.join("delivery").await;
    let mut watched = fleet.watch(1).await;
    all_idle(&fleet.server, 1).await;
    let mut expected = Vec::new();
    for round in 0..3 {
        let one = &mut watched[0];
        for place in [&other, &fleet.delivery] {
            assert_eq!(one.listener.interrupt().await, Some(0));
            expected.push(fleet.deliver(one, &format!("away {round}")));
            one.listener.restart(place).await;
            assert_eq!(one.listener.mail().await, expected[expected.len() - 1]);
            expected.push(fleet.deliver(one, &format!("there {round}")));
            assert_eq!(one.listener.mail().await, expected[expected.len() - 1]);
        }
    }
}

#[tokio::test]
async fn a_device_whose_process_dies_goes_on_at_another() {
    let Some(mut fleet) = Fleet::start().await else {
        return;
    };
    let _watcher = fleet.join("watcher").await;
    let other = fleet.join("delivery").await;
    let mut watched = fleet.watch(1).await;
    all_idle(&fleet.server, 1).await;
    fleet.reaches_all(&mut watched, "before").await;
    fleet.delivery.kill().await;
    let one = &mut watched[0];
    one.listener.next("disconnected").await;
    assert_eq!(one.listener.interrupt().await, Some(0));
    let missed = fleet.deliver(one, "missed");
    one.listener.restart(&other).await;
    assert_eq!(one.listener.mail().await, missed);
    fleet.reaches_all(&mut watched, "after").await;
}
