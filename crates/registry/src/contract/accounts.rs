//! Promises about accounts.

use super::sample::*;
use crate::{AccountUpdate, Registry, RegistryErrorKind};
use pushmail_domain::{
    Account, AccountPhase, AccountStatus, ContentLevel, DesiredState, EventScope,
};

/// Active, pending since it was made, and everything else as given.
pub async fn an_account_reads_back_as_it_was_made(registry: &dyn Registry) {
    with_tenants(registry, &[1]).await;
    let new = new_account(1);
    let made = with_accounts(registry, 1, &[1]).await.remove(0);
    let expected = Account {
        id: new.id,
        tenant: tenant_id(1),
        address: new.address,
        upstream: new.upstream,
        selection: new.selection,
        folders: Vec::new(),
        listed: false,
        content: new.content,
        events: new.events,
        desired: DesiredState::Active,
        status: AccountStatus {
            phase: AccountPhase::Pending,
            detail: String::new(),
            since: new.created_at,
            ..AccountStatus::default()
        },
        version: made.version,
        created_at: new.created_at,
    };
    assert_eq!(made, expected);
    assert!(made.version > 0);
    let read = registry.account(tenant_id(1), account_id(1)).await;
    assert_eq!(read.unwrap(), Some(expected));
    let credential = registry.credential(tenant_id(1), account_id(1)).await;
    assert_eq!(credential.unwrap(), Some(new.credential));
}

/// Nothing is made.
pub async fn an_account_of_an_unknown_tenant_is_an_invalid_reference(registry: &dyn Registry) {
    let made = registry.create_account(tenant_id(1), new_account(1), None);
    fails(made.await, RegistryErrorKind::InvalidReference);
    assert_eq!(registry.account_changes(0, 10).await.unwrap(), []);
}

/// The first one is returned as it is now, and stays the only one.
pub async fn a_repeated_request_makes_no_second_account(registry: &dyn Registry) {
    with_tenants(registry, &[1]).await;
    let create = |number| registry.create_account(tenant_id(1), new_account(number), Some("r"));
    let first = create(1).await.unwrap();
    assert_eq!(create(2).await.unwrap(), first);
    let listed = registry.list_accounts(tenant_id(1), page(None, 10)).await;
    assert_eq!(listed.unwrap(), [first]);
}

/// Request ids belong to their tenant.
pub async fn the_same_request_id_of_two_tenants_makes_two_accounts(registry: &dyn Registry) {
    with_tenants(registry, &[1, 2]).await;
    for number in [1, 2] {
        let made = registry
            .create_account(tenant_id(number), new_account(number), Some("r"))
            .await
            .unwrap();
        assert_eq!(made.id, account_id(number));
    }
}

/// All of the tenant's, each once; equal times are ordered too.
pub async fn accounts_are_listed_oldest_first_page_by_page(registry: &dyn Registry) {
    with_tenants(registry, &[1, 2]).await;
    with_accounts(registry, 2, &[4]).await;
    with_accounts(registry, 1, &[5, 3, 1, 2]).await;
    let mut twin = new_account(9);
    twin.created_at = moment(2);
    let made = registry.create_account(tenant_id(1), twin, None).await;
    made.unwrap();

    let mut ids = Vec::new();
    for _ in 0..4 {
        let page = page(ids.last().copied(), 2);
        let part = registry.list_accounts(tenant_id(1), page).await.unwrap();
        assert!(part.len() <= 2);
        ids.extend(part.into_iter().map(|account| account.id));
    }
    assert_eq!(ids, [1, 2, 9, 3, 5].map(account_id));
}

/// Rather than ending the list early without a word.
pub async fn a_page_after_an_account_that_is_gone_is_refused(registry: &dyn Registry) {
    with_tenants(registry, &[1]).await;
    with_accounts(registry, 1, &[1, 2]).await;
    registry
        .delete_account(tenant_id(1), account_id(1))
        .await
        .unwrap();
    let listed = registry.list_accounts(tenant_id(1), page(Some(account_id(1)), 10));
    fails(listed.await, RegistryErrorKind::NotFound);
}

/// The version rises with it.
pub async fn setting_what_is_desired_changes_that_and_no_more(registry: &dyn Registry) {
    with_tenants(registry, &[1]).await;
    let made = with_accounts(registry, 1, &[1]).await.remove(0);
    for desired in [DesiredState::Paused, DesiredState::Active] {
        let set = registry.set_desired(tenant_id(1), account_id(1), desired);
        let set = set.await.unwrap();
        assert!(set.version > made.version);
        let expected = Account {
            desired,
            version: set.version,
            ..made.clone()
        };
        assert_eq!(set, expected);
        let read = registry.account(tenant_id(1), account_id(1)).await;
        assert_eq!(read.unwrap(), Some(expected));
    }
}

/// And deleting it again finds nothing.
pub async fn a_deleted_account_is_gone_with_its_credential(registry: &dyn Registry) {
    with_tenants(registry, &[1]).await;
    with_accounts(registry, 1, &[1]).await;
    let (owner, account) = (tenant_id(1), account_id(1));
    registry.delete_account(owner, account).await.unwrap();
    assert_eq!(registry.account(owner, account).await.unwrap(), None);
    assert_eq!(registry.credential(owner, account).await.unwrap(), None);
    let again = registry.delete_account(owner, account).await;
    fails(again, RegistryErrorKind::NotFound);
    let paused = registry.set_desired(owner, account, DesiredState::Paused);
    fails(paused.await, RegistryErrorKind::NotFound);
}

/// And is as before apart from that, for those who look at it.
pub async fn a_wiped_account_has_neither_credential_nor_folders(registry: &dyn Registry) {
    with_tenants(registry, &[1, 2]).await;
    let made = with_accounts(registry, 1, &[1]).await.remove(0);
    let (owner, account) = (tenant_id(1), account_id(1));
    let folders = [folder(1, 1, "INBOX")];
    let set = registry.set_folders(owner, account, &made.selection, &folders);
    set.await.unwrap();
    let wiped = registry.wipe_account(tenant_id(2), account).await;
    fails(wiped, RegistryErrorKind::NotFound);
    registry.wipe_account(owner, account).await.unwrap();
    let credential = registry.credential(owner, account).await.unwrap();
    assert_eq!(credential, Some(Vec::new()));
    let left = registry.account(owner, account).await.unwrap().unwrap();
    let expected = Account {
        listed: left.listed,
        ..made
    };
    assert_eq!(left, expected);
}

/// And raises the version, so that watchers learn of it.
pub async fn an_update_changes_what_it_names_and_no_more(registry: &dyn Registry) {
    with_tenants(registry, &[1]).await;
    let made = with_accounts(registry, 1, &[1]).await.remove(0);
    let (owner, account) = (tenant_id(1), account_id(1));
    let update = AccountUpdate {
        content: Some(ContentLevel::Signal),
        events: Some(EventScope::New),
        ..AccountUpdate::default()
    };
    let changed = registry.update_account(owner, account, update);
    let changed = changed.await.unwrap();
    assert!(changed.version > made.version);
    let expected = Account {
        content: ContentLevel::Signal,
        events: EventScope::New,
        version: changed.version,
        ..made
    };
    assert_eq!(changed, expected);

    let update = AccountUpdate {
        address: Some("other@example.org".to_owned()),
        credential: Some(vec![9]),
        selection: Some(vec!["*".to_owned()]),
        ..AccountUpdate::default()
    };
    let changed = registry.update_account(owner, account, update);
    let expected = Account {
        address: "other@example.org".to_owned(),
        selection: vec!["*".to_owned()],
        version: expected.version + 1,
        ..expected
    };
    assert_eq!(changed.await.unwrap(), expected);
    let credential = registry.credential(owner, account).await.unwrap();
    assert_eq!(credential, Some(vec![9]));
}

/// As a stranger's account would be.
pub async fn an_account_that_is_gone_is_not_updated(registry: &dyn Registry) {
    with_tenants(registry, &[1, 2]).await;
    with_accounts(registry, 2, &[1]).await;
    let update = registry.update_account(tenant_id(1), account_id(1), AccountUpdate::default());
    fails(update.await, RegistryErrorKind::NotFound);
    let folders = registry.set_folders(tenant_id(1), account_id(1), &[], &[]);
    fails(folders.await, RegistryErrorKind::NotFound);
}

/// They belong to the selection under which they were found; the version stays.
pub async fn folders_found_are_kept_until_the_selection_changes(registry: &dyn Registry) {
    with_tenants(registry, &[1]).await;
    let made = with_accounts(registry, 1, &[1]).await.remove(0);
    let (owner, account) = (tenant_id(1), account_id(1));
    let found = [folder(1, 0, "INBOX"), folder(1, 1, "Entwürfe/“alt”")];
    let set = registry.set_folders(owner, account, &made.selection, &found);
    set.await.unwrap();
    let listed = Account {
        folders: found.to_vec(),
        listed: true,
        ..made.clone()
    };
    let read = registry.account(owner, account).await.unwrap();
    assert_eq!(read, Some(listed.clone()));

    let update = AccountUpdate {
        selection: Some(vec!["INBOX".to_owned()]),
        ..AccountUpdate::default()
    };
    let changed = registry.update_account(owner, account, update);
    let changed = changed.await.unwrap();
    assert_eq!((changed.listed, &changed.folders), (false, &listed.folders));

    let late = registry.set_folders(owner, account, &made.selection, &[]);
    late.await.unwrap();
    let read = registry.account(owner, account).await.unwrap();
    assert_eq!(
        read,
        Some(changed),
        "found under a selection that is another by now"
    );
}
