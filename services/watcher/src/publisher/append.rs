//! Appending until it is known what is stored.

use super::settle::{self, Reach};
use super::{Job, Logged, Newest, shard_lost};
use crate::chain::Chain;
use crate::generation;
use crate::retries::Retries;
use crate::shard::{OwnedShard, fenced};
use pushmail_domain::{AccountId, Event, Fault, TenantId};
use pushmail_eventlog::{AppendError, AppendErrorKind, Appended, Stored};
use pushmail_runtime::Counter;
use std::collections::HashMap;
use tokio::sync::oneshot;

/// How many events of an account are read at a time.
const PAGE: usize = 256;

impl OwnedShard {
    /// Appends several accounts' jobs as one batch, and answers each.
    pub(super) async fn append(&self, batch: Vec<Job>, logged: &mut Logged) {
        let events: Vec<Event> = batch.iter().flat_map(|job| job.events.clone()).collect();
        self.flush_first(&events).await;
        let outcome = self.append_what_is_new(&events, logged).await;
        match outcome {
            Ok(appended) => {
                self.standings.appended(&events, &appended);
                let mut appended = appended.into_iter();
                for job in batch {
                    let own = appended.by_ref().take(job.events.len()).collect();
                    answer(job.reply, Ok(own));
                }
            }
            Err(()) => {
                // What could not be stored is left to the next owner. The accounts have seen it and would
                // pass over it: they must not go on.
                self.stop.cancel();
                for job in batch {
                    answer(job.reply, Err(shard_lost()));
                }
            }
        }
    }

    /// Appends what the log does not hold. Only of accounts that are read again that has to be looked up.
    async fn append_what_is_new(
        &self,
        events: &[Event],
        logged: &mut Logged,
    ) -> Result<Vec<Appended>, ()> {
        let rewound = self.standings.rewound_among(events);
        for account in logged.keep(&rewound) {
            let event = events.iter().find(|event| event.account == account);
            let Some(tenant) = event.map(|event| event.tenant) else {
                continue;
            };
            let newest = self.newest_events(tenant, account).await?;
            logged.learn(account, newest);
        }
        self.append_until_known(events, logged.find(events)).await
    }

    /// The account's newest events, as soon as the log can be read.
    async fn newest_events(&self, tenant: TenantId, account: AccountId) -> Result<Newest, ()> {
        let mut retries = Retries::default();
        let (mut newest, mut after) = (Newest::default(), 0);
        loop {
            let log = &self.shared.log;
            match log.read_account(tenant, account, after, PAGE).await {
                Ok(page) => match newest.take_in(&page) {
                    Some(last) => after = last,
                    None => return Ok(newest),
                },
                Err(error) => {
                    if retries.failed() {
                        tracing::warn!(shard = %self.shard, error = %Chain(&error), "cannot tell what the log holds of an account that is read again; trying again");
                    }
                    self.pause(&retries).await?;
                }
            }
        }
    }

    /// Tries until the events are stored, or the shard is lost or given up.
    async fn append_until_known(
        &self,
        events: &[Event],
        mut known: Vec<Option<Appended>>,
    ) -> Result<Vec<Appended>, ()> {
        let mut retries = Retries::default();
        loop {
            let waiting: Vec<Event> = unknown(events, &known).cloned().collect();
            if waiting.is_empty() {
                return Ok(known.into_iter().flatten().collect());
            }
            let appended = self
                .shared
                .log
                .append(self.shard, self.epoch, waiting)
                .await;
            let error = match appended {
                Ok(appended) => {
                    fill(&mut known, appended);
                    continue;
                }
                Err(error) => error,
            };
            self.refused_for_good(&error, &mut retries).await?;
            if retries.failed() {
                tracing::warn!(shard = %self.shard, error = %Chain(&error), "an append failed; trying again");
            }
            if error.kind == AppendErrorKind::Ambiguous {
                self.settle(events, &mut known, &mut retries).await?;
                if known.iter().all(Option::is_some) {
                    continue;
                }
            }
            self.pause(&retries).await?;
        }
    }

    /// Ends the shard, by an error, if the append will never succeed.
    async fn refused_for_good(&self, error: &AppendError, retries: &mut Retries) -> Result<(), ()> {
        self.count(error.kind);
        match error.kind {
            AppendErrorKind::StaleEpoch => fenced(&self.shared, self.shard, &self.stop),
            AppendErrorKind::Regressed => {
                self.regressed(retries).await?;
                self.stop.cancel();
            }
            AppendErrorKind::Invalid => self.refused(error),
            AppendErrorKind::Ambiguous | AppendErrorKind::Full => return Ok(()),
        }
        Err(())
    }

    /// Begins a new generation, in which the shard is taken anew.
    async fn regressed(&self, retries: &mut Retries) -> Result<(), ()> {
        while let Err(error) =
            generation::raise(&self.shared, self.shard, self.epoch.generation).await
        {
            if retries.failed() {
                tracing::error!(shard = %self.shard, error = %Chain(&error), "the log lost events, and a new generation cannot begin; trying again");
            }
            self.pause(retries).await?;
        }
        Ok(())
    }

    /// The log does not take what it is given: the gateway itself is at fault. Sending it again does
    /// not help, and passing it over would lose it. As one process, with nobody else to own the shard,
    /// the gateway ends rather than show accounts as live whose events go nowhere; a fleet will hand
    /// the shard over instead.
    fn refused(&self, error: &AppendError) {
        tracing::error!(shard = %self.shard, error = %Chain(error), "the event log refuses events as invalid; this is a fault of the gateway");
        self.stop.cancel();
        self.shared
            .lifecycle
            .fail("events of a shard can no longer be stored");
    }

    /// Waits a little; an error once the shard is lost or given up, or the process drains: what is not
    /// stored then is found by the next owner.
    async fn pause(&self, retries: &Retries) -> Result<(), ()> {
        let draining = self.shared.lifecycle.draining();
        tokio::select! {
            biased;
            () = draining.cancelled() => Err(()),
            () = tokio::time::sleep(retries.pause(&*self.shared.entropy)) => Ok(()),
            () = self.stop.cancelled() => Err(()),
        }
    }

    /// The right order is the log first. A planted build turns it round, to prove that the ledger notices.
    #[cfg(not(feature = "plant"))]
    #[expect(clippy::unused_async, reason = "the planted build flushes here")]
    async fn flush_first(&self, _events: &[Event]) {}

    #[cfg(feature = "plant")]
    async fn flush_first(&self, events: &[Event]) {
        if !self.shared.config.cursor_first() {
            return;
        }
        self.standings.unstored(events);
        let Some((sequence, accounts)) = self.standings.take_dirty() else {
            return;
        };
        let position = pushmail_domain::Position {
            stream: self.shard.stream(),
            generation: self.epoch.generation,
            sequence,
        };
        let flush = pushmail_registry::ShardFlush {
            shard: self.shard,
            epoch: self.epoch,
            position,
            accounts,
        };
        drop(self.shared.registry.flush(&[flush]).await);
    }

    fn count(&self, kind: AppendErrorKind) {
        let kind = match kind {
            AppendErrorKind::StaleEpoch => "stale_epoch",
            AppendErrorKind::Regressed => "regressed",
            AppendErrorKind::Full => "full",
            AppendErrorKind::Invalid => "invalid",
            AppendErrorKind::Ambiguous => "ambiguous",
        };
        self.shared
            .telemetry
            .count(Counter::AppendFailures, kind, 1);
    }

    /// After an ambiguous answer: nobody else writes for the shard, so the newest event of each account of
    /// the batch says how much was stored. Nothing is sent again before that is known.
    async fn settle(
        &self,
        events: &[Event],
        known: &mut [Option<Appended>],
        retries: &mut Retries,
    ) -> Result<(), ()> {
        let mut accounts: HashMap<AccountId, Option<Reach>> = HashMap::new();
        for (event, known) in events.iter().zip(known) {
            let reach = match accounts.get(&event.account) {
                Some(reach) => *reach,
                None => {
                    let newest = self.newest(event.tenant, event.account, retries).await?;
                    settle::reach(events, newest.as_ref())
                }
            };
            accounts.insert(event.account, reach);
            if let Some(reach) = reach.filter(|reach| known.is_none() && reach.covers(event)) {
                *known = Some(Appended {
                    position: reach.position,
                    duplicate: false,
                });
            }
        }
        Ok(())
    }

    /// The account's newest event, as soon as the log can be read.
    async fn newest(
        &self,
        tenant: TenantId,
        account: AccountId,
        retries: &mut Retries,
    ) -> Result<Option<Stored>, ()> {
        loop {
            let error = match self.shared.log.last_of_account(tenant, account).await {
                Ok(newest) => return Ok(newest),
                Err(error) => error,
            };
            if retries.failed() {
                tracing::warn!(shard = %self.shard, error = %Chain(&error), "cannot tell whether an append was stored; trying again");
            }
            self.pause(retries).await?;
        }
    }
}

/// The events of which it is not known that they are stored.
fn unknown<'a>(
    events: &'a [Event],
    known: &'a [Option<Appended>],
) -> impl Iterator<Item = &'a Event> {
    let both = events.iter().zip(known);
    both.filter_map(|(event, known)| known.is_none().then_some(event))
}

/// Puts the answers where there is none yet.
fn fill(known: &mut [Option<Appended>], appended: Vec<Appended>) {
    let waiting = known.iter_mut().filter(|known| known.is_none());
    for (known, appended) in waiting.zip(appended) {
        *known = Some(appended);
    }
}

fn answer(
    reply: oneshot::Sender<Result<Vec<Appended>, Fault>>,
    result: Result<Vec<Appended>, Fault>,
) {
    // The account may have been stopped meanwhile; its events are stored all the same.
    drop(reply.send(result));
}
