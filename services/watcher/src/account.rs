//! One account: connect, drive the flow, and try again when it ends.

use crate::Shared;
use crate::announcer::Announcer;
use crate::connecting::{self, Attempt, LIVE_WITHIN, too_slow};
use crate::shard::OwnedShard;
use pushmail_domain::{Account, AccountPhase, Blame, DesiredState, Fault, FaultKind, Retry};
use pushmail_imap::{ImapFlow, KeepAlive, Learned, Quirks, Settings};
use pushmail_runtime::{Counter, Timing};
use pushmail_upstream::backoff::Backoff;
use pushmail_upstream::dial::Connection;
use pushmail_upstream::driver::{self, Ended};
use std::sync::Arc;
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout_at};
use tokio_util::sync::CancellationToken;

/// An account announces an outage from this many failures in a row on: one lost connection is normal.
const ANNOUNCED_FAILURES: u32 = 2;

/// A running account.
pub(crate) struct Running {
    stop: CancellationToken,
    task: JoinHandle<()>,
}

impl Running {
    /// Starts the account once `before` has ended: an account has one connection, never two.
    pub(crate) fn start(
        shared: &Arc<Shared>,
        shard: &Arc<OwnedShard>,
        account: Account,
        before: Option<Self>,
    ) -> Self {
        let stop = shard.stop.child_token();
        let task = AccountTask {
            shared: shared.clone(),
            shard: shard.clone(),
            account,
            stop: stop.clone(),
        };
        let task = shared.lifecycle.spawn("watcher.account", async move {
            if let Some(before) = before {
                before.stop().await;
            }
            task.run().await;
        });
        Self { stop, task }
    }

    /// Stops the account and waits for its connection to be gone.
    pub(crate) async fn stop(self) {
        self.stop.cancel();
        // A panic inside was already reported by the lifecycle.
        drop(self.task.await);
    }
}

struct AccountTask {
    shared: Arc<Shared>,
    shard: Arc<OwnedShard>,
    account: Account,
    stop: CancellationToken,
}

/// A connection that is not live yet.
struct Connected {
    flow: ImapFlow,
    connection: Connection,
    /// When it has to be live.
    deadline: Instant,
}

impl AccountTask {
    async fn run(self) {
        // Replaced, or its shard lost, before it began: it has nothing to say.
        if self.stop.is_cancelled() {
            return;
        }
        let mut backoff = Backoff::new(self.shared.config.backoff.clone());
        let mut failures = 0;
        let Some(mut announcer) = self.announcer(&mut backoff).await else {
            return;
        };
        if self.account.desired == DesiredState::Paused {
            let entered = announcer
                .enter(AccountPhase::Paused, "paused by the operator")
                .await;
            if let Err(fault) = entered {
                tracing::debug!(account = %self.account.id, %fault, "could not say that the account is paused");
            }
            self.stop.cancelled().await;
            return;
        }
        loop {
            announcer.live_since = None;
            let ended = self.connect_and_drive(&mut announcer).await;
            announcer.connecting = None;
            let fault = match ended {
                Ended::Stopped => return,
                Ended::Fault(fault) => fault,
            };
            if self.stop.is_cancelled() {
                return;
            }
            let lasted = announcer
                .live_since
                .map(|since| self.shared.clock.elapsed().saturating_sub(since));
            failures = if lasted.is_some() { 1 } else { failures + 1 };
            self.tell(&mut announcer, &fault, failures).await;
            let pause = backoff.pause(fault.kind.retry(), lasted, &*self.shared.entropy);
            if !self.wait(pause).await {
                return;
            }
        }
    }

    async fn announcer(&self, backoff: &mut Backoff) -> Option<Announcer> {
        loop {
            let fault = match self.shared.credentials.keys(self.account.tenant).await {
                Ok(keys) => {
                    let (shared, shard) = (self.shared.clone(), self.shard.clone());
                    return Some(Announcer::new(shared, shard, self.account.clone(), keys));
                }
                Err(fault) => fault,
            };
            tracing::warn!(account = %self.account.id, %fault, "cannot open the tenant's keys");
            self.shard
                .standings
                .set_detail(self.account.id, &fault.message);
            let pause = backoff.pause(Retry::Backoff, None, &*self.shared.entropy);
            if !self.wait(pause).await {
                return None;
            }
        }
    }

    /// Waits, unless stopped: then `false`.
    async fn wait(&self, pause: std::time::Duration) -> bool {
        tokio::select! {
            () = tokio::time::sleep(pause) => true,
            () = self.stop.cancelled() => false,
        }
    }

    async fn connect_and_drive(&self, announcer: &mut Announcer) -> Ended {
        let started = self.shared.clock.elapsed();
        let over = CancellationToken::new();
        let connected = tokio::select! {
            connected = self.connect(announcer, &over) => connected,
            () = self.stop.cancelled() => return Ended::Stopped,
        };
        let connected = match connected {
            Ok(connected) => connected,
            Err(fault) => return Ended::Fault(fault),
        };
        let ended = self.drive(connected, announcer, &over).await;
        if let Some(live) = announcer.live_since {
            self.shared
                .telemetry
                .observe(Timing::Login, live.saturating_sub(started));
        }
        ended
    }

    /// Connects, once it is the account's turn. `over` is cancelled when the attempt is.
    async fn connect(
        &self,
        announcer: &mut Announcer,
        over: &CancellationToken,
    ) -> Result<Connected, Fault> {
        let tenant = self.account.tenant;
        let permit = self.shared.connecting.enter(tenant).await;
        let permit = permit.map_err(|closed| {
            Fault::new(FaultKind::Internal, "the worker is stopping").caused_by(closed)
        })?;
        announcer.connecting = Some(Attempt::new(permit, over.clone()));
        let authentication = self
            .shared
            .credentials
            .authentication(&self.account)
            .await?;
        let endpoint = &self.account.upstream.endpoint;
        let deadline = Instant::now() + LIVE_WITHIN;
        let connection = timeout_at(deadline, self.shared.dialer.connect(endpoint))
            .await
            .map_err(|elapsed| too_slow(endpoint).caused_by(elapsed))??;
        let quirks = Quirks::of_host(&endpoint.host);
        let flow = ImapFlow::new(Settings {
            user: self.account.upstream.user.clone(),
            authentication,
            endpoint: endpoint.clone(),
            account: self.account.id,
            selection: announcer.account.selection.clone(),
            folders: announcer.account.folders.clone(),
            listed: announcer.account.listed,
            cursors: self.shard.standings.get(self.account.id).cursors(),
            content: self.account.content,
            events: self.account.events,
            quirks,
            learned: self.learned(quirks, announcer),
            client: self.shared.client.clone(),
        });
        Ok(Connected {
            flow,
            connection,
            deadline,
        })
    }

    /// Drives the connection until it ends; one that is not live by its deadline is ended.
    async fn drive(
        &self,
        mut connected: Connected,
        announcer: &mut Announcer,
        over: &CancellationToken,
    ) -> Ended {
        let within = self.stop.child_token();
        let driven = driver::drive(
            &mut connected.flow,
            connected.connection,
            announcer,
            &*self.shared.clock,
            &within,
        );
        let ended = connecting::live_by(connected.deadline, driven, over, &within).await;
        self.learn(announcer, &connected.flow);
        match ended {
            Ended::Stopped if !self.stop.is_cancelled() => {
                Ended::Fault(too_slow(&self.account.upstream.endpoint))
            }
            ended => ended,
        }
    }

    /// What earlier conversations taught, of this account and of others at the provider.
    fn learned(&self, quirks: &Quirks, announcer: &Announcer) -> Learned {
        let mut learned = announcer.learned;
        if let Some(limit) = self.shared.keep_alives.limit(self.provider(quirks)) {
            let keep_alive = learned.keep_alive.unwrap_or_else(|| KeepAlive::new(quirks));
            learned.keep_alive = Some(keep_alive.limited(limit));
        }
        learned
    }

    fn learn(&self, announcer: &mut Announcer, flow: &ImapFlow) {
        let before = announcer.learned.keep_alive;
        announcer.learned = flow.learned();
        let quirks = Quirks::of_host(&self.account.upstream.endpoint.host);
        let before = before.unwrap_or_else(|| KeepAlive::new(quirks));
        if let Some(after) = announcer.learned.keep_alive
            && after.ceiling() < before.ceiling()
        {
            let provider = self.provider(quirks);
            let ceiling = after.ceiling();
            self.shared
                .keep_alives
                .note(provider, self.account.id, ceiling);
        }
    }

    fn provider<'a>(&'a self, quirks: &'a Quirks) -> &'a str {
        match quirks.name.as_str() {
            "" => &self.account.upstream.endpoint.host,
            name => name,
        }
    }

    /// Says what went wrong, once: to the operator always, to devices when it lasts.
    async fn tell(&self, announcer: &mut Announcer, fault: &Fault, failures: u32) {
        self.shared
            .telemetry
            .count(Counter::UpstreamConnects, fault.kind.as_str(), 1);
        tracing::info!(
            account = %self.account.id, kind = fault.kind.as_str(), failures, %fault,
            "upstream connection ended"
        );
        let phase = match (fault.kind.retry(), fault.kind.blame()) {
            (Retry::Seldom, _) => Some(AccountPhase::NeedsAttention),
            (_, Blame::Account) if failures >= ANNOUNCED_FAILURES => {
                Some(AccountPhase::NeedsAttention)
            }
            (_, Blame::Upstream | Blame::Gateway) if failures >= ANNOUNCED_FAILURES => {
                Some(AccountPhase::Retrying)
            }
            _ => None,
        };
        let Some(phase) = phase else {
            announcer.note(&fault.message);
            return;
        };
        if let Err(fault) = announcer.enter(phase, &fault.message).await {
            tracing::debug!(account = %self.account.id, %fault, "could not say how the account stands");
        }
    }
}
