//! What comes, in which order, and how often.

use crate::harness::{World, config, message, uid};
use pushmail_proto::v1::{self, connect_request, connect_response::Frame};

#[tokio::test]
async fn a_mail_is_pushed_with_its_content() {
    let world = World::new().await;
    let owner = world.owner().await;
    let mailbox = world.mailbox(&owner).await;
    let device = world.device(&owner, &[&mailbox]).await;
    let gateway = world.serve(config()).await;

    let mut phone = gateway.open(&device, vec![]).await;
    let (frames, pong) = phone.opening().await;
    let [Frame::Welcome(welcome)] = &frames[..] else {
        panic!("{frames:?}");
    };
    assert_eq!(welcome.accounts, [mailbox.account.to_string()]);
    assert_eq!(pong.positions[0].account, mailbox.account.to_string());

    world.mails(&mailbox, [1]).await;
    let event = phone.event().await;
    assert_eq!(message(&event).message.as_ref().unwrap().subject, "mail 1");
    assert!(!event.replayed);
    assert!(event.event.unwrap().logged_at.is_some());
}

#[tokio::test]
async fn replay_goes_over_into_live_without_a_gap() {
    let world = World::new().await;
    let owner = world.owner().await;
    let mailbox = world.mailbox(&owner).await;
    let device = world.device(&owner, &[&mailbox]).await;
    let gateway = world.serve(config()).await;
    let (_, start) = gateway.open(&device, vec![]).await.opening().await;
    world.mails(&mailbox, 1..=150).await;

    let append = async {
        for uid in 151..=300 {
            world.mails(&mailbox, [uid]).await;
        }
    };
    let receive = async {
        let resume = vec![start.positions[0].resume.clone()];
        let mut phone = gateway.open(&device, resume).await;
        let mut frames = Vec::new();
        for _ in 0..300 {
            frames.push(phone.event().await);
        }
        frames
    };
    let ((), frames) = tokio::join!(append, receive);
    assert!(frames.iter().map(uid).eq(1..=300));
    assert!(frames[..150].iter().all(|frame| frame.replayed));
    assert!(!frames[299].replayed);
}

#[tokio::test]
async fn each_account_keeps_its_order_among_others() {
    let world = World::new().await;
    let owner = world.owner().await;
    let (one, two) = (world.mailbox(&owner).await, world.mailbox(&owner).await);
    let device = world.device(&owner, &[&one, &two]).await;
    let gateway = world.serve(config()).await;
    let mut phone = gateway.open(&device, vec![]).await;
    phone.opening().await;

    tokio::join!(
        async {
            for uid in 1..=40 {
                world.mails(&one, [uid]).await;
            }
        },
        async {
            for uid in 1..=40 {
                world.mails(&two, [uid]).await;
            }
        }
    );
    let mut seen = [Vec::new(), Vec::new()];
    for _ in 0..80 {
        let frame = phone.event().await;
        let account = &frame.event.as_ref().unwrap().account;
        seen[usize::from(*account == two.account.to_string())].push(uid(&frame));
    }
    for uids in seen {
        assert!(uids.into_iter().eq(1..=40));
    }
}

#[tokio::test]
async fn what_came_while_away_comes_exactly_once() {
    let world = World::new().await;
    let owner = world.owner().await;
    let mailbox = world.mailbox(&owner).await;
    let device = world.device(&owner, &[&mailbox]).await;
    let gateway = world.serve(config()).await;

    let mut phone = gateway.open(&device, vec![]).await;
    phone.opening().await;
    world.mails(&mailbox, 1..=3).await;
    assert_eq!(phone.uids(1).await, [1]);
    let second = phone.event().await;
    phone.ack(&second.resume).await;
    drop(phone);
    world.mails(&mailbox, 4..=5).await;

    let mut phone = gateway.open(&device, vec![second.resume]).await;
    assert_eq!(phone.uids(3).await, [3, 4, 5]);
    world.mails(&mailbox, [6]).await;
    assert_eq!(phone.uids(1).await, [6]);
}

#[tokio::test]
async fn a_device_without_an_event_resumes_from_its_first_pong() {
    let world = World::new().await;
    let owner = world.owner().await;
    let mailbox = world.mailbox(&owner).await;
    let device = world.device(&owner, &[&mailbox]).await;
    let gateway = world.serve(config()).await;
    world.mails(&mailbox, 1..=2).await;
    let (_, pong) = gateway.open(&device, vec![]).await.opening().await;
    world.mails(&mailbox, 3..=4).await;
    let resume = vec![pong.positions[0].resume.clone()];
    assert_eq!(gateway.open(&device, resume).await.uids(2).await, [3, 4]);
}

#[tokio::test]
async fn another_tenant_s_events_are_never_seen() {
    let world = World::new().await;
    let (owner, other) = (world.owner().await, world.owner().await);
    let (mailbox, foreign) = (world.mailbox(&owner).await, world.mailbox(&other).await);
    let device = world.device(&owner, &[&mailbox]).await;
    let gateway = world.serve(config()).await;
    let mut phone = gateway.open(&device, vec![]).await;
    phone.opening().await;
    world.mails(&foreign, 1..=20).await;
    world.mails(&mailbox, [77]).await;
    assert_eq!(phone.uids(1).await, [77]);
}

#[tokio::test]
async fn a_filter_holds_back_what_is_not_wanted() {
    let world = World::new().await;
    let owner = world.owner().await;
    let (one, two) = (world.mailbox(&owner).await, world.mailbox(&owner).await);
    let device = world.device(&owner, &[&one, &two]).await;
    let gateway = world.serve(config()).await;
    let mut phone = gateway.open(&device, vec![]).await;
    phone.opening().await;
    let filter = v1::SetFilter {
        types: vec![v1::EventType::MessageNew.into()],
        accounts: vec![two.account.to_string()],
    };
    phone.send(connect_request::Frame::SetFilter(filter)).await;
    let ping = v1::Ping {
        payload: b"set".to_vec(),
    };
    phone.send(connect_request::Frame::Ping(ping)).await;
    assert_eq!(phone.opening().await.1.payload, b"set");
    world.mails(&one, [1]).await;
    world.mails(&two, [2]).await;
    assert_eq!(phone.uids(1).await, [2]);
}

#[tokio::test]
async fn an_event_whose_content_does_not_open_comes_without_it() {
    let world = World::new().await;
    let owner = world.owner().await;
    let mailbox = world.mailbox(&owner).await;
    let device = world.device(&owner, &[&mailbox]).await;
    let gateway = world.serve(config()).await;
    let mut phone = gateway.open(&device, vec![]).await;
    phone.opening().await;
    let mut damaged = mailbox.mail(1, "");
    damaged.content[20] ^= 1;
    world.append(&mailbox, vec![damaged]).await;
    world.mails(&mailbox, [2]).await;
    let event = phone.event().await;
    assert_eq!((uid(&event), &message(&event).message), (1, &None));
    assert_eq!(phone.uids(1).await, [2]);
}
