//! One account: connect, drive the flow, and try again when it ends.

mod learning;
mod rejected;
mod telling;
mod turn;

use crate::Shared;
use crate::announcer::Announcer;
use crate::connecting::{self, LIVE_WITHIN, too_slow};
use crate::shard::OwnedShard;
use pushmail_domain::{Account, AccountPhase, DesiredState, Fault, FaultKind, Retry};
use pushmail_imap::{ImapFlow, Quirks, Settings};
use pushmail_runtime::Timing;
use pushmail_upstream::backoff::Backoff;
use pushmail_upstream::budget;
use pushmail_upstream::dial::Line;
use pushmail_upstream::driver;
use pushmail_upstream::lot::Ended;
use pushmail_upstream::provider::Provider;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout_at};
use tokio_util::sync::CancellationToken;

/// A running account.
pub(crate) struct Running {
    /// The account's version in the registry.
    pub(crate) version: u64,
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
        let version = account.version;
        let host = &account.upstream.endpoint.host;
        let quirks = Quirks::of_host(host);
        let task = AccountTask {
            provider: Provider::new(&quirks.name, host),
            quirks,
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
        Self {
            version,
            stop,
            task,
        }
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
    provider: Provider,
    quirks: &'static Quirks,
    stop: CancellationToken,
}

/// How the account's connections went so far.
struct History {
    backoff: Backoff,
    /// Failures in a row; the end of a connection that was live is the first.
    failures: u32,
}

/// One connection's end.
struct Failed {
    fault: Fault,
    /// When, in the clock's elapsed time.
    at: Duration,
    /// How long it was live; `None` if it never was.
    lasted: Option<Duration>,
}

/// A connection that is not live yet.
struct Connected {
    flow: ImapFlow,
    line: Line,
    /// Held for as long as the connection is.
    _permit: budget::Permit,
    /// When its making began, in the clock's elapsed time.
    started: Duration,
    /// When it has to be live.
    deadline: Instant,
}

impl AccountTask {
    async fn run(self) {
        // Replaced, or its shard lost, before it began: it has nothing to say.
        if self.stop.is_cancelled() {
            return;
        }
        let mut history = History {
            backoff: Backoff::new(self.shared.config.backoff.clone()),
            failures: 0,
        };
        let Some(mut announcer) = self.announcer(&mut history.backoff).await else {
            return;
        };
        if self.account.desired == DesiredState::Paused {
            self.enter(
                &mut announcer,
                AccountPhase::Paused,
                "paused by the operator",
            )
            .await;
            self.stop.cancelled().await;
            return;
        }
        while self.credential_turn(&mut announcer).await {
            let ended = self.connect_and_drive(&mut announcer).await;
            let Ended::Fault(fault) = ended else {
                return;
            };
            if self.stop.is_cancelled() || !self.failed(&mut announcer, fault, &mut history).await {
                return;
            }
        }
    }

    /// Says what went wrong and waits until the next attempt may be thought of; `false` if stopped.
    async fn failed(&self, announcer: &mut Announcer, fault: Fault, history: &mut History) -> bool {
        announcer.attempt_failed(fault.kind);
        let at = self.shared.clock.elapsed();
        let live_since = announcer.live_since.take();
        let failed = Failed {
            fault,
            at,
            lasted: live_since.map(|since| at.saturating_sub(since)),
        };
        history.failures = match failed.lasted {
            Some(_) => 1,
            None => history.failures.saturating_add(1),
        };
        self.count(&failed.fault, history.failures);
        if failed.fault.kind == FaultKind::AuthRejected {
            return self.rejected(announcer, &failed, history).await;
        }
        let retry = self.tell(announcer, &failed, history.failures).await;
        self.back_off(retry, &failed, history).await
    }

    /// Waits as long as the failures so far advise; `false` if stopped.
    async fn back_off(&self, retry: Retry, failed: &Failed, history: &mut History) -> bool {
        let entropy = &*self.shared.entropy;
        let pause = history.backoff.pause(retry, failed.lasted, entropy);
        self.wait(pause).await
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
    async fn wait(&self, pause: Duration) -> bool {
        tokio::select! {
            biased;
            () = tokio::time::sleep(pause) => true,
            () = self.stop.cancelled() => false,
        }
    }

    async fn connect_and_drive(&self, announcer: &mut Announcer) -> Ended {
        if let Some(mailboxes) = &self.shared.surroundings.mailboxes {
            let cursors = self.shard.standings.get(self.account.id).cursors();
            let (account, stop) = (&announcer.account.clone(), &self.stop);
            return mailboxes.converse(account, cursors, announcer, stop).await;
        }
        let over = CancellationToken::new();
        let connected = tokio::select! {
            biased;
            connected = self.connect(announcer, &over) => connected,
            () = self.stop.cancelled() => return Ended::Stopped,
        };
        let connected = match connected {
            Ok(connected) => connected,
            Err(fault) => return Ended::Fault(fault),
        };
        let started = connected.started;
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
        let permit = self.turn(announcer, over).await?;
        let started = self.shared.clock.elapsed();
        let authentication = self
            .shared
            .credentials
            .authentication(&self.account)
            .await?;
        let endpoint = &self.account.upstream.endpoint;
        let deadline = Instant::now() + LIVE_WITHIN;
        let dialer = &self.shared.dialer;
        let line = timeout_at(deadline, dialer.line_for(self.account.id, endpoint))
            .await
            .map_err(|elapsed| too_slow(endpoint).caused_by(elapsed))??;
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
            quirks: self.quirks,
            learned: self.learned(announcer),
            client: self.shared.client.clone(),
        });
        Ok(Connected {
            flow,
            line,
            _permit: permit,
            started,
            deadline,
        })
    }

    /// Drives the connection until it ends; one that is not live by its deadline is ended.
    async fn drive(
        &self,
        connected: Connected,
        announcer: &mut Announcer,
        over: &CancellationToken,
    ) -> Ended {
        let within = self.stop.child_token();
        let Connected { flow, line, .. } = connected;
        let driven = driver::drive(&self.shared.lot, flow, line, announcer, &within);
        let driven = connecting::live_by(connected.deadline, driven, over, &within);
        let (ended, flow) = driven.await;
        if let Some(flow) = flow {
            self.learn(announcer, &flow);
        }
        match ended {
            Ended::Stopped if !self.stop.is_cancelled() => {
                Ended::Fault(too_slow(&self.account.upstream.endpoint))
            }
            ended => ended,
        }
    }
}
