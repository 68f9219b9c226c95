//! One open `Fetch` call: from the mailbox to its reader, never holding more than a few chunks.

use crate::reply;
use crate::state::State;
use pushmail_domain::{AccountId, Clock};
use pushmail_mailbox::{About, ReadError, ReadErrorKind, Reading};
use pushmail_proto::v1 as pb;
use pushmail_proto::v1::fetch_response as response;
use pushmail_runtime::{Counter, Telemetry, Timing};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout_at};
use tonic::Status;

/// What the reader gets.
pub(crate) type Item = Result<pb::FetchResponse, Status>;

/// A call, counted by its outcome when it ends.
pub(crate) struct Fetching {
    account: AccountId,
    deadline: Instant,
    largest_chunk: usize,
    telemetry: Telemetry,
    clock: Arc<dyn Clock>,
    started: Duration,
    /// Nobody waits any more, until it is known better.
    outcome: &'static str,
}

impl Fetching {
    pub(crate) fn new(state: &State, account: AccountId, deadline: Instant) -> Self {
        Self {
            account,
            deadline,
            largest_chunk: state.messages.largest_chunk,
            telemetry: state.deps.telemetry.clone(),
            clock: state.deps.clock.clone(),
            started: state.deps.clock.elapsed(),
            outcome: "cancelled",
        }
    }

    /// Waits for the mailbox, until the deadline.
    pub(crate) async fn within<T>(
        &mut self,
        read: impl Future<Output = Result<T, ReadError>>,
    ) -> Result<T, Status> {
        let read = timeout_at(self.deadline, read).await;
        let read = read.unwrap_or_else(|_elapsed| {
            let message = "the mail server was too slow for one call (messages.deadline): try again, and ask for less at once";
            Err(ReadError::new(ReadErrorKind::TimedOut, message))
        });
        read.map_err(|error| {
            self.outcome = error.kind.as_str();
            reply::fetch(&error, self.account)
        })
    }

    /// Hands out the part until its end, its limit, or `ended`.
    pub(crate) async fn run(
        mut self,
        reading: Box<dyn Reading>,
        offset: u64,
        limit: usize,
        to: mpsc::Sender<Item>,
        ended: impl Future<Output = ()>,
    ) {
        let told = to.clone();
        let failed = tokio::select! {
            () = told.closed() => return,
            () = ended => {
                self.outcome = ReadErrorKind::Internal.as_str();
                reply::unavailable("FETCH_ENDED", "the gateway is shutting down: fetch again in a moment")
            }
            handed_out = self.hand_out(reading, offset, limit, to) => match handed_out {
                Ok(()) => return,
                Err(status) => status,
            },
        };
        // A reader that takes nothing until the deadline learns it from the stream's end.
        drop(told.try_send(Err(failed)));
    }

    async fn hand_out(
        &mut self,
        mut reading: Box<dyn Reading>,
        mut offset: u64,
        limit: usize,
        to: mpsc::Sender<Item>,
    ) -> Result<(), Status> {
        self.send(&to, response::Item::About(write(reading.about())))
            .await?;
        let mut left = limit;
        let mut end = response::End::default();
        let mut first = true;
        while left > 0 {
            let piece = self
                .within(reading.next(left.min(self.largest_chunk)))
                .await?;
            offset += piece.bytes.len() as u64;
            left = left.saturating_sub(piece.bytes.len());
            end = response::End {
                next_offset: signed(offset),
                more: piece.more,
                size: piece.size.map(signed),
            };
            if !piece.bytes.is_empty() {
                self.send(&to, response::Item::Chunk(piece.bytes)).await?;
            }
            if std::mem::take(&mut first) {
                self.observe(Timing::FetchStart);
            }
            if !piece.more {
                break;
            }
        }
        self.send(&to, response::Item::End(end)).await?;
        self.outcome = "ok";
        self.observe(Timing::Fetch);
        Ok(())
    }

    /// Waits for room, until the deadline.
    async fn send(&mut self, to: &mpsc::Sender<Item>, item: response::Item) -> Result<(), Status> {
        let message = pb::FetchResponse { item: Some(item) };
        match timeout_at(self.deadline, to.send(Ok(message))).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_gone)) => Err(Status::cancelled("the caller has gone")),
            Err(_elapsed) => Err(Status::deadline_exceeded(
                "the chunks were read too slowly for one call (messages.deadline): read on from the last one",
            )),
        }
    }

    fn observe(&self, timing: Timing) {
        let took = self.clock.elapsed().saturating_sub(self.started);
        self.telemetry.observe(timing, took);
    }
}

impl Drop for Fetching {
    fn drop(&mut self) {
        self.telemetry.count(Counter::Fetches, self.outcome, 1);
    }
}

fn write(about: &About) -> response::About {
    response::About {
        uid_validity: about.uid_validity,
        message_size: signed(about.message_size),
        content_type: about.content_type.clone(),
        charset: about.charset.clone(),
        filename: about.filename.clone(),
        size: about.size.map(signed),
    }
}

fn signed(bytes: u64) -> i64 {
    i64::try_from(bytes).unwrap_or(i64::MAX)
}
