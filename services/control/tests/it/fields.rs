//! Every field is checked, and all violations are told at once, by field.

use crate::world::{NO_ACCOUNT, NO_DEVICE, NO_TENANT, World, new_account};
use pushmail_proto::v1 as pb;
use pushmail_proto::v1::create_account_request::Credential;
use tonic::{Code, Status};
use tonic_types::StatusExt as _;

/// The fields that the answer complains about, in order.
pub(crate) fn fields(status: &Status) -> Vec<String> {
    assert_eq!(status.code(), Code::InvalidArgument, "{status}");
    let details = status.get_error_details();
    let violations = &details
        .bad_request()
        .expect("field violations")
        .field_violations;
    assert!(violations.iter().all(|v| !v.description.is_empty()));
    violations.iter().map(|v| v.field.clone()).collect()
}

type Break = fn(&mut pb::CreateAccountRequest);

fn imap(request: &mut pb::CreateAccountRequest) -> &mut pb::ImapUpstream {
    request.imap.as_mut().unwrap()
}

const BROKEN_ACCOUNTS: &[(&str, Break)] = &[
    ("tenant", |r| r.tenant.clear()),
    ("tenant", |r| r.tenant = NO_ACCOUNT.into()),
    ("address", |r| r.address.clear()),
    ("address", |r| r.address = "a".repeat(321)),
    ("address", |r| r.address = "ann\r\n@example.org".into()),
    ("imap", |r| r.imap = None),
    ("imap.host", |r| imap(r).host.clear()),
    ("imap.host", |r| imap(r).host = "a".repeat(254)),
    ("imap.host", |r| imap(r).host = "imap.example.org\0".into()),
    ("imap.host", |r| imap(r).host = "2130706433".into()),
    ("imap.host", |r| imap(r).host = "imap://x".into()),
    ("imap.port", |r| imap(r).port = 0),
    ("imap.port", |r| imap(r).port = 65_536),
    ("imap.security", |r| imap(r).security = 0),
    ("imap.security", |r| imap(r).security = 99),
    ("imap.security", |r| {
        imap(r).security = pb::Security::Plaintext.into();
    }),
    ("imap.user", |r| imap(r).user.clear()),
    ("imap.user", |r| imap(r).user = "ä".repeat(321)),
    ("imap.user", |r| imap(r).user = "ann\x01auth".into()),
    ("credential", |r| r.credential = None),
    ("password", |r| {
        r.credential = Some(Credential::Password(String::new()));
    }),
    ("password", |r| {
        r.credential = Some(Credential::Password("p".repeat(1025)));
    }),
    ("password", |r| {
        r.credential = Some(Credential::Password("p\r\na1 LOGOUT".into()));
    }),
    ("access_token", |r| {
        r.credential = Some(Credential::AccessToken(String::new()));
    }),
    ("access_token", |r| {
        r.credential = Some(Credential::AccessToken("t".repeat(8193)));
    }),
    ("access_token", |r| {
        r.credential = Some(Credential::AccessToken("a\x01b".into()));
    }),
    ("folders", |r| {
        r.folders = (0..17).map(|n| n.to_string()).collect();
    }),
    ("folders[1]", |r| {
        r.folders = vec!["INBOX".into(), String::new()];
    }),
    ("folders[0]", |r| r.folders = vec!["ü".repeat(128)]),
    ("folders[0]", |r| r.folders = vec!["a\nb".into()]),
    ("folders[1]", |r| {
        r.folders = vec!["INBOX".into(), "inbox".into()];
    }),
    ("content", |r| r.content = 9),
    ("events", |r| r.events = 9),
    ("request_id", |r| r.request_id = "r".repeat(65)),
    ("request_id", |r| r.request_id = "a\tb".into()),
];

#[tokio::test]
async fn each_broken_field_of_an_account_is_named() {
    let world = World::start().await;
    let tenant = world.tenant("one").await;
    for (field, plant) in BROKEN_ACCOUNTS {
        let mut request = new_account(&tenant);
        plant(&mut request);
        let refused = world.create_account(request.clone()).await.unwrap_err();
        assert_eq!(fields(&refused), [*field], "{refused}");
        assert!(refused.message().contains(field));
    }
}

#[tokio::test]
async fn the_longest_valid_account_is_taken() {
    let world = World::start().await;
    let mut request = new_account(&world.tenant("one").await);
    request.address = "ä".repeat(320);
    imap(&mut request).user = "u".repeat(320);
    request.credential = Some(Credential::AccessToken("t".repeat(8192)));
    request.folders = (10..26).map(|n| "f".repeat(253) + &n.to_string()).collect();
    request.request_id = "r".repeat(64);
    world.create_account(request).await.unwrap();
}

#[tokio::test]
async fn all_violations_come_together_and_no_answer_repeats_a_secret() {
    let world = World::start().await;
    let mut request = new_account("nobody");
    imap(&mut request).port = 0;
    imap(&mut request).host = "not a host".into();
    request.credential = Some(Credential::Password("sec\nret".into()));
    let refused = world.create_account(request).await.unwrap_err();
    assert_eq!(
        fields(&refused),
        ["tenant", "imap.host", "imap.port", "password"]
    );
    assert!(!format!("{refused:?}").contains("sec\\nret"));
}

#[tokio::test]
async fn the_number_of_violations_told_is_bounded() {
    let world = World::start().await;
    let request = world.ask(pb::CreateDeviceRequest {
        tenant: NO_TENANT.into(),
        name: "phone".into(),
        accounts: vec!["x".into(); 64],
        request_id: String::new(),
    });
    let refused = world.devices().create_device(request).await.unwrap_err();
    assert_eq!(fields(&refused).len(), 16);
}

#[tokio::test]
async fn tenants_and_devices_check_their_fields() {
    let world = World::start().await;
    let tenant = |name: &str, request_id: &str| pb::CreateTenantRequest {
        name: name.into(),
        request_id: request_id.into(),
    };
    for (request, expected) in [
        (tenant("", ""), vec!["name"]),
        (tenant(&"n".repeat(129), ""), vec!["name"]),
        (tenant("a\0b", "r\n"), vec!["name", "request_id"]),
    ] {
        let refused = world.tenants().create_tenant(world.ask(request)).await;
        assert_eq!(fields(&refused.unwrap_err()), expected);
    }
    let device = |accounts: &[&str]| pb::CreateDeviceRequest {
        tenant: NO_TENANT.into(),
        name: "phone".into(),
        accounts: accounts.iter().map(ToString::to_string).collect(),
        request_id: String::new(),
    };
    for (request, expected) in [
        (device(&[]), "accounts"),
        (device(&[NO_ACCOUNT; 65]), "accounts"),
        (device(&[NO_ACCOUNT, NO_DEVICE]), "accounts[1]"),
        (device(&[NO_ACCOUNT, NO_ACCOUNT]), "accounts[1]"),
    ] {
        let refused = world.devices().create_device(world.ask(request)).await;
        assert_eq!(fields(&refused.unwrap_err()), [expected]);
    }
}

#[tokio::test]
async fn pages_check_their_size_and_token() {
    let world = World::start().await;
    let tenant = world.tenant("one").await;
    for (page_size, page_token, expected) in [
        (-1, "", vec!["page_size"]),
        (1001, "", vec!["page_size"]),
        (0, "garbled", vec!["page_token"]),
        (i32::MIN, "%%%", vec!["page_size", "page_token"]),
    ] {
        let request = world.ask(pb::ListAccountsRequest {
            tenant: tenant.clone(),
            page_size,
            page_token: page_token.into(),
        });
        let refused = world.accounts().list_accounts(request).await;
        assert_eq!(fields(&refused.unwrap_err()), expected);
    }
}

#[tokio::test]
async fn a_tail_checks_its_fields() {
    let world = World::start().await;
    for (account, replay, expected) in [
        ("nobody", 0, vec!["account"]),
        ("", 1, vec!["replay"]),
        (NO_ACCOUNT, 1001, vec!["replay"]),
        (NO_ACCOUNT, -1, vec!["replay"]),
    ] {
        let request = world.ask(pb::TailEventsRequest {
            tenant: NO_TENANT.into(),
            account: account.into(),
            replay,
        });
        let refused = world.events().tail_events(request).await.map(drop);
        assert_eq!(fields(&refused.unwrap_err()), expected);
    }
}
