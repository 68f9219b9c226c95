//! What is not valid, and what is not there.

use super::backend::{Backend, earliest, new};
use crate::fields::fields;
use crate::world::{NO_ACCOUNT, NO_TENANT, World};
use pushmail_control::Config;
use pushmail_proto::v1 as pb;
use pushmail_proto::v1::subscribe_request::{Ack, Frame, Open};
use tonic::Code;

#[tokio::test]
async fn each_broken_field_is_named() {
    let world = World::start().await;
    let tenant = world.tenant("one").await;
    let seconds = |seconds| Some(prost_types::Duration { seconds, nanos: 0 });
    let good = || earliest(&tenant);
    for (field, open) in [
        (
            "open.tenant",
            Open {
                tenant: "one".into(),
                ..good()
            },
        ),
        (
            "open.subscription",
            Open {
                subscription: "CRM".into(),
                ..good()
            },
        ),
        (
            "open.subscription",
            Open {
                subscription: "a".repeat(65),
                ..good()
            },
        ),
        (
            "open.accounts[0]",
            Open {
                accounts: vec!["me".into()],
                ..good()
            },
        ),
        (
            "open.accounts",
            Open {
                accounts: vec![NO_ACCOUNT.into(); 101],
                ..good()
            },
        ),
        (
            "open.accounts[0]",
            Open {
                accounts: vec![NO_ACCOUNT.into()],
                ..good()
            },
        ),
        (
            "open.types[0]",
            Open {
                types: vec![0],
                ..good()
            },
        ),
        (
            "open.types[0]",
            Open {
                types: vec![99],
                ..good()
            },
        ),
        (
            "open.max_unacked",
            Open {
                max_unacked: 1001,
                ..good()
            },
        ),
        (
            "open.max_unacked",
            Open {
                max_unacked: -1,
                ..good()
            },
        ),
        (
            "open.ack_deadline",
            Open {
                ack_deadline: seconds(4),
                ..good()
            },
        ),
        (
            "open.ack_deadline",
            Open {
                ack_deadline: seconds(601),
                ..good()
            },
        ),
        (
            "open.ack_deadline",
            Open {
                ack_deadline: seconds(-9),
                ..good()
            },
        ),
        ("open.start", Open { start: 9, ..good() }),
    ] {
        let refused = Backend::refused(&world, open).await;
        assert_eq!(refused.code(), Code::InvalidArgument, "{field}: {refused}");
        assert_eq!(fields(&refused), [field]);
    }
    let list = world.subscriptions(&tenant).await;
    assert!(list.is_empty(), "nothing was made");
}

#[tokio::test]
async fn frames_out_of_turn_and_ids_that_are_none_end_the_stream() {
    let world = World::start().await;
    let tenant = world.tenant("one").await;
    let mut backend = Backend::begin(&world, Frame::Ack(Ack::default())).await;
    assert_eq!(fields(&backend.failure().await), ["frame"]);
    let (mut backend, _) = Backend::open(&world, new(&tenant)).await;
    backend.send_ack(vec!["what?".into()], "ff").await;
    let named = fields(&backend.failure().await);
    assert_eq!(named, ["ack.ids[0]", "ack.through"]);
}

#[tokio::test]
async fn an_unknown_tenant_has_no_events() {
    let world = World::start().await;
    let refused = Backend::refused(&world, earliest(NO_TENANT)).await;
    assert_eq!(refused.code(), Code::NotFound);
}

#[tokio::test]
async fn subscriptions_are_listed_and_deleted_and_there_may_be_so_many() {
    let config = Config {
        subscriptions_per_tenant: 1,
        ..Config::default()
    };
    let world = World::with(Default::default(), config).await;
    let tenant = world.tenant("one").await;
    let (mut backend, _) = Backend::open(&world, new(&tenant)).await;
    let listed = world.subscriptions(&tenant).await;
    assert_eq!(
        (listed.len(), &listed[0].name[..], listed[0].open),
        (1, "crm", true)
    );
    assert!(listed[0].position_time.is_some() && listed[0].created_at.is_some());
    let another = Open {
        subscription: "billing".into(),
        ..new(&tenant)
    };
    let refused = Backend::refused(&world, another.clone()).await;
    assert_eq!(refused.code(), Code::ResourceExhausted);
    let key = "control.subscriptions_per_tenant";
    assert!(refused.message().contains(key), "{refused}");

    let delete = |name: &str| pb::DeleteSubscriptionRequest {
        tenant: tenant.clone(),
        name: name.into(),
    };
    let mut events = world.events();
    let unknown = events
        .delete_subscription(world.ask(delete("billing")))
        .await;
    assert_eq!(unknown.unwrap_err().code(), Code::NotFound);
    let deleted = events.delete_subscription(world.ask(delete("crm"))).await;
    deleted.unwrap();
    let ended = backend.failure().await;
    assert_eq!(ended.code(), Code::NotFound, "{ended}");
    assert!(world.subscriptions(&tenant).await.is_empty());
    Backend::open(&world, another).await;
}

#[tokio::test]
async fn one_stream_too_many_is_refused() {
    let config = Config {
        max_subscribers: 1,
        ..Config::default()
    };
    let world = World::with(Default::default(), config).await;
    let tenant = world.tenant("one").await;
    let (_backend, _) = Backend::open(&world, new(&tenant)).await;
    let empty = tokio_stream::empty::<pb::SubscribeRequest>();
    let refused = world.events().subscribe(world.ask(empty)).await;
    let refused = refused.map(drop).unwrap_err();
    assert_eq!(refused.code(), Code::ResourceExhausted);
    assert!(refused.message().contains("control.max_subscribers"));
}
