//! One open stream, from its first frame to its end.

mod frames;
mod open;
mod serve;

use super::bell::Bell;
use super::delivery_id::DeliveryId;
use super::feed::{Feed, Item};
use super::request::{self, Acked, Filter};
use super::running::{Leave, Place};
use super::window::{Due, GapReason, Key, Sending, Window};
use super::{Frame, Subscribers};
use crate::reply;
use crate::tail::Source;
use pushmail_domain::TenantId;
use pushmail_eventlog::Stored;
use pushmail_proto::v1 as pb;
use pushmail_proto::v1::subscribe_response as response;
use pushmail_registry::{Moved, RegistryErrorKind};
use pushmail_runtime::{Counter, Gauge, Telemetry, Timing};
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use tonic::{Status, Streaming};

/// How long a subscriber may take to say what it wants.
const OPEN_TIMEOUT: Duration = Duration::from_secs(10);
/// How long the last frame may wait for a subscriber that does not read.
const FAREWELL_TIMEOUT: Duration = Duration::from_secs(5);

/// An open stream.
struct Session {
    shared: Arc<Subscribers>,
    tenant: TenantId,
    name: String,
    /// The right to move the subscription.
    epoch: u64,
    filter: Filter,
    source: Source,
    window: Window,
    feed: Feed,
    bell: Bell,
    place: Place,
    /// Frames that are no deliveries: few, since nothing is read while there is one.
    out: VecDeque<response::Frame>,
    /// The gateway drains: nothing new is sent.
    leaving: bool,
    _counted: Counted,
}

/// How a stream ends.
enum End {
    /// The subscriber left, or was asked to.
    Closed,
    /// Another stream has opened the subscription.
    Superseded,
    /// Something is wrong.
    Failed(Status),
}

/// An open stream in the metrics.
struct Counted(Telemetry);

impl Counted {
    fn new(telemetry: Telemetry) -> Self {
        telemetry.gauge(Gauge::OpenSubscriptions, "", 1);
        Self(telemetry)
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.gauge(Gauge::OpenSubscriptions, "", -1);
    }
}

impl From<Status> for End {
    fn from(status: Status) -> Self {
        Self::Failed(status)
    }
}

/// The answer to subscribers that come while the process drains.
pub(super) fn leaving() -> Status {
    let message = "the gateway is shutting down: subscribe again in a moment";
    reply::unavailable("DRAINING", message)
}

/// Runs a stream to its end.
pub(super) async fn run(
    shared: Arc<Subscribers>,
    mut inbound: Streaming<pb::SubscribeRequest>,
    outbound: mpsc::Sender<Frame>,
) {
    let stopping = shared.lifecycle.stopping();
    let ended = async {
        let draining = shared.lifecycle.draining();
        let wanted = draining.run_until_cancelled(first(&mut inbound)).await;
        let wanted = wanted.ok_or_else(leaving)??;
        let session = Session::open(Arc::clone(&shared), wanted).await?;
        Err(Box::pin(session.serve(inbound, &outbound)).await)
    };
    let farewell = match stopping.run_until_cancelled(ended).await {
        None | Some(Ok(()) | Err(End::Closed)) => return,
        Some(Err(End::Superseded)) => Ok(frames::superseded()),
        Some(Err(End::Failed(status))) => Err(status),
    };
    let farewell = outbound.send(farewell);
    // A subscriber that is gone, or does not read, need not hear why.
    drop(tokio::time::timeout(FAREWELL_TIMEOUT, farewell).await);
}

/// The first frame, checked.
async fn first(inbound: &mut Streaming<pb::SubscribeRequest>) -> Result<request::Wanted, Status> {
    let first = tokio::time::timeout(OPEN_TIMEOUT, inbound.message())
        .await
        .map_err(|_| Status::deadline_exceeded("no frame came within 10 seconds: send open"))??;
    request::open(first.ok_or_else(|| Status::cancelled("the stream ended before open"))?)
}

impl Session {
    /// Takes from the page what needs no sending: what is not wanted, or is done.
    fn advance(&mut self) {
        loop {
            match self.feed.front() {
                Some(Item::Reached(stream, reach)) => self.window.pass(*stream, *reach),
                Some(Item::Event(stored)) if !self.wants(stored) => {
                    let (key, reach) = (key(stored), frames::reach(stored));
                    self.window.pass(key.stream, reach);
                }
                Some(Item::Event(stored)) => {
                    let (account, at) = (stored.event.account, stored.stored_at);
                    let key = key(stored);
                    if !self.window.was_done(key, at, account) {
                        return;
                    }
                }
                None => return,
            }
            self.feed.pop();
        }
    }

    fn wants(&self, stored: &Stored) -> bool {
        self.filter.wants(stored.event.account, &stored.event.kind)
    }

    /// Reads a page.
    async fn read(&mut self) -> Result<(), End> {
        let read = self.feed.read().await;
        if let Some(reason) = read.map_err(|error| reply::log(&error))? {
            self.tell_gap(reason);
        }
        Ok(())
    }

    /// These streams, a bit each, began a new generation: everything that they hold and that may not be
    /// done is read again.
    fn rebase(&mut self, streams: u16) {
        let marks = self.feed.rebase(streams, self.window.marks());
        self.window.rebase(&marks);
        self.tell_gap(GapReason::LogRebuilt);
    }

    fn tell_gap(&mut self, reason: GapReason) {
        let now = self.shared.clock.elapsed();
        let (sending, reason) = self.window.tell_gap(reason, now);
        self.out.push_back(frames::gap(self.epoch, sending, reason));
    }

    /// The next frame; `None` if there turns out to be none.
    async fn next_frame(&mut self) -> Result<Option<response::Frame>, End> {
        if let Some(frame) = self.out.pop_front() {
            return Ok(Some(frame));
        }
        if self.leaving {
            return Ok(None);
        }
        match self.window.due(self.shared.clock.elapsed()) {
            Some(Due::Event(key)) => self.again(key).await,
            Some(Due::Gap) => {
                let now = self.shared.clock.elapsed();
                let told = self.window.retell_gap(now);
                Ok(told.map(|(sending, reason)| frames::gap(self.epoch, sending, reason)))
            }
            None => Ok(self.fresh()),
        }
    }

    /// The page's next event.
    fn fresh(&mut self) -> Option<response::Frame> {
        if !self.window.has_room() {
            return None;
        }
        let Some(Item::Event(stored)) = self.feed.pop() else {
            return None;
        };
        let now = self.shared.clock.elapsed();
        let (key, at) = (key(&stored), stored.stored_at);
        let sending = self.window.send(key, at, stored.event.account, now);
        let telemetry = &self.shared.telemetry;
        let lag = self.shared.clock.now().since(at);
        telemetry.observe(Timing::SubscriptionLag, lag);
        telemetry.count(Counter::SubscriptionDeliveries, "first", 1);
        Some(self.delivery(key, sending, &stored))
    }

    /// An event that was not acknowledged in time.
    async fn again(&mut self, key: Key) -> Result<Option<response::Frame>, End> {
        let found = self.feed.again(key.stream, key.sequence).await;
        let found = found.map_err(|error| reply::log(&error))?;
        let now = self.shared.clock.elapsed();
        let Some((sending, account)) = self.window.resend(key, now) else {
            return Ok(None);
        };
        let Some(stored) = found else {
            let id = self.id(key, sending);
            return Ok(Some(frames::removed(id, account)));
        };
        let telemetry = &self.shared.telemetry;
        telemetry.count(Counter::SubscriptionDeliveries, "again", 1);
        Ok(Some(self.delivery(key, sending, &stored)))
    }

    fn delivery(&self, key: Key, sending: Sending, stored: &Stored) -> response::Frame {
        let event = self.source.event(stored);
        frames::delivery(self.id(key, sending), sending, event)
    }

    const fn id(&self, key: Key, sending: Sending) -> DeliveryId {
        DeliveryId {
            epoch: self.epoch,
            number: sending.number,
            key,
        }
    }

    fn ack(&mut self, acked: &Acked) {
        for id in &acked.ids {
            if !id.is_gap() {
                self.window.ack(id.key);
            } else if id.epoch == self.epoch {
                self.window.ack_gap(id.number);
            }
        }
        if let Some(id) = acked.through.filter(|id| id.epoch == self.epoch) {
            self.window.ack_through(id.number);
        }
    }

    /// Stores what moved. A registry that does not answer is asked again later.
    async fn flush(&mut self) -> Result<(), End> {
        let marks = self.window.unstored();
        if marks.is_empty() {
            return Ok(());
        }
        let moved = self.shared.subscriptions.move_subscription(
            self.tenant,
            &self.name,
            self.epoch,
            &marks,
        );
        match moved.await {
            Ok(Moved::Stored) => self.window.stored(),
            Ok(Moved::StaleEpoch) => return Err(End::Superseded),
            Err(error) if error.kind == RegistryErrorKind::NotFound => return Err(self.deleted()),
            Err(error) => {
                let error = &error as &dyn std::error::Error;
                tracing::warn!(
                    error,
                    "a subscription's position could not be stored; trying again"
                );
            }
        }
        Ok(())
    }

    fn deleted(&self) -> End {
        End::Failed(reply::no_subscription(self.tenant, &self.name))
    }

    fn left(&self, why: Leave) -> End {
        match why {
            Leave::Superseded => End::Superseded,
            Leave::Deleted => self.deleted(),
        }
    }
}

/// The event's place.
const fn key(stored: &Stored) -> Key {
    Key {
        stream: stored.position.stream,
        generation: stored.position.generation,
        sequence: stored.position.sequence,
    }
}
