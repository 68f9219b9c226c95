//! Who is connected first, and how fast two watchers log in together.

use crate::server::Server;
use crate::watcher::{PATIENCE, Watcher, eventually};
use crate::world::World;
use pushmail_domain::{AccountId, SHARD_COUNT, WorkerId};
use pushmail_leases::Leases as _;
use pushmail_leases_embedded::{Config as LeaseConfig, EmbeddedLeases};
use pushmail_pacer::{Ask, Bucket, Rate};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::timeout;

/// Tokens come this often, by the clock that stands still.
const EVERY: Duration = Duration::from_millis(10);

fn user(number: usize) -> String {
    format!("user{number}")
}

async fn accounts(
    world: &World,
    server: &Server,
    numbers: std::ops::Range<usize>,
) -> Vec<AccountId> {
    let mut accounts = Vec::new();
    for number in numbers {
        accounts.push(world.user_at(&user(number), server.addr).await);
    }
    accounts
}

/// How many accounts wait in a lane.
fn waiting(watcher: &Watcher, lane: &str) -> usize {
    let waiting = watcher.metric(&format!("pushmail_waiting_logins{{lane=\"{lane}\"}}"));
    usize::try_from(waiting).unwrap()
}

/// From now on the provider gets so many logins at once; `left` of them are left.
async fn limit(world: &mut World, burst: u32, left: u32) {
    world.budget.logins_per_provider = burst;
    world.budget.provider_login_every = EVERY;
    let bucket = Bucket::Provider {
        provider: "127.0.0.1".to_owned(),
        egress: None,
    };
    let ask = Ask {
        bucket: &bucket,
        rate: Rate {
            burst,
            every: EVERY,
        },
        tokens: burst - left,
        unused: 0,
    };
    world.pacer.take(&[ask]).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn accounts_whose_device_waits_are_connected_first_then_those_that_were_live() {
    let mut world = World::new().await;
    let server = Server::start(&[1]).await;
    accounts(&world, &server, 0..10).await;
    let watcher = world.watch().await;
    eventually("ten are live", || server.idling() == 10).await;
    watcher.drain().await;

    accounts(&world, &server, 10..90).await;
    let with_device = accounts(&world, &server, 90..100).await;
    world.devices.note(&with_device).await.unwrap();
    limit(&mut world, 1, 0).await;
    let watcher = world.watch().await;
    let lanes = || ["device", "live", "new"].map(|lane| waiting(&watcher, lane));
    eventually("all wait", || lanes() == [10, 10, 80]).await;
    let before = server.order().len();
    for tried in 1..=100 {
        world.clock.advance(EVERY);
        eventually("another one logs in", || {
            server.order().len() == before + tried
        })
        .await;
    }
    let order: Vec<usize> = server.order()[before..]
        .iter()
        .map(|name| name.trim_start_matches("user").parse().unwrap())
        .collect();
    assert!(order[..10].iter().all(|number| *number >= 90), "{order:?}");
    // One in sixteen is who has waited longest.
    let live = order[10..21].iter().filter(|number| **number < 10);
    assert_eq!(live.count(), 10, "{order:?}");
    watcher.drain().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_that_is_not_known_of_keeps_nobody_waiting() {
    let world = World::new().await;
    let server = Server::start(&[1]).await;
    let known = accounts(&world, &server, 0..4).await;
    // An account that this watcher does not have.
    world
        .devices
        .note(&[AccountId::from_bytes([9; 16])])
        .await
        .unwrap();
    let watcher = world.watch().await;
    eventually("all are live", || server.idling() == known.len()).await;
    watcher.drain().await;
}

/// Whether both workers have their share of the shards, so that none moves any more.
async fn is_balanced(leases: &EmbeddedLeases) -> bool {
    let view = leases.view().await.unwrap();
    let mut shares = HashMap::<WorkerId, usize>::new();
    for (_, owner) in view.owners {
        *shares.entry(owner).or_default() += 1;
    }
    let fair = usize::from(SHARD_COUNT) / 2;
    let spread = fair / 10;
    shares.len() == 2 && shares.values().all(|share| share.abs_diff(fair) <= spread)
}

#[tokio::test(flavor = "multi_thread")]
async fn two_watchers_together_keep_a_provider_s_rate() {
    let mut world = World::new().await;
    let server = Server::start(&[1]).await;
    accounts(&world, &server, 0..40).await;
    limit(&mut world, 10, 0).await;
    let leases = EmbeddedLeases::new(LeaseConfig::default(), world.clock.clone());
    let leases = Arc::new(leases);
    world.fleet = Some(leases.clone());
    world.beat_interval = Duration::from_millis(50);
    let registry = Arc::new(world.registry.clone());
    let start = || world.start(registry.clone(), Duration::from_millis(20));
    let [one, two] = [start(), start()].map(|(watcher, _)| watcher);
    let balancing = async {
        while !is_balanced(&leases).await {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    timeout(PATIENCE, balancing).await.unwrap();
    assert_eq!(world.workers.get(), 2);

    let all = |watcher: &Watcher| waiting(watcher, "new") + waiting(watcher, "live");
    let logged_in = |count: usize| server.idling() == count && all(&one) + all(&two) == 40 - count;
    eventually("all wait", || logged_in(0)).await;
    assert!(
        all(&one) > 0 && all(&two) > 0,
        "both wait for the same tokens"
    );
    assert_eq!(server.order().len(), 0);
    // However much time passes, the provider bears its burst at once.
    world.clock.advance(EVERY * 1000);
    eventually("ten have logged in", || logged_in(10)).await;
    assert_eq!(server.order().len(), 10);
    for more in 1..=5 {
        world.clock.advance(EVERY * 2);
        eventually("two more", || logged_in(10 + 2 * more)).await;
        assert_eq!(server.order().len(), 10 + 2 * more);
    }
    one.drain().await;
    two.drain().await;
}
