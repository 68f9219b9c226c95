//! A tenant's backend.

use crate::world::World;
use pushmail_proto::v1 as pb;
use pushmail_proto::v1::subscribe_request::{self as request, Ack, Open, Start};
use pushmail_proto::v1::subscribe_response::{Delivery, Frame, Gap, Opened};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Status, Streaming};

/// An open stream.
pub(super) struct Backend {
    send: mpsc::Sender<pb::SubscribeRequest>,
    frames: Streaming<pb::SubscribeResponse>,
}

/// What a subscription that begins with the oldest event asks for.
pub(super) fn earliest(tenant: &str) -> Open {
    Open {
        tenant: tenant.into(),
        subscription: "crm".into(),
        start: Start::Earliest.into(),
        ..Open::default()
    }
}

/// What a subscription that begins with the next event asks for.
pub(super) fn new(tenant: &str) -> Open {
    Open {
        start: Start::New.into(),
        ..earliest(tenant)
    }
}

/// What was delivered, in words.
pub(super) fn subject(delivery: &Delivery) -> String {
    let event = delivery.event.clone().unwrap();
    let Some(pb::event::Kind::MessageNew(new)) = event.kind else {
        panic!("another event: {event:?}");
    };
    new.message.expect("the content was opened").subject
}

impl Backend {
    /// Sends the first frame, whatever it is.
    pub(super) async fn begin(world: &World, frame: request::Frame) -> Self {
        let (send, frames) = mpsc::channel(64);
        let first = pb::SubscribeRequest { frame: Some(frame) };
        send.send(first).await.unwrap();
        let request = world.ask(ReceiverStream::new(frames));
        let frames = world
            .events()
            .subscribe(request)
            .await
            .unwrap()
            .into_inner();
        Self { send, frames }
    }

    pub(super) async fn open(world: &World, open: Open) -> (Self, Opened) {
        let mut backend = Self::begin(world, request::Frame::Open(open)).await;
        match backend.next().await {
            Frame::Opened(opened) => (backend, opened),
            other => panic!("another frame: {other:?}"),
        }
    }

    /// Why the stream was refused.
    pub(super) async fn refused(world: &World, open: Open) -> Status {
        let mut backend = Self::begin(world, request::Frame::Open(open)).await;
        backend.failure().await
    }

    pub(super) async fn next(&mut self) -> Frame {
        self.frames.message().await.unwrap().unwrap().frame.unwrap()
    }

    pub(super) async fn failure(&mut self) -> Status {
        self.frames.message().await.unwrap_err()
    }

    /// Whether the stream ended without an error.
    pub(super) async fn ended(&mut self) -> bool {
        self.frames.message().await.unwrap().is_none()
    }

    pub(super) async fn delivery(&mut self) -> Delivery {
        match self.next().await {
            Frame::Delivery(delivery) => delivery,
            other => panic!("another frame: {other:?}"),
        }
    }

    pub(super) async fn gap(&mut self) -> Gap {
        match self.next().await {
            Frame::Gap(gap) => gap,
            other => panic!("another frame: {other:?}"),
        }
    }

    /// The subjects of the next deliveries, which it acknowledges.
    pub(super) async fn take(&mut self, count: usize) -> Vec<String> {
        let mut subjects = Vec::new();
        for _ in 0..count {
            let delivery = self.delivery().await;
            subjects.push(subject(&delivery));
            self.ack(&[&delivery.id]).await;
        }
        subjects
    }

    pub(super) async fn ack(&self, ids: &[&str]) {
        let ids = ids.iter().map(|id| (*id).to_owned()).collect();
        self.send_ack(ids, "").await;
    }

    pub(super) async fn send_ack(&self, ids: Vec<String>, through: &str) {
        let through = through.to_owned();
        let frame = Some(request::Frame::Ack(Ack { ids, through }));
        self.send
            .send(pb::SubscribeRequest { frame })
            .await
            .unwrap();
    }

    /// Closes its side and waits for the end, which says that the position is stored.
    pub(super) async fn leave(mut self) {
        drop(self.send);
        while self.frames.message().await.unwrap().is_some() {}
    }
}
