//! What a task does for an account.

use super::{Life, Watched};
use crate::announcer::Announcer;
use crate::starting::Start;
use pushmail_domain::{
    Account, AccountPhase, AccountStatus, DesiredState, Fault, FaultKind, Retry,
};
use pushmail_imap::Quirks;
use pushmail_runtime::Timing;
use pushmail_upstream::backoff::Backoff;
use pushmail_upstream::driver::Sink as _;
use pushmail_upstream::lot::{Ended, Seat};
use pushmail_upstream::provider::Provider;
use pushmail_upstream::{Change, Flow};
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// A task's hold on an account: if it ends without having parked it, the account is over.
pub(super) struct Busy {
    watched: Arc<Watched>,
    stop: CancellationToken,
    parked: bool,
}

/// The task of an account that has no connection.
pub(super) struct AccountTask {
    pub(super) busy: Busy,
    pub(super) life: Box<Life>,
    /// Until it has tried once.
    pub(super) start: Start,
    pub(super) provider: Provider,
    pub(super) quirks: &'static Quirks,
}

/// One connection's end.
pub(super) struct Failed {
    pub(super) fault: Fault,
    /// When, in the clock's elapsed time.
    pub(super) at: Duration,
    /// How long it was live; `None` if it never was.
    lasted: Option<Duration>,
}

impl Drop for Busy {
    fn drop(&mut self) {
        if !self.parked {
            self.watched.end();
        }
    }
}

impl Busy {
    pub(super) const fn new(watched: Arc<Watched>, stop: CancellationToken) -> Self {
        Self {
            watched,
            stop,
            parked: false,
        }
    }

    /// Leaves the account to the lot, where `into` puts it or leaves it.
    pub(super) fn park(mut self, life: Box<Life>, into: impl FnOnce(&Arc<Watched>) -> Seat) {
        // First: the lot may speak, and another task have the account, before this returns.
        self.parked = true;
        let watched = &self.watched;
        watched.park(life, || into(watched));
    }

    /// From the account's start.
    pub(super) async fn begin(self, account: Account, mut start: Start) {
        // Replaced, or its shard lost, before it began: it has nothing to say.
        if self.stop.is_cancelled() {
            return;
        }
        // What the watcher has no use for, or finds elsewhere, is not kept.
        let account = Account {
            address: String::new(),
            status: AccountStatus::default(),
            ..account
        };
        let mut backoff = Backoff::default();
        let Some(announcer) = Box::pin(self.announcer(account, &mut backoff, &mut start)).await
        else {
            return;
        };
        let life = Life {
            announcer,
            backoff,
            failures: 0,
            connection: None,
            sealed: Box::default(),
        };
        let mut task = AccountTask::new(self, Box::new(life));
        task.start = start;
        if task.life.announcer.is_wiped() {
            return task.stay_wiped().await;
        }
        if task.account().desired == DesiredState::Paused {
            task.start.give_back();
            task.enter(AccountPhase::Paused, "paused by the operator")
                .await;
            task.busy.stop.cancelled().await;
            return;
        }
        Box::pin(task.run()).await;
    }

    async fn announcer(
        &self,
        account: Account,
        backoff: &mut Backoff,
        start: &mut Start,
    ) -> Option<Announcer> {
        let (shared, shard) = (&self.watched.shared, &self.watched.shard);
        loop {
            let fault = match shared.credentials.keys(account.tenant).await {
                Ok(keys) => {
                    return Some(Announcer::new(shared.clone(), shard.clone(), account, keys));
                }
                Err(fault) => fault,
            };
            start.give_back();
            tracing::warn!(account = %account.id, %fault, "cannot open the tenant's keys");
            shard.standings.set_detail(account.id, &fault.message);
            let config = &shared.config.backoff;
            let pause = backoff.pause(config, Retry::Backoff, None, &*shared.entropy);
            if !self.wait(pause).await {
                return None;
            }
        }
    }

    /// Takes what the connection's flow saw, and answers the lot.
    pub(super) async fn take(self, mut life: Box<Life>, seat: Seat, changes: Vec<Change>) {
        let announcer = &mut life.announcer;
        let (was_live, was_connecting) = (
            announcer.live_since.is_some(),
            announcer.connecting.is_some(),
        );
        let taken = announcer.accept(changes).await;
        let (live, connecting) = (announcer.live_since, announcer.connecting.is_some());
        let shared = self.watched.shared.clone();
        if let (Some(live), Some(connection), false) = (live, &life.connection, was_live) {
            let login = live.saturating_sub(connection.started);
            shared.telemetry.observe(Timing::Login, login);
        }
        self.park(life, |_| {
            if was_connecting && !connecting {
                shared.lot.keep(seat);
            }
            shared.lot.answer(seat, taken);
            seat
        });
    }

    /// What follows the end of a connection.
    pub(super) async fn ended(self, life: Box<Life>, ended: Ended, flow: Option<Box<dyn Flow>>) {
        let mut task = AccountTask::new(self, life);
        if let Some(flow) = flow {
            task.learn(flow);
        }
        let Ended::Fault(fault) = ended else {
            return;
        };
        if task.goes_on_after(fault).await {
            task.run().await;
        }
    }

    /// Waits, unless stopped: then `false`.
    pub(super) async fn wait(&self, pause: Duration) -> bool {
        tokio::select! {
            biased;
            () = tokio::time::sleep(pause) => true,
            () = self.stop.cancelled() => false,
        }
    }

    pub(super) const fn stop(&self) -> &CancellationToken {
        &self.stop
    }

    pub(super) const fn watched(&self) -> &Arc<Watched> {
        &self.watched
    }
}

impl AccountTask {
    pub(super) fn new(busy: Busy, life: Box<Life>) -> Self {
        let host = &life.announcer.account.upstream.endpoint.host;
        let quirks = Quirks::of_host(host);
        Self {
            provider: Provider::new(&quirks.name, host),
            quirks,
            busy,
            life,
            start: Start::default(),
        }
    }

    /// Connects, again and again, until there is a connection in the lot or the account is stopped.
    pub(super) async fn run(mut self) {
        while self.credential_turn().await {
            let ended = match Box::pin(self.connect()).await {
                Ok(guest) => return self.enter_lot(guest),
                Err(ended) => ended,
            };
            let Ended::Fault(fault) = ended else {
                return;
            };
            if !Box::pin(self.goes_on_after(fault)).await {
                return;
            }
        }
    }

    /// Says what went wrong and waits until the next attempt may be thought of; `false` if stopped.
    async fn goes_on_after(&mut self, fault: Fault) -> bool {
        // Its place is given back: the next attempt would wait for it for ever.
        self.life.connection = None;
        self.start.give_back();
        if self.busy.stop.is_cancelled() {
            return false;
        }
        let at = self.shared().clock.elapsed();
        let announcer = &mut self.life.announcer;
        announcer.attempt_failed(fault.kind);
        let live_since = announcer.live_since.take();
        let failed = Failed {
            fault,
            at,
            lasted: live_since.map(|since| at.saturating_sub(since)),
        };
        if self.life.announcer.is_wiped() {
            self.stay_wiped().await;
            return false;
        }
        self.life.failures = match failed.lasted {
            Some(_) => 1,
            None => self.life.failures.saturating_add(1),
        };
        self.count(&failed.fault);
        if failed.fault.kind == FaultKind::AuthRejected {
            return self.rejected(&failed).await;
        }
        let retry = self.tell(&failed).await;
        self.back_off(retry, &failed).await
    }

    /// There is nothing to do for the account any more, but to see that nothing is left of it.
    async fn stay_wiped(&mut self) {
        self.start.give_back();
        self.life.sealed = Box::default();
        // It fails only with the shard.
        if self.life.announcer.erase().await.is_ok() {
            self.busy.stop.cancelled().await;
        }
    }

    /// Waits as long as the failures so far advise; `false` if stopped.
    pub(super) async fn back_off(&mut self, retry: Retry, failed: &Failed) -> bool {
        let shared = self.busy.watched.shared.clone();
        let backoff = &mut self.life.backoff;
        let config = &shared.config.backoff;
        let pause = backoff.pause(config, retry, failed.lasted, &*shared.entropy);
        self.wait(pause).await
    }

    /// Waits, unless stopped: then `false`.
    pub(super) async fn wait(&self, pause: Duration) -> bool {
        self.busy.wait(pause).await
    }
}
