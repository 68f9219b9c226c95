//! Several watchers, and what they go by.

use crate::cut::Cut;
use crate::faulty::Failure;
use crate::watcher::{PATIENCE, Watcher, eventually};
use crate::world::{LIVE, Told, World};
use pushmail_domain::{AccountId, SHARD_COUNT, Shard};
use pushmail_eventlog::EventLog as _;
use pushmail_leases::Leases as _;
use pushmail_leases_embedded::{Config, EmbeddedLeases};
use pushmail_runtime::Aside;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, timeout};

const MAILBOXES: usize = 6;
const SHARDS: &str = "pushmail_shards";
const FENCED: &str = "pushmail_shards_fenced_total";
const BEATS: &str = "pushmail_beats_total{outcome=\"ok\"}";
const HAND_OVERS: &str = "pushmail_hand_overs_total";

/// A fleet that shares one table, and mailboxes of shards of their own.
struct Fleet {
    world: World,
    table: Arc<EmbeddedLeases>,
    accounts: Vec<AccountId>,
}

impl Fleet {
    async fn new() -> Self {
        let mut world = World::new().await;
        world.beat_interval = Duration::from_millis(20);
        let config = Config {
            settle: Duration::from_secs(1),
            ..Config::default()
        };
        let table = EmbeddedLeases::new(config, world.clock.clone());
        let mut accounts = Vec::new();
        for number in 0..MAILBOXES {
            accounts.push(world.account(&format!("user{number}")).await);
        }
        Self {
            world,
            table: Arc::new(table),
            accounts,
        }
    }

    /// Another watcher, and its way to the table.
    async fn join(&mut self) -> (Watcher, Arc<Cut>) {
        let cut = Cut::new(self.table.clone());
        self.world.fleet = Some(cut.clone());
        (self.world.watch().await, cut)
    }

    /// The first watcher, which has everything, once all mailboxes are live; and what they told.
    async fn first(&mut self) -> (Watcher, Arc<Cut>, Vec<Vec<Told>>) {
        let clock = self.world.clock.clone();
        // A new table takes no claims until it has settled.
        let settling = tokio::spawn(async move {
            loop {
                clock.advance(Duration::from_millis(100));
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        });
        let (watcher, cut) = self.join().await;
        settling.abort();
        for account in &self.accounts {
            self.world.expect(*account, &[LIVE]).await;
        }
        self.all_idle().await;
        let mut told = vec![vec![LIVE]; MAILBOXES];
        self.mail_for_all(&mut told).await;
        (watcher, cut, told)
    }

    /// Every mailbox gets a mail, which is announced once, after what `told` says was before.
    async fn mail_for_all(&self, told: &mut [Vec<Told>]) {
        for (number, told) in told.iter_mut().enumerate() {
            told.push(Told::Mail(self.world.deliver(&format!("user{number}"))));
        }
        for (account, told) in self.accounts.iter().zip(told) {
            self.world.expect(*account, told).await;
        }
    }

    /// Waits until each mailbox has one connection.
    async fn all_idle(&self) {
        eventually("each mailbox has one connection", || {
            self.world.sim.idling() == MAILBOXES
        })
        .await;
    }

    /// Waits until no shard is handed over any more: two watchers stop when both are within 10 % of half of all.
    async fn nothing_moves(&self) {
        let most = usize::from(SHARD_COUNT) * 55 / 100;
        let fuller = async || {
            let owners = self.table.view().await.unwrap().owners;
            let one = owners[0].1;
            let has = owners.iter().filter(|(_, owner)| *owner == one).count();
            has.max(owners.len() - has)
        };
        let waiting = async {
            while fuller().await > most {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        timeout(PATIENCE, waiting).await.expect("never even shares");
    }

    /// Lets time pass until this holds, as much as the table counts between two beats.
    async fn in_time(&self, what: &str, mut holds: impl FnMut() -> bool) {
        eventually(what, || {
            self.world.clock.advance(Duration::from_secs(1));
            holds()
        })
        .await;
    }
}

/// Waits until each of them has beaten some times more.
async fn beat(watchers: [&Watcher; 2]) {
    let beats = || watchers.map(|watcher| watcher.metric(BEATS));
    let before = beats();
    eventually("both beat again", || {
        let now = beats();
        now[0] > before[0] + 3 && now[1] > before[1] + 3
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_watcher_gets_shards_in_order_and_no_mail_is_doubled() {
    let mut fleet = Fleet::new().await;
    let (first, _, mut told) = fleet.first().await;
    let (second, _) = fleet.join().await;
    let shares = || (first.metric(SHARDS), second.metric(SHARDS));
    eventually("both have shards", || {
        let (first, second) = shares();
        first + second == 6 && second > 0
    })
    .await;
    assert!(first.metric(HAND_OVERS) > 0);
    fleet.mail_for_all(&mut told).await;
    fleet.all_idle().await;
    assert_eq!((first.metric(FENCED), second.metric(FENCED)), (0, 0));
    first.drain().await;
    second.drain().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_drained_watcher_hands_everything_over_before_it_ends() {
    let mut fleet = Fleet::new().await;
    let (first, _, mut told) = fleet.first().await;
    let (second, _) = fleet.join().await;
    let telemetry = first.telemetry.clone();
    first.drain().await;
    // Not by the table's finding out that it is gone: no time passes here.
    eventually("the second one has all", || second.metric(SHARDS) == 6).await;
    let handed = crate::watcher::metric(&telemetry, HAND_OVERS);
    assert_eq!(handed, 6, "each shard, once");
    fleet.mail_for_all(&mut told).await;
    fleet.all_idle().await;
    second.drain().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_watcher_that_is_asked_to_drain_hands_over_and_takes_nothing() {
    let mut fleet = Fleet::new().await;
    let (first, _, mut told) = fleet.first().await;
    let (second, _) = fleet.join().await;
    let asked = fleet.table.view().await.unwrap();
    let owners = asked.owners.iter().map(|(_, owner)| *owner);
    let count = |worker| owners.clone().filter(|owner| *owner == worker).count();
    let fullest = asked.members.iter().map(|seen| seen.member.worker);
    let fullest = fullest.max_by_key(|worker| count(*worker)).unwrap();
    assert!(fleet.table.drain(fullest).await.unwrap());
    eventually("the second one has all", || second.metric(SHARDS) == 6).await;
    eventually("the first one has none", || first.metric(SHARDS) == 0).await;
    fleet.mail_for_all(&mut told).await;
    fleet.all_idle().await;
    first.drain().await;
    second.drain().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_leases_a_watcher_keeps_its_mailboxes() {
    let mut fleet = Fleet::new().await;
    let (watcher, cut, mut told) = fleet.first().await;
    let logins = fleet.world.logins();
    cut.set_cut(true);
    eventually("it is cut off", || cut.refused() > 2).await;
    fleet.mail_for_all(&mut told).await;
    cut.set_cut(false);
    fleet.mail_for_all(&mut told).await;
    assert_eq!(fleet.world.logins(), logins);
    watcher.drain().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flushed_table_disconnects_nobody() {
    let mut fleet = Fleet::new().await;
    let (first, _, mut told) = fleet.first().await;
    let (second, _) = fleet.join().await;
    fleet.nothing_moves().await;
    fleet.mail_for_all(&mut told).await;
    fleet.all_idle().await;
    let shares = || (first.metric(SHARDS), second.metric(SHARDS));
    let (logins, before) = (fleet.world.logins(), shares());
    fleet.table.forget();
    beat([&first, &second]).await;
    fleet.mail_for_all(&mut told).await;
    assert_eq!(fleet.world.logins(), logins);
    assert_eq!(shares(), before);
    first.drain().await;
    second.drain().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_watcher_cut_off_from_the_leases_stops_what_another_one_took() {
    let mut fleet = Fleet::new().await;
    let (first, cut, mut told) = fleet.first().await;
    let (second, _) = fleet.join().await;
    cut.set_cut(true);
    fleet
        .in_time("the second one has all", || second.metric(SHARDS) == 6)
        .await;
    fleet
        .in_time("the first one has none", || first.metric(SHARDS) == 0)
        .await;
    fleet.all_idle().await;
    fleet.mail_for_all(&mut told).await;
    second.drain().await;
    cut.set_cut(false);
    eventually("the first one has them back", || first.metric(SHARDS) == 6).await;
    fleet.mail_for_all(&mut told).await;
    first.drain().await;
}

/// Waits until this holds, and lets nothing else of the runtime get on meanwhile.
fn while_held_up(what: &str, mut holds: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !holds() {
        assert!(begun.elapsed() < PATIENCE, "never: {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[tokio::test(flavor = "current_thread")]
async fn accounts_do_not_hold_heartbeats_up_unless_nothing_gets_on_for_long() {
    let heart = Aside::start("heart").unwrap();
    let mut world = World::new().await;
    world.heart = heart.handle();
    world.beat_interval = Duration::from_millis(20);
    world.isolated_after = Duration::from_secs(3);
    let account = world.account("ann").await;
    let watcher = world.watch().await;
    world.expect(account, &[LIVE]).await;
    // From here on this test has the only thread of the accounts' runtime.
    let before = watcher.metric(BEATS);
    while_held_up("it beats", || watcher.metric(BEATS) > before);
    let (mut last, mut since) = (before, Instant::now());
    while_held_up("it beats no more, for as long as fifty beats take", || {
        let beats = watcher.metric(BEATS);
        if beats != last {
            (last, since) = (beats, Instant::now());
        }
        since.elapsed() >= world.beat_interval * 50
    });
    eventually("it beats again", || watcher.metric(BEATS) > last).await;
    watcher.drain().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_that_says_it_lost_events_gets_a_new_generation_and_goes_on() {
    let world = World::new().await;
    let account = world.account("ann").await;
    let watcher = world.watch().await;
    world.expect(account, &[LIVE]).await;
    world.sim.wait_idling(1).await;
    world.log.fail_next(Failure::Regressed);
    let first = Told::Mail(world.deliver("ann"));
    world.expect(account, &[LIVE, first]).await;
    assert_eq!(world.log.generation(Shard::of(account).stream()), 2);
    assert_eq!(watcher.metric("pushmail_log_regressions_total"), 1);
    let second = Told::Mail(world.deliver("ann"));
    world.expect(account, &[LIVE, first, second]).await;
    watcher.drain().await;
}
