//! Accounts.

use crate::fields::fields;
use crate::world::{NO_ACCOUNT, NO_TENANT, World, new_account};
use pushmail_control::Config;
use pushmail_domain::{Authentication, DesiredState};
use pushmail_proto::v1 as pb;
use pushmail_proto::v1::update_account_request::Credential;
use pushmail_seal::unwrap_tenant_keys;
use pushmail_upstream::egress::EgressConfig;
use tonic::{Code, Status};
use tonic_types::StatusExt as _;

/// What the five methods that name an account answer; the last one deletes it.
async fn touch(world: &World, tenant: &str, account: &str) -> [Result<(), Status>; 5] {
    let (tenant, account) = (tenant.to_owned(), account.to_owned());
    let mut client = world.accounts();
    let get = pb::GetAccountRequest {
        tenant: tenant.clone(),
        account: account.clone(),
    };
    let pause = pb::PauseAccountRequest {
        tenant: tenant.clone(),
        account: account.clone(),
    };
    let resume = pb::ResumeAccountRequest {
        tenant: tenant.clone(),
        account: account.clone(),
    };
    let update = pb::UpdateAccountRequest {
        tenant: tenant.clone(),
        account: account.clone(),
        credential: Some(Credential::Password("another".into())),
        ..pb::UpdateAccountRequest::default()
    };
    let delete = pb::DeleteAccountRequest { tenant, account };
    [
        client.get_account(world.ask(get)).await.map(drop),
        client.update_account(world.ask(update)).await.map(drop),
        client.pause_account(world.ask(pause)).await.map(drop),
        client.resume_account(world.ask(resume)).await.map(drop),
        client.delete_account(world.ask(delete)).await.map(drop),
    ]
}

#[tokio::test]
async fn an_account_is_made_with_its_defaults_and_a_sealed_credential() {
    let world = World::start().await;
    let account = world.account(&world.tenant("one").await).await;
    assert_eq!(account.selection, ["INBOX"]);
    assert_eq!(account.events(), pb::EventScope::New);
    assert_eq!(account.folders, [], "its server was not asked yet");
    assert_eq!(account.content(), pb::ContentLevel::Preview);
    assert_eq!(account.phase(), pb::AccountPhase::Pending);
    assert!(!account.paused);

    assert_eq!(password(&world, &account).await, "hunter2 hunter2");
}

/// The account's password, opened; it is sealed in the registry.
pub(crate) async fn password(world: &World, account: &pb::Account) -> String {
    let stored = world.stored(account).await;
    let (tenant, id) = (stored.tenant, stored.id);
    let sealed = world.registry.credential(tenant, id).await;
    let sealed = sealed.unwrap().unwrap();
    let wrapped = world.registry.tenant(tenant).await.unwrap().unwrap().keys;
    let keys = unwrap_tenant_keys(&wrapped, &world.master, tenant).unwrap();
    let Authentication::Password(password) = keys.credentials().open(id, &sealed).unwrap() else {
        panic!("another kind of credential");
    };
    let plain = password.expose().clone();
    assert!(!sealed.windows(7).any(|w| w == &plain.as_bytes()[..7]));
    plain
}

#[tokio::test]
async fn a_host_is_kept_in_lower_case_and_inbox_in_upper() {
    let world = World::start().await;
    let mut request = new_account(&world.tenant("one").await);
    request.imap.as_mut().unwrap().host = "IMAP.Example.ORG.".into();
    request.folders = vec!["inbox".into(), "Work".into()];
    let account = world.create_account(request).await.unwrap();
    assert_eq!(account.imap.unwrap().host, "imap.example.org");
    assert_eq!(account.selection, ["INBOX", "Work"]);
}

#[tokio::test]
async fn each_change_of_an_account_rings_the_watcher() {
    let world = World::start().await;
    let tenant = world.tenant("one").await;
    let account = world.account(&tenant).await;
    world.nudge.notified().await;
    let made = world.stored(&account).await.version;

    let request = pb::PauseAccountRequest {
        tenant: tenant.clone(),
        account: account.id.clone(),
    };
    let paused = world
        .accounts()
        .pause_account(world.ask(request))
        .await
        .unwrap();
    assert!(paused.into_inner().account.unwrap().paused);
    world.nudge.notified().await;

    let mut version = world.stored(&account).await.version;
    assert!(version > made);
    for _ in 0..2 {
        let request = pb::ResumeAccountRequest {
            tenant: tenant.clone(),
            account: account.id.clone(),
        };
        world
            .accounts()
            .resume_account(world.ask(request))
            .await
            .unwrap();
        world.nudge.notified().await;
        let stored = world.stored(&account).await;
        assert_eq!(stored.desired, DesiredState::Active);
        assert!(stored.version > version, "resuming twice tries again twice");
        version = stored.version;
    }

    let request = pb::DeleteAccountRequest {
        tenant,
        account: account.id,
    };
    world
        .accounts()
        .delete_account(world.ask(request))
        .await
        .unwrap();
    world.nudge.notified().await;
}

#[tokio::test]
async fn a_deleted_account_takes_its_events_along() {
    let world = World::start().await;
    let tenant = world.tenant("one").await;
    let account = world.account(&tenant).await;
    let stored = world.stored(&account).await;
    world.append(&stored, 3).await;
    let request = pb::DeleteAccountRequest {
        tenant,
        account: account.id,
    };
    world
        .accounts()
        .delete_account(world.ask(request))
        .await
        .unwrap();
    let left = world
        .log
        .read_account(stored.tenant, stored.id, 0, 10)
        .await;
    assert_eq!(left.unwrap(), []);
}

#[tokio::test]
async fn another_tenant_s_account_is_as_missing_as_one_that_never_was() {
    let world = World::start().await;
    let (own, other) = (world.tenant("own").await, world.tenant("other").await);
    let account = world.account(&own).await.id;
    for (tenant, account) in [
        (other.as_str(), account.as_str()),
        (own.as_str(), NO_ACCOUNT),
        (NO_TENANT, account.as_str()),
    ] {
        for answer in touch(&world, tenant, account).await {
            let status = answer.unwrap_err();
            assert_eq!(status.code(), Code::NotFound);
            let expected = format!("tenant {tenant} has no account {account}");
            assert!(status.message().starts_with(&expected), "{status}");
            let details = status.get_error_details();
            assert_eq!(details.resource_info().unwrap().owner, tenant);
        }
    }
    for answer in touch(&world, &own, &account).await {
        answer.unwrap();
    }
}

#[tokio::test]
async fn a_missing_tenant_gets_no_account() {
    let world = World::start().await;
    let refused = world
        .create_account(new_account(NO_TENANT))
        .await
        .unwrap_err();
    assert_eq!(refused.code(), Code::NotFound);
    let details = refused.get_error_details();
    assert_eq!(details.resource_info().unwrap().resource_type, "tenant");
}

#[tokio::test]
async fn a_repeated_request_id_returns_the_first_account_of_the_same_tenant() {
    let world = World::start().await;
    let (one, two) = (world.tenant("one").await, world.tenant("two").await);
    let mut request = new_account(&one);
    request.request_id = "once".into();
    let first = world.create_account(request.clone()).await.unwrap();
    let again = world.create_account(request.clone()).await.unwrap();
    assert_eq!(first, again);
    request.tenant = two;
    let other = world.create_account(request).await.unwrap();
    assert_ne!(first.id, other.id);
}

async fn list(
    world: &World,
    tenant: &str,
    page_token: &str,
) -> Result<pb::ListAccountsResponse, Status> {
    let request = world.ask(pb::ListAccountsRequest {
        tenant: tenant.into(),
        page_size: 2,
        page_token: page_token.into(),
    });
    let reply = world.accounts().list_accounts(request).await?;
    Ok(reply.into_inner())
}

#[tokio::test]
async fn pages_give_every_account_once_oldest_first() {
    let world = World::start().await;
    let tenant = world.tenant("one").await;
    let mut made = Vec::new();
    for _ in 0..3 {
        made.push(world.account(&tenant).await.id);
    }
    let first = list(&world, &tenant, "").await.unwrap();
    let second = list(&world, &tenant, &first.next_page_token).await.unwrap();
    let pages = first.accounts.into_iter().chain(second.accounts);
    assert_eq!(pages.map(|a| a.id).collect::<Vec<_>>(), made);
    assert_eq!(second.next_page_token, "");
}

#[tokio::test]
async fn a_page_token_of_a_deleted_account_says_to_start_again() {
    let world = World::start().await;
    let tenant = world.tenant("one").await;
    for _ in 0..3 {
        world.account(&tenant).await;
    }
    let first = list(&world, &tenant, "").await.unwrap();
    for answer in touch(&world, &tenant, &first.accounts[1].id).await {
        answer.unwrap();
    }
    let refused = list(&world, &tenant, &first.next_page_token)
        .await
        .unwrap_err();
    assert_eq!(fields(&refused), ["page_token"]);
    assert!(refused.message().contains("start again"), "{refused}");
}

#[tokio::test]
async fn a_loopback_upstream_is_refused_with_the_setting_that_allows_it() {
    let world = World::start().await;
    let tenant = world.tenant("one").await;
    for host in [
        "127.0.0.1",
        "::1",
        "localhost",
        "mail.localhost",
        "::ffff:127.0.0.1",
        "10.0.0.1",
    ] {
        let mut request = new_account(&tenant);
        request.imap.as_mut().unwrap().host = host.into();
        let refused = world.create_account(request).await.unwrap_err();
        assert_eq!(
            refused.code(),
            Code::FailedPrecondition,
            "{host}: {refused}"
        );
        assert!(
            refused.message().contains("upstream.allow_networks"),
            "{refused}"
        );
        let details = refused.get_error_details();
        assert_eq!(details.precondition_failure().unwrap().violations.len(), 1);
    }
}

#[tokio::test]
async fn plaintext_is_for_an_allowed_loopback_address_only() {
    let plaintext = |tenant: &str, host: &str| {
        let mut request = new_account(tenant);
        let imap = request.imap.as_mut().unwrap();
        imap.host = host.into();
        imap.security = pb::Security::Plaintext.into();
        request
    };
    let refusing = World::start().await;
    let tenant = refusing.tenant("one").await;
    let refused = refusing
        .create_account(plaintext(&tenant, "127.0.0.1"))
        .await;
    assert_eq!(refused.unwrap_err().code(), Code::FailedPrecondition);

    let egress = EgressConfig {
        allow: vec!["127.0.0.0/8".parse().unwrap()],
    };
    let allowing = World::with(egress, Config::default()).await;
    let tenant = allowing.tenant("one").await;
    for host in ["127.0.0.1", "localhost"] {
        allowing
            .create_account(plaintext(&tenant, host))
            .await
            .unwrap();
    }
    let refused = allowing
        .create_account(plaintext(&tenant, "192.0.2.1"))
        .await;
    assert_eq!(refused.unwrap_err().code(), Code::InvalidArgument);
}
