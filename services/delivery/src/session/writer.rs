//! What is queued becomes a frame, at the moment when it is written.

use crate::Shared;
use crate::resume::Resume;
use crate::session::core::Out;
use crate::session::lane::Sent;
use pushmail_domain::{AccountId, Content, DeviceId, Timestamp};
use pushmail_eventlog::{Stored, codec};
use pushmail_proto::convert;
use pushmail_proto::v1::{self, connect_response::Frame, reset::Reason};
use pushmail_runtime::{Counter, Hop};
use pushmail_seal::ContentKey;
use std::sync::Arc;

/// Makes the frames of one session.
pub(crate) struct Writer {
    shared: Arc<Shared>,
    device: DeviceId,
    content: Option<ContentKey>,
    opened_at: Timestamp,
    /// Whether content that does not open was logged already.
    complained: bool,
}

impl Writer {
    pub(crate) fn new(shared: Arc<Shared>, device: DeviceId, content: Option<ContentKey>) -> Self {
        Self {
            opened_at: shared.clock.now(),
            shared,
            device,
            content,
            complained: false,
        }
    }

    /// The frame, and for an event what to remember until it is acknowledged.
    pub(crate) fn frame(&mut self, out: Out) -> (v1::ConnectResponse, Option<(AccountId, Sent)>) {
        let mut remember = None;
        let frame = match out {
            Out::Event {
                stored,
                resume,
                replayed,
            } => {
                let (frame, sent) = self.event(&stored, &resume, replayed);
                remember = Some((stored.event.account, sent));
                Frame::Event(frame)
            }
            Out::Reset {
                account,
                reason,
                resume,
            } => Frame::Reset(self.reset(account, reason, resume.as_ref())),
            Out::Pong { payload, resume } => Frame::Pong(v1::Pong {
                payload,
                positions: resume.iter().map(|resume| self.position(resume)).collect(),
            }),
            Out::Welcome(welcome) => Frame::Welcome(welcome),
            Out::GoAway(go_away) => Frame::GoAway(go_away),
        };
        (v1::ConnectResponse { frame: Some(frame) }, remember)
    }

    fn event(
        &mut self,
        stored: &Stored,
        resume: &Resume,
        replayed: bool,
    ) -> (v1::EventFrame, Sent) {
        let content = self.open(stored);
        let now = self.shared.clock.now();
        let frame = v1::EventFrame {
            event: Some(convert::event(&stored.event, stored.stored_at, content)),
            resume: self.token(resume),
            replayed,
            sent_at: Some(convert::timestamp(now)),
            sequence: stored.position.sequence,
        };
        let mode = if replayed { "replayed" } else { "live" };
        self.shared
            .telemetry
            .count(Counter::EventsDelivered, mode, 1);
        // What waited for the device to come back did not wait for the gateway.
        let started = stored.stored_at.max(self.opened_at);
        let context = self
            .shared
            .telemetry
            .hop(Hop::Deliver, stored.event.trace, started, now);
        let sent = Sent {
            sequence: stored.position.sequence,
            context,
            at: now,
        };
        (frame, sent)
    }

    /// The event's content; without it the event still says what happened.
    fn open(&mut self, stored: &Stored) -> Option<Content> {
        let event = &stored.event;
        if event.content.is_empty() {
            return None;
        }
        let key = self.content.as_ref()?;
        let opened = key.open(event.id, event.account, &event.content).ok();
        let content = opened.and_then(|plain| codec::decode_content(&plain).ok());
        if content.is_none() && !self.complained {
            self.complained = true;
            tracing::error!(event = %event.id, account = %event.account,
                "the content of an event does not open and is left out");
        }
        content
    }

    fn reset(&self, account: AccountId, reason: Reason, resume: Option<&Resume>) -> v1::Reset {
        self.shared
            .telemetry
            .count(Counter::Resets, label(reason), 1);
        v1::Reset {
            account: account.to_string(),
            reason: reason.into(),
            resume: resume.map(|resume| self.token(resume)).unwrap_or_default(),
        }
    }

    fn position(&self, resume: &Resume) -> v1::AccountPosition {
        v1::AccountPosition {
            account: resume.account.to_string(),
            resume: self.token(resume),
        }
    }

    fn token(&self, resume: &Resume) -> Vec<u8> {
        self.shared.resume.encode(self.device, resume)
    }
}

/// The reason as a metric label.
const fn label(reason: Reason) -> &'static str {
    match reason {
        Reason::Expired => "expired",
        Reason::Unspecified | Reason::UnknownToken => "unknown_token",
        Reason::SlowConsumer => "slow_consumer",
        Reason::LogRebuilt => "log_rebuilt",
        Reason::AccountRemoved => "account_removed",
    }
}
