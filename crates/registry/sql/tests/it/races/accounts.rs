//! Accounts, changed at once.

use super::ROUNDS;
use pushmail_registry::contract::sample::*;
use pushmail_registry::{AccountChange, AccountUpdate, Accounts, RegistryErrorKind, Tenants};
use pushmail_registry_sql::SqlRegistry;
use tokio::join;

pub(super) async fn folders_never_undo_a_new_selection(one: &SqlRegistry, other: &SqlRegistry) {
    with_tenants(one, &[1]).await;
    let (tenant, account) = (tenant_id(1), account_id(1));
    let mut now = with_accounts(one, 1, &[1]).await.remove(0).selection;
    for round in 0..ROUNDS {
        let selection = vec![format!("Folder {round}")];
        let update = AccountUpdate {
            selection: Some(selection.clone()),
            ..AccountUpdate::default()
        };
        let found = [folder(1, 0, "INBOX")];
        let (listed, updated) = join!(
            one.set_folders(tenant, account, &now, &found),
            other.update_account(tenant, account, update),
        );
        listed.unwrap();
        updated.unwrap();
        let stands = one.account(tenant, account).await.unwrap().unwrap();
        assert_eq!(stands.selection, selection);
        assert!(!stands.listed);
        now = selection;
    }
}

/// Each was made in time, and is listed as deleted; or there was no tenant any more.
pub(super) async fn a_tenant_is_deleted_while_accounts_are_made(
    one: &SqlRegistry,
    other: &SqlRegistry,
) {
    let mut since = 0;
    for round in 0..ROUNDS {
        let tenant = tenant_id(round);
        with_tenants(one, &[round]).await;
        let make = |number| one.create_account(tenant, new_account(round * 10 + number), None);
        let (a, b, deleted, c, d) = join!(
            make(0),
            make(1),
            other.delete_tenant(tenant),
            make(2),
            make(3)
        );
        deleted.unwrap();
        let mut made = 0;
        for account in [a, b, c, d] {
            match account {
                Ok(_) => made += 1,
                Err(error) => assert_eq!(error.kind, RegistryErrorKind::InvalidReference),
            }
        }
        let listed = other.account_changes(since, 100).await.unwrap();
        assert_eq!(listed.len(), made);
        for change in listed {
            let AccountChange::Deleted { version, .. } = change else {
                panic!("the tenant is gone, and this stays: {change:?}");
            };
            assert!(version > since);
            since = version;
        }
    }
}
