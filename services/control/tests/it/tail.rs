//! `TailEvents`.

use crate::world::World;
use pushmail_control::Config;
use pushmail_proto::v1 as pb;
use pushmail_proto::v1::tail_events_response::Item;
use std::time::Duration;
use tonic::{Code, Status, Streaming};

async fn tail(
    world: &World,
    tenant: &str,
    account: &str,
    replay: i32,
) -> Result<Streaming<pb::TailEventsResponse>, Status> {
    let request = world.ask(pb::TailEventsRequest {
        tenant: tenant.into(),
        account: account.into(),
        replay,
    });
    let reply = world.events().tail_events(request).await?;
    Ok(reply.into_inner())
}

/// The subject of the next event.
async fn next(stream: &mut Streaming<pb::TailEventsResponse>) -> String {
    match stream.message().await.unwrap().unwrap().item.unwrap() {
        Item::Event(pb::Event {
            kind: Some(pb::event::Kind::MessageNew(new)),
            logged_at: Some(_),
            ..
        }) => new.message.expect("the content was opened").subject,
        other => panic!("another item: {other:?}"),
    }
}

#[tokio::test]
async fn a_tail_gives_the_replay_and_goes_on_live_without_repeating() {
    let world = World::start().await;
    let tenant = world.tenant("one").await;
    let account = world.account(&tenant).await;
    let stored = world.stored(&account).await;
    world.append(&stored, 3).await;
    let mut stream = tail(&world, &tenant, &account.id, 2).await.unwrap();
    world.append(&stored, 1).await;
    for subject in ["mail 2", "mail 3", "mail 4"] {
        assert_eq!(next(&mut stream).await, subject);
    }
}

#[tokio::test]
async fn a_tail_holds_the_tenant_s_and_the_account_s_events_only() {
    let world = World::start().await;
    let (one, two) = (world.tenant("one").await, world.tenant("two").await);
    let (wanted, same, foreign) = (
        world.account(&one).await,
        world.account(&one).await,
        world.account(&two).await,
    );
    let mut of_account = tail(&world, &one, &wanted.id, 0).await.unwrap();
    let mut of_tenant = tail(&world, &one, "", 0).await.unwrap();
    for (account, count) in [(&foreign, 2), (&same, 5), (&wanted, 1)] {
        world.append(&world.stored(account).await, count).await;
    }
    assert_eq!(next(&mut of_account).await, "mail 1");
    for subject in ["mail 1", "mail 2", "mail 3", "mail 4", "mail 5", "mail 1"] {
        assert_eq!(next(&mut of_tenant).await, subject);
    }
}

#[tokio::test]
async fn another_tenant_s_account_cannot_be_tailed() {
    let world = World::start().await;
    let (one, two) = (world.tenant("one").await, world.tenant("two").await);
    let account = world.account(&one).await.id;
    let refused = tail(&world, &two, &account, 0).await.map(drop);
    assert_eq!(refused.unwrap_err().code(), Code::NotFound);
}

#[tokio::test]
async fn one_tail_too_many_is_refused_and_an_ended_one_makes_room() {
    let config = Config {
        max_tails: 1,
        ..Config::default()
    };
    let world = World::with(Default::default(), config).await;
    let tenant = world.tenant("one").await;
    let first = tail(&world, &tenant, "", 0).await.unwrap();
    let refused = tail(&world, &tenant, "", 0).await.map(drop).unwrap_err();
    assert_eq!(refused.code(), Code::ResourceExhausted);
    assert!(refused.message().contains("control.max_tails"), "{refused}");
    drop(first);
    while tail(&world, &tenant, "", 0).await.is_err() {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_drain_ends_a_tail_and_says_so() {
    let world = World::start().await;
    let tenant = world.tenant("one").await;
    let mut stream = tail(&world, &tenant, "", 0).await.unwrap();
    let lifecycle = world.lifecycle.clone();
    let drained = tokio::spawn(async move { lifecycle.shut_down(Duration::from_secs(20)).await });
    let ended = stream.message().await.unwrap_err();
    assert_eq!(ended.code(), Code::Unavailable);
    assert!(ended.message().contains("shutting down"), "{ended}");
    drained.await.unwrap();
}
