//! `UpdateAccount`.

use crate::accounts::password;
use crate::fields::fields;
use crate::world::{NO_ACCOUNT, World};
use prost_types::FieldMask;
use pushmail_domain::{AccountId, AccountPhase, AccountStatus, Cursor, Epoch, Position, Shard};
use pushmail_proto::v1 as pb;
use pushmail_proto::v1::update_account_request::Credential;
use pushmail_registry::{Checkpoint, ShardFlush};
use tonic::{Code, Status};

async fn update(world: &World, request: pb::UpdateAccountRequest) -> Result<pb::Account, Status> {
    let reply = world.accounts().update_account(world.ask(request)).await?;
    Ok(reply.into_inner().account.unwrap())
}

fn of(account: &pb::Account) -> pb::UpdateAccountRequest {
    pb::UpdateAccountRequest {
        tenant: account.tenant.clone(),
        account: account.id.clone(),
        ..pb::UpdateAccountRequest::default()
    }
}

fn mask(paths: &[&str]) -> Option<FieldMask> {
    let paths = paths.iter().map(ToString::to_string).collect();
    Some(FieldMask { paths })
}

#[tokio::test]
async fn a_new_credential_is_sealed_and_rings_the_watcher() {
    let world = World::start().await;
    let account = world.account(&world.tenant("one").await).await;
    world.nudge.notified().await;
    let made = world.stored(&account).await.version;

    let request = pb::UpdateAccountRequest {
        credential: Some(Credential::Password("another secret".into())),
        ..of(&account)
    };
    let updated = update(&world, request).await.unwrap();
    world.nudge.notified().await;
    assert_eq!(updated, account, "nothing else changed");
    assert_eq!(password(&world, &account).await, "another secret");
    assert!(world.stored(&account).await.version > made);
}

#[tokio::test]
async fn a_wiped_account_takes_no_credential_any_more() {
    let world = World::start().await;
    let account = world.account(&world.tenant("one").await).await;
    wipe(&world, world.stored(&account).await.id).await;
    let request = pb::UpdateAccountRequest {
        credential: Some(Credential::Password("another secret".into())),
        ..of(&account)
    };
    let refused = update(&world, request).await.unwrap_err();
    assert_eq!(refused.code(), Code::FailedPrecondition);
    assert!(refused.message().contains("make another"), "{refused}");
    let renamed = pb::UpdateAccountRequest {
        address: "bob@example.org".into(),
        ..of(&account)
    };
    let renamed = update(&world, renamed).await.unwrap();
    assert_eq!(renamed.phase(), pb::AccountPhase::Wiped);
}

/// As a watcher says it.
async fn wipe(world: &World, account: AccountId) {
    let shard = Shard::of(account);
    let status = AccountStatus {
        phase: AccountPhase::Wiped,
        ..AccountStatus::default()
    };
    let flush = ShardFlush {
        shard,
        epoch: Epoch {
            generation: 1,
            fence: 1,
        },
        position: Position {
            stream: shard.stream(),
            generation: 1,
            sequence: 1,
        },
        accounts: vec![Checkpoint {
            account,
            cursor: Cursor::default(),
            status,
            memory: None,
        }],
    };
    world.registry.flush(&[flush]).await.unwrap();
}

#[tokio::test]
async fn only_what_the_mask_names_is_changed_and_empty_means_the_default() {
    let world = World::start().await;
    let account = world.account(&world.tenant("one").await).await;
    let all = pb::UpdateAccountRequest {
        address: "bob@example.org".into(),
        folders: vec!["*".into(), "Sent".into()],
        content: pb::ContentLevel::Signal.into(),
        events: pb::EventScope::All.into(),
        ..of(&account)
    };
    let masked = pb::UpdateAccountRequest {
        update_mask: mask(&["events"]),
        ..all.clone()
    };
    let updated = update(&world, masked).await.unwrap();
    let expected = pb::Account {
        events: pb::EventScope::All.into(),
        ..account.clone()
    };
    assert_eq!(updated, expected);

    let updated = update(&world, all).await.unwrap();
    let expected = pb::Account {
        address: "bob@example.org".into(),
        selection: vec!["*".into(), "Sent".into()],
        content: pb::ContentLevel::Signal.into(),
        ..expected
    };
    assert_eq!(updated, expected);

    let defaults = pb::UpdateAccountRequest {
        update_mask: mask(&["folders", "content", "events"]),
        ..of(&account)
    };
    let updated = update(&world, defaults).await.unwrap();
    let expected = pb::Account {
        address: "bob@example.org".into(),
        ..account.clone()
    };
    assert_eq!(updated, expected);
    assert_eq!(password(&world, &account).await, "hunter2 hunter2");
}

type Break = fn(&mut pb::UpdateAccountRequest);

const BROKEN: &[(&str, Break)] = &[
    ("tenant", |r| r.tenant = NO_ACCOUNT.into()),
    ("account", |r| r.account.clear()),
    ("update_mask", |r| r.address.clear()),
    ("update_mask", |r| r.update_mask = mask(&["imap.host"])),
    ("update_mask", |r| r.update_mask = mask(&["events", "id"])),
    ("credential", |r| r.update_mask = mask(&["credential"])),
    ("credential", |r| r.update_mask = mask(&["*"])),
    ("password", |r| {
        r.credential = Some(Credential::Password("p\r\na1 LOGOUT".into()));
    }),
    ("access_token", |r| {
        r.credential = Some(Credential::AccessToken("a b".into()));
    }),
    ("address", |r| r.address = "ann\r\n@example.org".into()),
    ("address", |r| {
        r.address.clear();
        r.update_mask = mask(&["address"]);
    }),
    ("folders", |r| {
        r.folders = (0..17).map(|n| n.to_string()).collect();
    }),
    ("folders[1]", |r| r.folders = vec!["*".into(), "*".into()]),
    ("content", |r| r.content = 9),
    ("events", |r| r.events = 9),
];

#[tokio::test]
async fn each_broken_field_of_an_update_is_named() {
    let world = World::start().await;
    let account = world.account(&world.tenant("one").await).await;
    for (field, plant) in BROKEN {
        let mut request = pb::UpdateAccountRequest {
            address: "bob@example.org".into(),
            ..of(&account)
        };
        plant(&mut request);
        let refused = update(&world, request).await.unwrap_err();
        assert_eq!(fields(&refused), [*field], "{refused}");
    }
    let unchanged = world.stored(&account).await;
    assert_eq!(unchanged.address, account.address);
}

#[tokio::test]
async fn an_account_that_is_not_there_cannot_be_changed() {
    let world = World::start().await;
    let account = world.account(&world.tenant("one").await).await;
    let request = pb::UpdateAccountRequest {
        account: NO_ACCOUNT.into(),
        address: "bob@example.org".into(),
        ..of(&account)
    };
    let refused = update(&world, request).await.unwrap_err();
    assert_eq!(refused.code(), Code::NotFound);
}
