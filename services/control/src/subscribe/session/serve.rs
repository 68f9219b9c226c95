//! The loop of a stream: one thing happens at a time.

use super::{End, Session, frames};
use crate::subscribe::Frame;
use crate::subscribe::bell::ALL;
use crate::subscribe::feed::Item;
use crate::subscribe::request;
use crate::subscribe::running::Leave;
use futures::FutureExt as _;
use pushmail_proto::v1 as pb;
use std::pin::Pin;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::{Instant, Interval, MissedTickBehavior, Sleep};
use tonic::{Status, Streaming};

/// How late a position may be stored.
const FLUSH: Duration = Duration::from_secs(1);
/// How often every stream is read, whether it rang or not: a live event may be lost silently, and the
/// position's time goes on when nothing comes.
const COMPARE: Duration = Duration::from_secs(60);
/// In a drain, subscribers are told to come again after a time between nothing and this, in ms.
const SPREAD_MS: u64 = 5_000;
/// In a drain, acknowledgements are taken for this long.
const GRACE: Duration = Duration::from_secs(2);

/// What happened.
enum Turn<'a> {
    /// The subscriber sent something, or closed its side.
    Inbound(Result<Option<pb::SubscribeRequest>, Status>),
    /// A frame can be written; `None` if the stream is gone.
    Writable(Option<mpsc::Permit<'a, Frame>>),
    /// These streams of the log have more.
    Rung(u16),
    /// A page can be read.
    Behind,
    /// Something is to be sent again.
    Due,
    /// It is time to store the position.
    Flush,
    /// The stream has to end.
    Left(Leave),
    /// The process drains.
    Drain,
    /// The grace after GoAway is over.
    Close,
}

/// A stream's timers.
struct Timers {
    flush: Interval,
    compare: Interval,
    close: Option<Pin<Box<Sleep>>>,
}

impl Timers {
    fn new() -> Self {
        let every = |period| {
            let mut interval = tokio::time::interval_at(Instant::now() + period, period);
            interval.set_missed_tick_behavior(MissedTickBehavior::Delay);
            interval
        };
        Self {
            flush: every(FLUSH),
            compare: every(COMPARE),
            close: None,
        }
    }
}

impl Session {
    /// Serves the subscriber to the end of the stream; then the position is stored and the name is free.
    pub(super) async fn serve(
        mut self,
        inbound: Streaming<pb::SubscribeRequest>,
        outbound: &mpsc::Sender<Frame>,
    ) -> End {
        let end = match self.until_end(inbound, outbound).await {
            Ok(()) => End::Closed,
            Err(end) => end,
        };
        match self.flush().await {
            // What the flush found out is not told to who left by itself.
            Err(found) if !matches!(end, End::Closed) => found,
            _ => end,
        }
    }

    async fn until_end(
        &mut self,
        mut inbound: Streaming<pb::SubscribeRequest>,
        outbound: &mpsc::Sender<Frame>,
    ) -> Result<(), End> {
        let mut timers = Timers::new();
        loop {
            let rebuilt = self.feed.rebuilt();
            if rebuilt != 0 {
                self.rebase(rebuilt);
            }
            self.advance();
            if self.leaving && self.out.is_empty() && self.window.is_done() {
                return Ok(());
            }
            match self.turn(&mut inbound, outbound, &mut timers).await {
                Turn::Inbound(Ok(Some(request))) => self.ack(&request::ack(request)?),
                // A connection that broke is an end as any other: the subscriber comes again.
                Turn::Inbound(Ok(None) | Err(_)) | Turn::Close => return Ok(()),
                Turn::Writable(None) => return self.last_acks(&mut inbound),
                Turn::Writable(Some(permit)) => {
                    if let Some(frame) = self.next_frame().await? {
                        permit.send(Ok(pb::SubscribeResponse { frame: Some(frame) }));
                    }
                }
                Turn::Rung(streams) => self.feed.hint(streams),
                Turn::Behind => self.read().await?,
                Turn::Due => {}
                Turn::Flush => self.flush().await?,
                Turn::Left(why) => return Err(self.left(why)),
                Turn::Drain => self.go_away(&mut timers),
            }
        }
    }

    /// Takes what the subscriber had acknowledged before it stopped reading.
    fn last_acks(&mut self, inbound: &mut Streaming<pb::SubscribeRequest>) -> Result<(), End> {
        while let Some(Ok(Some(request))) = inbound.message().now_or_never() {
            self.ack(&request::ack(request)?);
        }
        Ok(())
    }

    /// Waits for the next thing to happen.
    async fn turn<'a>(
        &mut self,
        inbound: &mut Streaming<pb::SubscribeRequest>,
        outbound: &'a mpsc::Sender<Frame>,
        timers: &mut Timers,
    ) -> Turn<'a> {
        let draining = self.shared.lifecycle.draining();
        let writes = self.has_frame();
        let reads = !writes && !self.leaving && self.window.has_room() && self.feed.is_behind();
        let due = self.until_due();
        tokio::select! {
            request = inbound.message() => Turn::Inbound(request),
            permit = outbound.reserve(), if writes => Turn::Writable(permit.ok()),
            () = outbound.closed(), if !writes => Turn::Writable(None),
            streams = self.bell.rung() => Turn::Rung(streams),
            () = std::future::ready(()), if reads => Turn::Behind,
            () = tokio::time::sleep(due.unwrap_or_default()), if due.is_some() && !writes => Turn::Due,
            _ = timers.flush.tick() => Turn::Flush,
            _ = timers.compare.tick() => Turn::Rung(ALL),
            why = self.place.left() => Turn::Left(why),
            () = draining.cancelled(), if !self.leaving => Turn::Drain,
            () = over(&mut timers.close) => Turn::Close,
        }
    }

    /// Whether there is something to write.
    fn has_frame(&self) -> bool {
        let now = self.shared.clock.elapsed();
        let fresh = matches!(self.feed.front(), Some(Item::Event(_))) && self.window.has_room();
        !self.out.is_empty() || (!self.leaving && (fresh || self.window.due(now).is_some()))
    }

    /// How long until something is to be sent again.
    fn until_due(&self) -> Option<Duration> {
        let deadline = self.window.deadline().filter(|_| !self.leaving)?;
        Some(deadline.saturating_sub(self.shared.clock.elapsed()))
    }

    /// Asks the subscriber to come again, and takes acknowledgements for the grace.
    fn go_away(&mut self, timers: &mut Timers) {
        let after = Duration::from_millis(self.shared.entropy.below(SPREAD_MS));
        self.leaving = true;
        self.out.push_back(frames::go_away(after));
        timers.close = Some(Box::pin(tokio::time::sleep(GRACE)));
    }
}

/// Waits for a timer that may not be set.
async fn over(timer: &mut Option<Pin<Box<Sleep>>>) {
    match timer {
        Some(timer) => timer.as_mut().await,
        None => std::future::pending().await,
    }
}
