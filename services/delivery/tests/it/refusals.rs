//! What is refused, and how.

use crate::harness::{World, config};
use pushmail_domain::DeviceToken;
use pushmail_proto::v1::{self, connect_request, connect_response::Frame, reset::Reason};
use pushmail_registry::{Accounts as _, Devices as _};
use pushmail_runtime::SystemEntropy;
use std::time::Duration;
use tonic::Code;
use tonic_types::StatusExt as _;

#[tokio::test]
async fn every_bad_token_gets_the_same_answer() {
    let world = World::new().await;
    let owner = world.owner().await;
    let mailbox = world.mailbox(&owner).await;
    let device = world.device(&owner, &[&mailbox]).await;
    let gateway = world.serve(config()).await;

    let forged = DeviceToken::mint(device.tenant(), device.device(), &SystemEntropy);
    let nobody = DeviceToken::mint(
        owner.id,
        pushmail_domain::DeviceId::from_bytes([1; 16]),
        &SystemEntropy,
    );
    let mut messages = Vec::new();
    for text in [
        format!("Bearer {}", forged.expose()),
        format!("Bearer {}", nobody.expose()),
        format!("Basic {}", device.expose()),
        "Bearer nonsense".to_owned(),
    ] {
        let status = gateway.try_dial(&text).await.err().unwrap();
        assert_eq!(status.code(), Code::Unauthenticated);
        messages.push(status.message().to_owned());
    }
    messages.dedup();
    assert_eq!(messages.len(), 1);
}

#[tokio::test]
async fn an_invalid_frame_names_its_field() {
    let world = World::new().await;
    let owner = world.owner().await;
    let mailbox = world.mailbox(&owner).await;
    let device = world.device(&owner, &[&mailbox]).await;
    let gateway = world.serve(config()).await;
    let hello = |resume| connect_request::Frame::Hello(v1::Hello { resume });
    let filter =
        |types, accounts| connect_request::Frame::SetFilter(v1::SetFilter { types, accounts });
    let ack = |resume| connect_request::Frame::Ack(v1::Ack { resume });
    let ping = |payload| connect_request::Frame::Ping(v1::Ping { payload });
    let foreign = pushmail_domain::AccountId::from_bytes([3; 16]).to_string();
    for (frames, field) in [
        (vec![ping(vec![])], "frame"),
        (vec![hello(vec![vec![1]; 65])], "frame.hello.resume"),
        (
            vec![hello(vec![vec![1], vec![2], vec![]])],
            "frame.hello.resume[2]",
        ),
        (vec![hello(vec![vec![0; 257]])], "frame.hello.resume[0]"),
        (vec![hello(vec![]), hello(vec![])], "frame.hello"),
        (vec![hello(vec![]), ping(vec![0; 65])], "frame.ping.payload"),
        (vec![hello(vec![]), ack(vec![])], "frame.ack.resume"),
        (vec![hello(vec![]), ack(vec![9; 70])], "frame.ack.resume"),
        (
            vec![hello(vec![]), filter(vec![1, 0], vec![])],
            "frame.set_filter.types[1]",
        ),
        (
            vec![hello(vec![]), filter(vec![99], vec![])],
            "frame.set_filter.types[0]",
        ),
        (
            vec![hello(vec![]), filter(vec![], vec!["x".into()])],
            "frame.set_filter.accounts[0]",
        ),
        (
            vec![hello(vec![]), filter(vec![], vec![foreign])],
            "frame.set_filter.accounts",
        ),
    ] {
        let mut phone = gateway.dial(&device).await;
        for frame in frames {
            phone.send(frame).await;
        }
        let status = phone.refusal().await;
        assert_eq!(status.code(), Code::InvalidArgument, "{field}");
        let details = status.get_details_bad_request().unwrap();
        assert_eq!(details.field_violations[0].field, field);
    }
}

#[tokio::test]
async fn a_frame_past_the_limit_ends_the_session() {
    let world = World::new().await;
    let owner = world.owner().await;
    let mailbox = world.mailbox(&owner).await;
    let device = world.device(&owner, &[&mailbox]).await;
    let gateway = world.serve(config()).await;
    let mut phone = gateway.open(&device, vec![vec![0; 100_000]]).await;
    assert_eq!(phone.refusal().await.code(), Code::OutOfRange);
}

#[tokio::test]
async fn a_token_of_another_device_or_of_nobody_resets_only_what_it_could_be_of() {
    let world = World::new().await;
    let owner = world.owner().await;
    let (one, two) = (world.mailbox(&owner).await, world.mailbox(&owner).await);
    let device = world.device(&owner, &[&one, &two]).await;
    let other = world.device(&owner, &[&one, &two]).await;
    let gateway = world.serve(config()).await;
    let position = |pong: v1::Pong, of: String| {
        let found = pong.positions.into_iter().find(|p| p.account == of);
        found.unwrap().resume
    };
    let (_, own) = gateway.open(&device, vec![]).await.opening().await;
    let (_, foreign) = gateway.open(&other, vec![]).await.opening().await;
    let own = position(own, one.account.to_string());
    for unknown in [
        position(foreign, two.account.to_string()),
        b"garbled".to_vec(),
    ] {
        let tokens = vec![own.clone(), unknown];
        let (frames, _) = gateway.open(&device, tokens).await.opening().await;
        let [Frame::Welcome(_), Frame::Reset(reset)] = &frames[..] else {
            panic!("{frames:?}");
        };
        assert_eq!(reset.account, two.account.to_string());
        assert_eq!(reset.reason(), Reason::UnknownToken);
    }
}

#[tokio::test]
async fn a_removed_account_is_reset_and_a_device_without_any_is_refused() {
    let world = World::new().await;
    let owner = world.owner().await;
    let (one, two) = (world.mailbox(&owner).await, world.mailbox(&owner).await);
    let device = world.device(&owner, &[&one, &two]).await;
    let gateway = world.serve(config()).await;
    let (_, pong) = gateway.open(&device, vec![]).await.opening().await;
    let tokens: Vec<_> = pong.positions.into_iter().map(|p| p.resume).collect();

    world
        .registry
        .delete_account(owner.id, two.account)
        .await
        .unwrap();
    let (frames, _) = gateway.open(&device, tokens).await.opening().await;
    let [Frame::Welcome(welcome), Frame::Reset(reset)] = &frames[..] else {
        panic!("{frames:?}");
    };
    assert_eq!(welcome.accounts, [one.account.to_string()]);
    assert_eq!(reset.account, two.account.to_string());
    assert_eq!(reset.reason(), Reason::AccountRemoved);

    world
        .registry
        .delete_account(owner.id, one.account)
        .await
        .unwrap();
    let authorization = format!("Bearer {}", device.expose());
    let status = gateway.try_dial(&authorization).await.err().unwrap();
    assert_eq!(status.code(), Code::FailedPrecondition);
}

#[tokio::test]
async fn an_erased_device_is_cut_off() {
    let world = World::new().await;
    let owner = world.owner().await;
    let mailbox = world.mailbox(&owner).await;
    let device = world.device(&owner, &[&mailbox]).await;
    let mut config = config();
    config.compare_interval = Duration::from_millis(20);
    let gateway = world.serve(config).await;
    let mut phone = gateway.open(&device, vec![]).await;
    phone.opening().await;
    world
        .registry
        .delete_device(owner.id, device.device())
        .await
        .unwrap();
    assert_eq!(phone.refusal().await.code(), Code::Unauthenticated);
}

#[tokio::test]
async fn sessions_past_the_limit_are_refused() {
    let world = World::new().await;
    let owner = world.owner().await;
    let mailbox = world.mailbox(&owner).await;
    let device = world.device(&owner, &[&mailbox]).await;
    let mut config = config();
    config.max_sessions = 1;
    let gateway = world.serve(config).await;
    let mut phone = gateway.open(&device, vec![]).await;
    phone.opening().await;
    let authorization = format!("Bearer {}", device.expose());
    let status = gateway.try_dial(&authorization).await.err().unwrap();
    assert_eq!(status.code(), Code::ResourceExhausted);
}
