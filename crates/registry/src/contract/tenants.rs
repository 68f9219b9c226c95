//! Promises about tenants.

use super::sample::*;
use crate::{Registry, RegistryErrorKind};

/// What is read is what was made.
pub async fn a_tenant_reads_back_as_it_was_made(registry: &dyn Registry) {
    assert_eq!(registry.tenant(tenant_id(1)).await.unwrap(), None);
    let made = registry.create_tenant(tenant(1), None).await.unwrap();
    assert_eq!(made, tenant(1));
    assert_eq!(registry.tenant(tenant_id(1)).await.unwrap(), Some(made));
}

/// The first one is returned, and stays the only one.
pub async fn a_repeated_request_makes_no_second_tenant(registry: &dyn Registry) {
    let request = Some("request");
    registry.create_tenant(tenant(1), request).await.unwrap();
    let again = registry.create_tenant(tenant(2), request).await.unwrap();
    assert_eq!(again, tenant(1));
    assert_eq!(registry.tenant(tenant_id(2)).await.unwrap(), None);
}

/// All of them, each once; equal times are ordered too.
pub async fn tenants_are_listed_oldest_first_page_by_page(registry: &dyn Registry) {
    let mut twin = tenant(9);
    twin.created_at = moment(2);
    for made in [tenant(3), twin.clone(), tenant(1), tenant(2)] {
        registry.create_tenant(made, None).await.unwrap();
    }
    let first = registry.list_tenants(page(None, 2)).await.unwrap();
    assert_eq!(first, [tenant(1), tenant(2)]);
    let second = registry.list_tenants(page(Some(tenant_id(2)), 2)).await;
    assert_eq!(second.unwrap(), [twin, tenant(3)]);
    let third = registry.list_tenants(page(Some(tenant_id(3)), 2)).await;
    assert_eq!(third.unwrap(), []);
}

/// Its accounts, devices, tokens and checkpoints go; another tenant's stay.
pub async fn deleting_a_tenant_removes_all_that_is_its_own_and_nothing_else(
    registry: &dyn Registry,
) {
    with_tenants(registry, &[1, 2]).await;
    for number in [1, 2] {
        let owner = tenant_id(number);
        with_accounts(registry, number, &[number]).await;
        let device = device(owner, number, &[number]);
        registry.create_device(device, None).await.unwrap();
        let token = registry.set_token(owner, device_id(number), [7; 32]).await;
        token.unwrap();
    }
    let both = vec![checkpoint(1, 1), checkpoint(2, 1)];
    registry.flush(&[flush(0, 1, 1, both)]).await.unwrap();

    registry.delete_tenant(tenant_id(1)).await.unwrap();

    for (number, stays) in [(1, false), (2, true)] {
        let (owner, account, device) = (tenant_id(number), account_id(number), device_id(number));
        assert_eq!(registry.tenant(owner).await.unwrap().is_some(), stays);
        let found = registry.account(owner, account).await.unwrap();
        assert_eq!(found.is_some(), stays);
        let found = registry.credential(owner, account).await.unwrap();
        assert_eq!(found.is_some(), stays);
        let found = registry.device(owner, device).await.unwrap();
        assert_eq!(found.is_some(), stays);
        let found = registry.token(owner, device).await.unwrap();
        assert_eq!(found.is_some(), stays);
    }
    let left = registry.load_shard(shard(0)).await.unwrap().accounts;
    assert_eq!(left, [checkpoint(2, 1)]);
}

/// As it does one that never was.
pub async fn deleting_a_tenant_twice_finds_nothing(registry: &dyn Registry) {
    with_tenants(registry, &[1]).await;
    registry.delete_tenant(tenant_id(1)).await.unwrap();
    let again = registry.delete_tenant(tenant_id(1)).await;
    fails(again, RegistryErrorKind::NotFound);
}
