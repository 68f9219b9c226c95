//! Heartbeats: keeps what this worker has, takes what is its own to take, gives away what is not.

use super::watchdog::Watchdog;
use super::{assignment, pace};
use crate::Shared;
use crate::chain::Chain;
use crate::shards::Shards;
use futures::stream::{BoxStream, StreamExt as _};
use pushmail_domain::Shard;
use pushmail_leases::{Beat, Beaten, Known, LeaseError, Member, Release};
use pushmail_runtime::Counter;
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// After somebody else's heartbeat runs out, so much later it is sure to have.
const EXPIRED: Duration = Duration::from_millis(20);
/// The pause after a beat that failed.
const PAUSE: Duration = Duration::from_secs(1);

/// Beats until the owner has `stopped` and flushed everything; then leaves the fleet.
pub(crate) async fn keep(shared: Arc<Shared>, shards: Arc<Shards>, stopped: CancellationToken) {
    let member = Member {
        worker: shared.worker,
        name: shared.config.fleet.name.clone(),
        capacity: shared.config.fleet.capacity.max(1),
        draining: false,
        started_at: shared.clock.now(),
    };
    let mut keeper = Keeper {
        watchdog: Watchdog::new(shared.clone(), shards),
        wakes: None,
        asked: false,
        told: false,
        claims: Vec::new(),
        known: Known::default(),
        shared,
        member,
    };
    stopped.run_until_cancelled(keeper.run()).await;
    keeper.leave().await;
}

struct Keeper {
    shared: Arc<Shared>,
    watchdog: Watchdog,
    member: Member,
    /// Whether an operator asked this worker to drain.
    asked: bool,
    /// Whether the fleet knows that this worker drains.
    told: bool,
    known: Known,
    /// What the next beat takes, if it is still free.
    claims: Vec<Shard>,
    wakes: Option<BoxStream<'static, ()>>,
}

impl Keeper {
    async fn run(&mut self) {
        let draining = self.shared.lifecycle.draining();
        loop {
            until_progress(&self.shared).await;
            let ending = draining.is_cancelled();
            self.member.draining = self.asked || ending;
            self.listen().await;
            let beaten = self.beat().await;
            if ending {
                self.shared.leased.drain_told(beaten.is_ok());
            }
            let pause = match beaten {
                Ok(pause) => pause,
                Err(error) => self.out_of_reach(&error).await,
            };
            tokio::select! {
                biased;
                () = tokio::time::sleep(pause) => {}
                () = self.shared.leased.any_stopped() => {}
                () = rung(&mut self.wakes) => tokio::time::sleep(self.turn()).await,
                () = draining.cancelled(), if !ending => {}
            }
        }
    }

    /// One beat, and another at once if there is something to claim or to tell. Returns when the next
    /// is due.
    async fn beat(&mut self) -> Result<Duration, LeaseError> {
        let (asked_before, told_before) = (self.asked, self.told);
        let mut beaten = self.beat_once().await?;
        let claims = !self.claims.is_empty() && beaten.settling.is_zero();
        if claims || self.asked != asked_before {
            beaten = self.beat_once().await?;
        }
        self.watchdog.in_reach();
        let interval = self.shared.config.fleet.beat_interval;
        let expiry = beaten.next_expiry.map(|expiry| expiry + EXPIRED);
        let settled = (!beaten.settling.is_zero()).then_some(beaten.settling + EXPIRED);
        let soonest = [expiry, settled].into_iter().flatten().min();
        let turn = self.turn();
        if self.told && !told_before {
            return Ok(turn);
        }
        Ok(soonest.map_or(interval, |soonest| (soonest + turn).min(interval)))
    }

    /// How long to wait with what all members learn at the same time.
    fn turn(&self) -> Duration {
        pace::turn(self.known.members.len(), &*self.shared.entropy)
    }

    async fn beat_once(&mut self) -> Result<Beaten, LeaseError> {
        let (held, releases) = self.shared.leased.for_beat();
        let tells = self.member.draining;
        let beat = Beat {
            member: &self.member,
            held: &held,
            claims: &self.claims,
            releases: &releases,
            known: self.known.version,
        };
        let beaten = self.shared.leases.beat(beat).await;
        let outcome = if beaten.is_ok() { "ok" } else { "failed" };
        self.shared.telemetry.count(Counter::Beats, outcome, 1);
        let beaten = beaten?;
        self.drain_if_asked(beaten.drain);
        self.known.take_in(&beaten);
        self.shared.workers.set(self.known.members.len());
        self.plan(&releases, !beaten.settling.is_zero());
        self.told = tells;
        Ok(beaten)
    }

    fn drain_if_asked(&mut self, asked: bool) {
        if asked && !self.asked {
            tracing::info!("asked to drain: handing all shards over, and taking none");
        }
        self.asked |= asked;
        self.member.draining |= asked;
    }

    /// Decides what the next beat claims, and what the owner has to stop, now that these are released. While
    /// the table `settles` it lacks those who have not beaten yet, so that the others seem to have too little:
    /// nothing is evened out then. A worker that drains gives nothing away before the fleet knows it: those who drain
    /// at the same time would give to each other, and too much to the same others.
    fn plan(&mut self, released: &[Release], settles: bool) {
        let mut leaving = self.shared.leased.leaving();
        for release in released {
            leaving.remove(&release.shard);
        }
        let shards = &self.shared.surroundings.shards;
        let plan = assignment::plan_of(shards, &self.known, self.member.worker, &leaving);
        self.claims = match self.member.draining {
            true => Vec::new(),
            false => plan.claims,
        };
        let settled = self.claims.is_empty();
        let me = self.member.worker;
        self.shared
            .leased
            .beaten(&self.known, me, released, settled);
        let may = match self.member.draining {
            true => self.told,
            false => !settles,
        };
        if may && !plan.hand_overs.is_empty() {
            tracing::info!(shards = plan.hand_overs.len(), "handing shards over");
            self.shared.leased.hand_over(&plan.hand_overs);
        }
    }

    /// The leases do not answer: everything stays as it is, but for what the log says otherwise.
    async fn out_of_reach(&mut self, error: &LeaseError) -> Duration {
        if self.watchdog.out_of_reach() {
            tracing::warn!(error = %Chain(error), "the leases are out of reach; this worker keeps its shards");
        }
        self.watchdog.look().await;
        PAUSE
    }

    /// Makes sure that others can wake this worker.
    async fn listen(&mut self) {
        if self.wakes.is_none() {
            match self.shared.leases.wakes(self.member.worker).await {
                Ok(wakes) => self.wakes = Some(wakes),
                Err(error) => {
                    tracing::debug!(error = %Chain(&error), "nobody can wake this worker yet");
                }
            }
        }
    }

    async fn leave(self) {
        if let Err(error) = self.shared.leases.leave(self.member.worker).await {
            tracing::warn!(error = %Chain(&error), "the fleet could not be told that this worker leaves; it finds out when its heartbeat runs out");
        }
    }
}

/// Waits while this process does nothing for its shards: others are to take them. If it gets on after that, its fences are no
/// longer the newest, which the log tells it.
async fn until_progress(shared: &Shared) {
    let mut told = false;
    while shared.progress.stuck_for() >= shared.config.fleet.isolated_after {
        if !std::mem::replace(&mut told, true) {
            tracing::error!(
                "nothing gets on in this process: it sends no heartbeats, so that other workers take its accounts"
            );
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// Waits to be woken.
async fn rung(wakes: &mut Option<BoxStream<'static, ()>>) {
    if let Some(stream) = wakes {
        if stream.next().await.is_some() {
            return;
        }
        *wakes = None;
    }
    std::future::pending::<()>().await;
}
