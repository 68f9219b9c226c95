//! Promises about devices.

use super::sample::*;
use crate::{Registry, RegistryErrorKind};

/// With its accounts in the order given.
pub async fn a_device_reads_back_as_it_was_made(registry: &dyn Registry) {
    with_tenants(registry, &[1]).await;
    with_accounts(registry, 1, &[1, 2, 3]).await;
    let device = device(tenant_id(1), 1, &[3, 1]);
    let made = registry.create_device(device.clone(), None).await.unwrap();
    assert_eq!(made, device);
    let read = registry.device(tenant_id(1), device_id(1)).await.unwrap();
    assert_eq!(read, Some(device));
}

/// Nothing is made.
pub async fn a_device_of_an_unknown_tenant_is_an_invalid_reference(registry: &dyn Registry) {
    let made = registry
        .create_device(device(tenant_id(1), 1, &[]), None)
        .await;
    fails(made, RegistryErrorKind::InvalidReference);
}

/// Nothing is made.
pub async fn an_account_that_does_not_exist_is_an_invalid_reference(registry: &dyn Registry) {
    with_tenants(registry, &[1]).await;
    with_accounts(registry, 1, &[1]).await;
    let made = registry
        .create_device(device(tenant_id(1), 1, &[1, 2]), None)
        .await;
    fails(made, RegistryErrorKind::InvalidReference);
    let found = registry.device(tenant_id(1), device_id(1)).await.unwrap();
    assert_eq!(found, None);
}

/// As if it did not exist.
pub async fn another_tenants_account_is_an_invalid_reference(registry: &dyn Registry) {
    with_tenants(registry, &[1, 2]).await;
    with_accounts(registry, 2, &[2]).await;
    let made = registry
        .create_device(device(tenant_id(1), 1, &[2]), None)
        .await;
    fails(made, RegistryErrorKind::InvalidReference);
    let found = registry.device(tenant_id(1), device_id(1)).await.unwrap();
    assert_eq!(found, None);
}

/// The first one is returned, and stays the only one. Another tenant's request ids are its own.
pub async fn a_repeated_request_makes_no_second_device(registry: &dyn Registry) {
    with_tenants(registry, &[1, 2]).await;
    with_accounts(registry, 1, &[1]).await;
    let create = |device| registry.create_device(device, Some("r"));
    let first = create(device(tenant_id(1), 1, &[1])).await.unwrap();
    let again = create(device(tenant_id(1), 2, &[])).await.unwrap();
    assert_eq!(again, first);
    let listed = registry.list_devices(tenant_id(1), page(None, 10)).await;
    assert_eq!(listed.unwrap(), [first]);
    let other = create(device(tenant_id(2), 3, &[])).await.unwrap();
    assert_eq!(other.id, device_id(3));
}

/// All of the tenant's, each once, with their accounts; equal times are ordered too.
pub async fn devices_are_listed_oldest_first_page_by_page(registry: &dyn Registry) {
    with_tenants(registry, &[1, 2]).await;
    with_accounts(registry, 1, &[1, 2]).await;
    let mut twin = device(tenant_id(1), 9, &[2, 1]);
    twin.created_at = moment(2);
    let mine = |number, accounts: &[u32]| device(tenant_id(1), number, accounts);
    let made = [mine(3, &[1]), twin.clone(), mine(1, &[]), mine(2, &[1, 2])];
    for device in made.into_iter().chain([device(tenant_id(2), 4, &[])]) {
        registry.create_device(device, None).await.unwrap();
    }
    let list = |after, limit| registry.list_devices(tenant_id(1), page(after, limit));
    let first = list(None, 3).await.unwrap();
    assert_eq!(first, [mine(1, &[]), mine(2, &[1, 2]), twin]);
    let second = list(Some(device_id(9)), 3).await.unwrap();
    assert_eq!(second, [mine(3, &[1])]);
    assert_eq!(list(Some(device_id(3)), 3).await.unwrap(), []);
}

/// The device stays, even with no account left.
pub async fn a_deleted_account_leaves_every_device(registry: &dyn Registry) {
    with_tenants(registry, &[1]).await;
    with_accounts(registry, 1, &[1, 2]).await;
    for (number, accounts) in [(1, [1, 2].as_slice()), (2, &[1])] {
        let device = device(tenant_id(1), number, accounts);
        registry.create_device(device, None).await.unwrap();
    }
    registry
        .delete_account(tenant_id(1), account_id(1))
        .await
        .unwrap();
    let left = [device(tenant_id(1), 1, &[2]), device(tenant_id(1), 2, &[])];
    let listed = registry.list_devices(tenant_id(1), page(None, 10)).await;
    assert_eq!(listed.unwrap(), left);
    let read = registry.device(tenant_id(1), device_id(2)).await.unwrap();
    assert_eq!(read, Some(left[1].clone()));
}

/// A device has none at first, and one at most.
pub async fn a_token_replaces_the_one_before(registry: &dyn Registry) {
    with_tenants(registry, &[1]).await;
    let (owner, id) = (tenant_id(1), device_id(1));
    registry
        .create_device(device(owner, 1, &[]), None)
        .await
        .unwrap();
    assert_eq!(registry.token(owner, id).await.unwrap(), None);
    for hash in [[1; 32], [2; 32]] {
        registry.set_token(owner, id, hash).await.unwrap();
        assert_eq!(registry.token(owner, id).await.unwrap(), Some(hash));
    }
}

/// And neither a token nor a second deletion finds it.
pub async fn a_deleted_device_is_gone_with_its_token(registry: &dyn Registry) {
    with_tenants(registry, &[1]).await;
    let (owner, id) = (tenant_id(1), device_id(1));
    registry
        .create_device(device(owner, 1, &[]), None)
        .await
        .unwrap();
    registry.set_token(owner, id, [1; 32]).await.unwrap();
    registry.delete_device(owner, id).await.unwrap();
    assert_eq!(registry.device(owner, id).await.unwrap(), None);
    assert_eq!(registry.token(owner, id).await.unwrap(), None);
    let again = registry.delete_device(owner, id).await;
    fails(again, RegistryErrorKind::NotFound);
    let token = registry.set_token(owner, id, [1; 32]).await;
    fails(token, RegistryErrorKind::NotFound);
}
