//! The loop of a session: one thing happens at a time.

use crate::dispatch::Happened;
use crate::session::core::Out;
use crate::session::lane::Sent;
use crate::session::look_up::{Answer, LookUp};
use crate::session::request::Request;
use crate::session::{Frame, Session};
use pushmail_eventlog::Fresh;
use pushmail_proto::{convert, v1};
use pushmail_runtime::{Counter, Hop};
use std::pin::Pin;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::{Instant, Interval, MissedTickBehavior, Sleep};
use tonic::{Status, Streaming};

/// After so many heartbeats without a frame that could be written, the device counts as gone.
const STALLED: u32 = 4;
/// The shortest timer.
const SHORTEST: Duration = Duration::from_millis(1);

/// What happened.
enum Turn<'a> {
    /// The device sent something, or closed its side.
    Inbound(Result<Option<v1::ConnectRequest>, Status>),
    /// A frame can be written; `None` if the stream is gone.
    Writable(Option<mpsc::Permit<'a, Frame>>),
    /// An event became durable.
    Live(Fresh),
    /// Live events were dropped.
    Trouble,
    /// Something has to be read from the log.
    Behind,
    /// The log, which did not answer, may be asked again.
    Rested,
    /// Nothing was written for the length of a heartbeat.
    Quiet,
    /// It is time to compare.
    Compare,
    /// The registry said whether the device may go on, or did not.
    LookedUp(Answer),
    /// The process drains.
    Drain,
    /// The device is to go now.
    Leave,
    /// The grace after GoAway is over.
    Close,
}

/// A session's timers.
struct Timers {
    heartbeat: Duration,
    quiet: Pin<Box<Sleep>>,
    missed: u32,
    compare: Interval,
    /// Once the process drains: until the device is to go, and when it was told to, until the session ends.
    end: Option<Pin<Box<Sleep>>>,
    told: bool,
}

impl Timers {
    fn new(heartbeat: Duration, compare: Duration) -> Self {
        // A timer of no length would never let anything else happen.
        let (heartbeat, compare) = (heartbeat.max(SHORTEST), compare.max(SHORTEST));
        let mut interval = tokio::time::interval_at(Instant::now() + compare, compare);
        interval.set_missed_tick_behavior(MissedTickBehavior::Delay);
        Self {
            heartbeat,
            quiet: Box::pin(tokio::time::sleep(heartbeat)),
            missed: 0,
            compare: interval,
            end: None,
            told: false,
        }
    }

    fn written(&mut self) {
        self.missed = 0;
        self.rewind();
    }

    fn rewind(&mut self) {
        self.quiet.as_mut().reset(Instant::now() + self.heartbeat);
    }
}

impl Session {
    /// Serves the device until it leaves, breaks a rule, or the process drains.
    pub(super) async fn serve(
        mut self,
        mut inbound: Streaming<v1::ConnectRequest>,
        outbound: mpsc::Sender<Frame>,
    ) -> Result<(), Status> {
        let config = &self.shared.config;
        let mut timers = Timers::new(config.heartbeat, config.compare_interval);
        let mut look_up = LookUp::default();
        loop {
            let turn = self.turn(&mut inbound, &outbound, &mut timers, &mut look_up);
            match turn.await {
                Turn::Inbound(Ok(Some(request))) => self.request(request)?,
                Turn::Inbound(Ok(None)) | Turn::Close | Turn::Writable(None) => return Ok(()),
                Turn::Inbound(Err(status)) => return Err(status),
                Turn::Writable(Some(permit)) => self.write(permit, &mut timers),
                Turn::Live(fresh) => {
                    let retained_since = self.shared.log.retained_since();
                    self.core.live(fresh, retained_since);
                }
                Turn::Trouble => self.sort_out().await,
                Turn::Rested => self.settle().await,
                Turn::Behind => self.read().await?,
                Turn::Quiet if self.stalled(&mut timers) => return Ok(()),
                Turn::Quiet => {}
                Turn::Compare => {
                    look_up.begin(&self.shared, &self.token);
                    self.compare().await;
                }
                Turn::LookedUp(answer) => self.looked_up(answer)?,
                Turn::Drain => self.drain(&mut timers),
                Turn::Leave => self.go_away(&mut timers, Duration::ZERO),
            }
        }
    }

    /// Waits for the next thing to happen.
    async fn turn<'a>(
        &mut self,
        inbound: &mut Streaming<v1::ConnectRequest>,
        outbound: &'a mpsc::Sender<Frame>,
        timers: &mut Timers,
        look_up: &mut LookUp,
    ) -> Turn<'a> {
        let draining = self.shared.lifecycle.draining();
        let idle = self.core.idle();
        let room = self.core.has_room();
        let (drains, told) = (timers.end.is_some(), timers.told);
        let reads = idle && self.rests.is_none() && self.core.behind().is_some();
        tokio::select! {
            request = inbound.message(), if self.core.listens() => Turn::Inbound(request),
            permit = outbound.reserve(), if !idle => Turn::Writable(permit.ok()),
            () = outbound.closed(), if idle => Turn::Writable(None),
            happened = self.attachment.happened(), if room => match happened {
                Happened::Event(fresh) => Turn::Live(fresh),
                Happened::Trouble => Turn::Trouble,
            },
            () = std::future::ready(()), if reads => Turn::Behind,
            () = over(&mut self.rests), if room => Turn::Rested,
            () = &mut timers.quiet => Turn::Quiet,
            _ = timers.compare.tick(), if room => Turn::Compare,
            answer = look_up.answer() => Turn::LookedUp(answer),
            () = draining.cancelled(), if !drains => Turn::Drain,
            () = over(&mut timers.end) => if told { Turn::Close } else { Turn::Leave },
        }
    }

    fn request(&mut self, request: v1::ConnectRequest) -> Result<(), Status> {
        match Request::check(request)? {
            Request::Hello(_) => Err(crate::invalid::field(
                "frame.hello",
                "must be the first frame, and no other",
            )),
            Request::Ack(token) => self.ack(&token),
            Request::Ping(payload) => {
                self.core.pong(payload);
                Ok(())
            }
            Request::SetFilter(filter) => self.core.set_filter(filter),
        }
    }

    fn ack(&mut self, token: &[u8]) -> Result<(), Status> {
        let resume = self.shared.resume.decode(self.device.id, token);
        let resume = resume
            .map_err(|error| crate::invalid::field("frame.ack.resume", &error.to_string()))?;
        let now = self.shared.clock.now();
        let telemetry = &self.shared.telemetry;
        for Sent { context, at, .. } in self.core.ack(&resume)? {
            telemetry.hop(Hop::Ack, context, at, now);
            telemetry.count(Counter::Acks, "", 1);
        }
        Ok(())
    }

    fn write(&mut self, permit: mpsc::Permit<'_, Frame>, timers: &mut Timers) {
        let Some(out) = self.core.pop() else {
            return;
        };
        let (frame, remember) = self.writer.frame(out);
        permit.send(Ok(frame));
        if let Some((account, sent)) = remember {
            self.core.sent(account, sent);
        }
        timers.written();
    }

    /// Beats, or finds that the device has not read for long.
    fn stalled(&mut self, timers: &mut Timers) -> bool {
        timers.rewind();
        if self.core.idle() {
            self.core.pong(Vec::new());
        }
        timers.missed += 1;
        timers.missed >= STALLED
    }

    /// Has the devices leave one after the other, each served until it goes to another process. Where there is none, all are
    /// told at once, and when to come back.
    fn drain(&mut self, timers: &mut Timers) {
        let spread = u64::try_from(self.shared.config.drain_spread.as_millis());
        let spread = spread.unwrap_or(u64::MAX);
        let after = Duration::from_millis(self.shared.entropy.below(spread));
        match self.shared.has_others {
            true => timers.end = Some(Box::pin(tokio::time::sleep(after))),
            false => self.go_away(timers, after),
        }
    }

    /// Asks the device to connect again after this time, and goes on for the grace.
    fn go_away(&mut self, timers: &mut Timers, after: Duration) {
        let grace = self.shared.config.drain_grace;
        let closes_at = self.shared.clock.now().after(grace);
        self.core.push(Out::GoAway(v1::GoAway {
            reconnect_after: prost_types::Duration::try_from(after).ok(),
            closes_at: Some(convert::timestamp(closes_at)),
        }));
        timers.end = Some(Box::pin(tokio::time::sleep(grace)));
        timers.told = true;
        self.shared.telemetry.count(Counter::SessionsDrained, "", 1);
    }
}

/// Waits for a timer that may not be set.
async fn over(timer: &mut Option<Pin<Box<Sleep>>>) {
    match timer {
        Some(timer) => timer.as_mut().await,
        None => std::future::pending().await,
    }
}
