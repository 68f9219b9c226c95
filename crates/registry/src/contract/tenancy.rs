//! Promises about tenants among each other: another tenant's id finds nothing (invariant 6).

use super::sample::*;
use crate::{Registry, RegistryErrorKind};
use pushmail_domain::{DesiredState, TenantId};

const OWNER: TenantId = tenant_id(1);
const STRANGER: TenantId = tenant_id(2);

/// Tenant 1 with account 1 and device 1, and tenant 2 with nothing.
async fn with_a_stranger(registry: &dyn Registry) {
    with_tenants(registry, &[1, 2]).await;
    with_accounts(registry, 1, &[1]).await;
    registry
        .create_device(device(OWNER, 1, &[1]), None)
        .await
        .unwrap();
    registry
        .set_token(OWNER, device_id(1), [1; 32])
        .await
        .unwrap();
}

/// Not by id, not in a list, not its credential.
pub async fn another_tenant_does_not_find_the_account(registry: &dyn Registry) {
    with_a_stranger(registry).await;
    let found = registry.account(STRANGER, account_id(1)).await.unwrap();
    assert_eq!(found, None);
    let found = registry.credential(STRANGER, account_id(1)).await.unwrap();
    assert_eq!(found, None);
    let listed = registry.list_accounts(STRANGER, page(None, 10)).await;
    assert_eq!(listed.unwrap(), []);
}

/// The account stays as it was.
pub async fn another_tenant_does_not_change_the_account(registry: &dyn Registry) {
    with_a_stranger(registry).await;
    let before = registry.account(OWNER, account_id(1)).await.unwrap();
    let paused = registry.set_desired(STRANGER, account_id(1), DesiredState::Paused);
    fails(paused.await, RegistryErrorKind::NotFound);
    let deleted = registry.delete_account(STRANGER, account_id(1)).await;
    fails(deleted, RegistryErrorKind::NotFound);
    let after = registry.account(OWNER, account_id(1)).await.unwrap();
    assert_eq!(after, before);
    assert!(after.is_some());
}

/// Not by id, not in a list, not its token.
pub async fn another_tenant_does_not_find_the_device(registry: &dyn Registry) {
    with_a_stranger(registry).await;
    let found = registry.device(STRANGER, device_id(1)).await.unwrap();
    assert_eq!(found, None);
    let found = registry.token(STRANGER, device_id(1)).await.unwrap();
    assert_eq!(found, None);
    let listed = registry.list_devices(STRANGER, page(None, 10)).await;
    assert_eq!(listed.unwrap(), []);
}

/// The device and its token stay as they were.
pub async fn another_tenant_does_not_change_the_device(registry: &dyn Registry) {
    with_a_stranger(registry).await;
    let token = registry.set_token(STRANGER, device_id(1), [2; 32]).await;
    fails(token, RegistryErrorKind::NotFound);
    let deleted = registry.delete_device(STRANGER, device_id(1)).await;
    fails(deleted, RegistryErrorKind::NotFound);
    let found = registry.device(OWNER, device_id(1)).await.unwrap();
    assert_eq!(found, Some(device(OWNER, 1, &[1])));
    let token = registry.token(OWNER, device_id(1)).await.unwrap();
    assert_eq!(token, Some([1; 32]));
}

/// A page token must not tell what exists elsewhere.
pub async fn a_page_after_another_tenants_account_or_device_is_refused(registry: &dyn Registry) {
    with_a_stranger(registry).await;
    let listed = registry.list_accounts(STRANGER, page(Some(account_id(1)), 10));
    fails(listed.await, RegistryErrorKind::NotFound);
    let listed = registry.list_devices(STRANGER, page(Some(device_id(1)), 10));
    fails(listed.await, RegistryErrorKind::NotFound);
}
