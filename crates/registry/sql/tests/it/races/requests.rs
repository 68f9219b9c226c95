//! The same thing, asked for twice at once.

use super::ROUNDS;
use pushmail_domain::StreamId;
use pushmail_registry::contract::sample::*;
use pushmail_registry::{Accounts, Devices, Generations, Settings, Tenants};
use pushmail_registry_sql::SqlRegistry;
use tokio::join;

pub(super) async fn one_request_makes_one_tenant(one: &SqlRegistry, other: &SqlRegistry) {
    for round in 0..ROUNDS {
        let request = format!("request {round}");
        let (first, second) = join!(
            one.create_tenant(tenant(2 * round), Some(&request)),
            other.create_tenant(tenant(2 * round + 1), Some(&request)),
        );
        assert_eq!(first.unwrap(), second.unwrap());
    }
    let all = one.list_tenants(page(None, 1000)).await.unwrap();
    assert_eq!(all.len(), ROUNDS as usize);
}

pub(super) async fn one_request_makes_one_account(one: &SqlRegistry, other: &SqlRegistry) {
    with_tenants(one, &[1]).await;
    for round in 0..ROUNDS {
        let request = format!("request {round}");
        let (first, second) = join!(
            one.create_account(tenant_id(1), new_account(2 * round), Some(&request)),
            other.create_account(tenant_id(1), new_account(2 * round + 1), Some(&request)),
        );
        assert_eq!(first.unwrap(), second.unwrap());
    }
    let all = one.account_changes(0, 1000).await.unwrap();
    assert_eq!(all.len(), ROUNDS as usize);
}

pub(super) async fn one_request_makes_one_device(one: &SqlRegistry, other: &SqlRegistry) {
    with_tenants(one, &[1]).await;
    with_accounts(one, 1, &[1]).await;
    for round in 0..ROUNDS {
        let request = format!("request {round}");
        let (first, second) = join!(
            one.create_device(device(tenant_id(1), 2 * round, &[1]), Some(&request)),
            other.create_device(device(tenant_id(1), 2 * round + 1, &[1]), Some(&request)),
        );
        assert_eq!(first.unwrap(), second.unwrap());
    }
    let all = one.list_devices(tenant_id(1), page(None, 1000)).await;
    assert_eq!(all.unwrap().len(), ROUNDS as usize);
}

pub(super) async fn one_value_of_a_setting_stands(one: &SqlRegistry, other: &SqlRegistry) {
    for round in 0..ROUNDS {
        let name = format!("setting {round}");
        let (first, second) = join!(
            one.setting_or_insert(&name, b"one"),
            other.setting_or_insert(&name, b"other"),
        );
        let stands = first.unwrap();
        assert_eq!(second.unwrap(), stands);
        assert_eq!(one.setting(&name).await.unwrap(), Some(stands));
    }
}

pub(super) async fn a_generation_is_raised_once(one: &SqlRegistry, other: &SqlRegistry) {
    let stream = StreamId::new(9);
    for seen in 1..ROUNDS {
        let (first, second) = join!(
            one.raise_generation(stream, seen),
            other.raise_generation(stream, seen),
        );
        assert_eq!((first.unwrap(), second.unwrap()), (seen + 1, seen + 1));
    }
    assert_eq!(one.generations().await.unwrap()[9], ROUNDS);
}
