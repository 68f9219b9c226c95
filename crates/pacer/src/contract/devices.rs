//! Devices: seen by all for a while.

use super::{Fixture, processes};
use pushmail_domain::{AccountId, Shard};
use std::collections::{BTreeMap, HashSet};

fn account(number: u16) -> AccountId {
    let mut id = [7; 16];
    id[..2].copy_from_slice(&number.to_be_bytes());
    AccountId::from_bytes(id)
}

/// Whoever noted it.
pub async fn a_device_that_was_noted_is_seen_by_all(fixture: &impl Fixture) {
    let [one, two] = processes(fixture).await;
    let shard = Shard::of(account(1));
    assert_eq!(two.devices.seen(shard).await.unwrap(), HashSet::new());
    one.devices.note(&[account(1)]).await.unwrap();
    for process in [one, two] {
        let seen = process.devices.seen(shard).await.unwrap();
        assert_eq!(seen, HashSet::from([account(1)]));
    }
}

/// Asked by shard, and answered by shard.
pub async fn a_device_is_seen_in_its_shard_only(fixture: &impl Fixture) {
    let [one] = processes(fixture).await;
    one.devices.note(&[account(1)]).await.unwrap();
    let other = Shard::all().find(|shard| *shard != Shard::of(account(1)));
    let seen = one.devices.seen(other.unwrap()).await.unwrap();
    assert_eq!(seen, HashSet::new());
}

/// By itself.
pub async fn a_device_is_forgotten_after_a_time(fixture: &impl Fixture) {
    let [one] = processes(fixture).await;
    one.devices.note(&[account(1)]).await.unwrap();
    fixture.pass(fixture.seen_within() * 3 / 2).await;
    let seen = one.devices.seen(Shard::of(account(1))).await.unwrap();
    assert_eq!(seen, HashSet::new());
}

/// While others of its shard are forgotten.
pub async fn one_that_is_noted_again_stays(fixture: &impl Fixture) {
    let [one] = processes(fixture).await;
    let shard = Shard::of(account(1));
    let mut others = (2..).map(account);
    let other = others.find(|other| Shard::of(*other) == shard).unwrap();
    one.devices.note(&[account(1), other]).await.unwrap();
    for _ in 0..4 {
        fixture.pass(fixture.seen_within() * 2 / 5).await;
        one.devices.note(&[account(1)]).await.unwrap();
    }
    let seen = one.devices.seen(shard).await.unwrap();
    assert_eq!(seen, HashSet::from([account(1)]));
}

/// As many as a process that serves devices has.
pub async fn a_lot_of_devices_are_noted_at_once(fixture: &impl Fixture) {
    let [one, two] = processes(fixture).await;
    let accounts: Vec<AccountId> = (0..20_000).map(account).collect();
    one.devices.note(&accounts).await.unwrap();
    let mut by_shard = BTreeMap::<Shard, HashSet<AccountId>>::new();
    for account in accounts {
        by_shard
            .entry(Shard::of(account))
            .or_default()
            .insert(account);
    }
    for (shard, noted) in by_shard.into_iter().step_by(100) {
        assert_eq!(two.devices.seen(shard).await.unwrap(), noted);
    }
}

/// A process without sessions has nothing to say.
pub async fn noting_nothing_is_no_error(fixture: &impl Fixture) {
    let [one] = processes(fixture).await;
    one.devices.note(&[]).await.unwrap();
}
