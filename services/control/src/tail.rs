//! One open `TailEvents` call: from the log to its reader, never holding more than its buffer.

use crate::reply;
use futures::stream::{BoxStream, StreamExt as _};
use pushmail_domain::{AccountId, Content, TenantId};
use pushmail_eventlog::{Live, Stored, codec};
use pushmail_proto::convert;
use pushmail_proto::v1 as pb;
use pushmail_proto::v1::tail_events_response as response;
use pushmail_seal::ContentKey;
use tokio::sync::mpsc;
use tonic::Status;

/// What the reader gets.
pub(crate) type Item = Result<pb::TailEventsResponse, Status>;

/// Which events are meant, and what opens them.
pub(crate) struct Source {
    pub(crate) tenant: TenantId,
    pub(crate) account: Option<AccountId>,
    pub(crate) key: ContentKey,
}

impl Source {
    fn wants(&self, stored: &Stored) -> bool {
        let event = &stored.event;
        event.kind.is_delivered()
            && event.tenant == self.tenant
            && self.account.is_none_or(|account| event.account == account)
    }

    /// The event with its content.
    pub(crate) fn event(&self, stored: &Stored) -> pb::Event {
        convert::event(&stored.event, stored.stored_at, self.open(stored))
    }

    fn item(&self, stored: &Stored) -> pb::TailEventsResponse {
        pb::TailEventsResponse {
            item: Some(response::Item::Event(self.event(stored))),
        }
    }

    /// The content; `None` if it cannot be opened, which must not hide that the event exists.
    fn open(&self, stored: &Stored) -> Option<Content> {
        let event = &stored.event;
        let Ok(bytes) = self.key.open(event.id, event.account, &event.content) else {
            tracing::warn!(event = %event.id, "the content of an event cannot be opened");
            return None;
        };
        let content = codec::decode_content(&bytes);
        if content.is_err() {
            tracing::warn!(event = %event.id, "the content of an event cannot be read");
        }
        content.ok()
    }
}

/// Passes events on. While the reader is too slow, events are left out; as soon as there is room
/// again, the reader is told so, and then goes on.
pub(crate) struct Tail {
    source: Source,
    to: mpsc::Sender<Item>,
    skipped: bool,
    /// Generation and sequence of the newest event replayed.
    replayed: (u32, u64),
}

impl Tail {
    pub(crate) const fn new(source: Source, to: mpsc::Sender<Item>) -> Self {
        Self {
            source,
            to,
            skipped: false,
            replayed: (0, 0),
        }
    }

    /// Runs until the reader goes, the log ends, or `draining` does.
    pub(crate) async fn run(
        mut self,
        replay: Vec<Stored>,
        live: BoxStream<'static, Live>,
        draining: impl Future<Output = ()>,
    ) {
        let to = self.to.clone();
        let why = tokio::select! {
            () = to.closed() => return,
            () = draining => "the gateway is shutting down: tail again in a moment",
            () = self.forward(replay, live) => "the event log has ended the tail: tail again",
        };
        // With a full buffer the stream ends without a word; its end says the same.
        drop(to.try_send(Err(reply::unavailable("TAIL_ENDED", why))));
    }

    async fn forward(&mut self, replay: Vec<Stored>, mut live: BoxStream<'static, Live>) {
        for stored in replay {
            self.replayed = (stored.position.generation, stored.position.sequence);
            if !self.source.wants(&stored) {
                continue;
            }
            let item = self.source.item(&stored);
            if self.to.send(Ok(item)).await.is_err() {
                return;
            }
        }
        loop {
            let next = tokio::select! {
                biased;
                room = self.to.reserve(), if self.skipped => {
                    Err(room.map(|room| room.send(Ok(skipped()))))
                }
                next = live.next() => Ok(next),
            };
            match next {
                Ok(None) | Err(Err(_)) => return,
                Ok(Some(Live::Lagged)) => self.skipped = true,
                Ok(Some(Live::Event(fresh))) => self.offer(&fresh.stored),
                Err(Ok(())) => self.skipped = false,
            }
        }
    }

    fn offer(&mut self, stored: &Stored) {
        let position = (stored.position.generation, stored.position.sequence);
        if self.skipped || !self.source.wants(stored) || position <= self.replayed {
            return;
        }
        match self.to.try_reserve() {
            Ok(room) => room.send(Ok(self.source.item(stored))),
            Err(_) => self.skipped = true,
        }
    }
}

fn skipped() -> pb::TailEventsResponse {
    pb::TailEventsResponse {
        item: Some(response::Item::Skipped(response::Skipped {})),
    }
}

#[cfg(test)]
mod tests;
