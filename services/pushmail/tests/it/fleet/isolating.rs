//! A watcher that reaches neither leases nor event log: somebody else may have its mailboxes by now.

use super::{Fleet, all_idle, config, shards as shards_of};
use crate::support::{Config, Gateway, until};
use futures::stream::{self, StreamExt as _};
use pushmail_testkit::proxy::Mode;

/// Mailboxes with a device.
const MAILBOXES: usize = 8;
/// Mailboxes of so many shards that to wait for the fences of all of them would take longer than a test waits.
const MANY: usize = 140;
/// How many accounts are made at the same time.
const AT_ONCE: usize = 4;

/// Cuts the only watcher off in this way: its connections end, another one takes over, and the first one gets its
/// share back when the ways are mended; each mail reaches its device once. There are `count` mailboxes, some of them
/// without a device.
async fn closes_its_connections(cut: Mode, count: usize) {
    let Some(fleet) = Fleet::start().await else {
        return;
    };
    let ways = fleet.stores.ways().await;
    let by_ways = Config {
        ways: Some(ways.addrs()),
        ..config(&fleet.server)
    };
    let first = Gateway::join("watcher", &by_ways, &fleet.stores).await;
    let mut watched = fleet.watch(MAILBOXES).await;
    stream::iter(MAILBOXES + 1..=count)
        .for_each_concurrent(AT_ONCE, async |number| drop(fleet.account(number).await))
        .await;
    all_idle(&fleet.server, count).await;
    fleet.reaches_all(&mut watched, "before").await;
    let all = shards_of(&first);

    ways.set(cut);
    // Nobody else is there: it is the first one that ends them.
    all_idle(&fleet.server, 0).await;
    let second = fleet.join("watcher").await;
    fleet.reaches_all(&mut watched, "meanwhile").await;
    all_idle(&fleet.server, count).await;

    ways.set(Mode::Pass);
    until(async || match (shards_of(&first), shards_of(&second)) {
        (first, second) if first > 0 && first + second == all => Ok(()),
        (first, second) => Err(format!("{first} and {second} of {all} shards")),
    })
    .await;
    fleet.reaches_all(&mut watched, "after").await;
    all_idle(&fleet.server, count).await;
}

#[tokio::test]
async fn a_watcher_whose_connections_to_leases_and_log_end_closes_those_to_mail_servers() {
    closes_its_connections(Mode::Refuse, MAILBOXES).await;
}

#[tokio::test]
async fn a_watcher_that_hears_nothing_from_leases_and_log_closes_those_to_mail_servers() {
    closes_its_connections(Mode::Stall, MANY).await;
}
