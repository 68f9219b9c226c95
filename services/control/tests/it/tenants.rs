//! Tenants.

use crate::world::{NO_TENANT, World};
use pushmail_proto::v1 as pb;
use pushmail_seal::unwrap_tenant_keys;
use tonic::Code;
use tonic_types::StatusExt as _;

async fn list(world: &World, page_size: i32, page_token: &str) -> pb::ListTenantsResponse {
    let request = world.ask(pb::ListTenantsRequest {
        page_size,
        page_token: page_token.into(),
    });
    world
        .tenants()
        .list_tenants(request)
        .await
        .unwrap()
        .into_inner()
}

#[tokio::test]
async fn a_tenant_is_made_with_keys_that_the_master_key_opens() {
    let world = World::start().await;
    let id = world.tenant("Example Mail").await.parse().unwrap();
    let tenant = world.registry.tenant(id).await.unwrap().unwrap();
    assert_eq!(tenant.name, "Example Mail");
    unwrap_tenant_keys(&tenant.keys, &world.master, id).unwrap();
}

#[tokio::test]
async fn a_repeated_request_id_returns_the_first_tenant() {
    let world = World::start().await;
    let mut ids = Vec::new();
    for name in ["first", "second"] {
        let request = world.ask(pb::CreateTenantRequest {
            name: name.into(),
            request_id: "once".into(),
        });
        let reply = world.tenants().create_tenant(request).await.unwrap();
        ids.push(reply.into_inner().tenant.unwrap());
    }
    assert_eq!(ids[0], ids[1]);
    assert_eq!(list(&world, 0, "").await.tenants, ids[..1]);
}

#[tokio::test]
async fn pages_give_every_tenant_once_oldest_first_and_then_end() {
    let world = World::start().await;
    let mut made = Vec::new();
    for name in ["a", "b", "c", "d"] {
        made.push(world.tenant(name).await);
    }
    let first = list(&world, 2, "").await;
    let second = list(&world, 2, &first.next_page_token).await;
    assert_eq!(
        second.next_page_token, "",
        "a last page that is full is the last"
    );
    let listed = first.tenants.into_iter().chain(second.tenants);
    assert_eq!(listed.map(|t| t.id).collect::<Vec<_>>(), made);
}

#[tokio::test]
async fn a_missing_tenant_is_named_with_its_kind() {
    let world = World::start().await;
    let tenant = NO_TENANT.to_owned();
    let get = world.ask(pb::GetTenantRequest {
        tenant: tenant.clone(),
    });
    let delete = world.ask(pb::DeleteTenantRequest { tenant });
    let missing = [
        world.tenants().get_tenant(get).await.unwrap_err(),
        world.tenants().delete_tenant(delete).await.unwrap_err(),
    ];
    for status in missing {
        assert_eq!(status.code(), Code::NotFound);
        assert!(status.message().contains(NO_TENANT), "{status}");
        let details = status.get_error_details();
        let resource = details.resource_info().unwrap();
        assert_eq!(resource.resource_type, "tenant");
        assert_eq!(resource.resource_name, NO_TENANT);
        assert_eq!(details.error_info().unwrap().reason, "TENANT_NOT_FOUND");
    }
}

#[tokio::test]
async fn a_deleted_tenant_takes_its_accounts_and_their_events_along() {
    let world = World::start().await;
    let tenant = world.tenant("one").await;
    let account = world.stored(&world.account(&tenant).await).await;
    world.append(&account, 3).await;
    let request = world.ask(pb::DeleteTenantRequest { tenant });
    world.tenants().delete_tenant(request).await.unwrap();
    let (tenant, id) = (account.tenant, account.id);
    assert_eq!(world.registry.tenant(tenant).await.unwrap(), None);
    assert_eq!(world.registry.account(tenant, id).await.unwrap(), None);
    let left = world.log.read_account(tenant, id, 0, 10).await.unwrap();
    assert_eq!(left, []);
}

#[tokio::test]
async fn a_registry_that_fails_is_told_in_plain_words_and_may_be_tried_again() {
    let world = World::start().await;
    world.sql.close().await;
    let request = world.ask(pb::ListTenantsRequest::default());
    let status = world.tenants().list_tenants(request).await.unwrap_err();
    assert_eq!(status.code(), Code::Unavailable);
    assert!(
        status.message().starts_with("the registry did not answer"),
        "{status}"
    );
    assert!(!status.message().to_lowercase().contains("sql"), "{status}");
}
