//! This process's way to the tokens that a fleet shares: one call at a time, for all buckets that need one.

use pushmail_domain::{Clock, Entropy};
use pushmail_pacer::{Ask, Bucket, Grant, Pacer, PacerError, Rate, Workers};
use pushmail_runtime::{Counter, Gauge, Telemetry};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::oneshot;
use tokio::sync::oneshot::error::TryRecvError;

/// One call asks for at most so many buckets.
const BUCKETS: usize = 64;

/// After a call failed, the pacer is done without for this long.
const AWAY: Duration = Duration::from_secs(5);

/// Of more buckets than this, unused tokens are not given back.
const KEPT: usize = 256;

/// What the budget works with.
#[derive(Clone)]
pub struct Deps {
    /// The tokens that all processes share.
    pub pacer: Arc<dyn Pacer>,
    /// How many share the rates when the pacer is out of reach.
    pub workers: Workers,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Chance.
    pub entropy: Arc<dyn Entropy>,
    /// Metrics.
    pub telemetry: Telemetry,
}

pub(super) struct Till {
    pub(super) deps: Deps,
    requests: Mutex<Vec<Request>>,
    /// Held by who calls.
    calling: tokio::sync::Mutex<()>,
    /// What was granted and nobody needs any more.
    unused: Mutex<HashMap<Bucket, (Rate, u32)>>,
    /// Until when the pacer is done without, once a call failed.
    away: Mutex<Option<Duration>>,
}

struct Request {
    bucket: Bucket,
    rate: Rate,
    tokens: u32,
    answer: oneshot::Sender<Option<Grant>>,
}

/// Who called was given up midway, and what others asked for with it.
struct Lost;

impl Till {
    pub(super) fn new(deps: Deps) -> Self {
        Self {
            deps,
            requests: Mutex::default(),
            calling: tokio::sync::Mutex::default(),
            unused: Mutex::default(),
            away: Mutex::default(),
        }
    }

    /// Tokens of a bucket, as many as there are and at most these; `None` while the pacer is out of reach.
    pub(super) async fn take(&self, bucket: &Bucket, rate: Rate, tokens: u32) -> Option<Grant> {
        loop {
            if self.is_away() {
                return None;
            }
            let (answer, mut answered) = oneshot::channel();
            lock(&self.requests).push(Request {
                bucket: bucket.clone(),
                rate,
                tokens,
                answer,
            });
            if let Ok(grant) = self.answer(&mut answered).await {
                return grant;
            }
        }
    }

    /// The answer, by somebody else's call or by an own one.
    async fn answer(
        &self,
        answered: &mut oneshot::Receiver<Option<Grant>>,
    ) -> Result<Option<Grant>, Lost> {
        loop {
            let _calling = tokio::select! {
                biased;
                grant = &mut *answered => return grant.map_err(|_| Lost),
                calling = self.calling.lock() => calling,
            };
            match answered.try_recv() {
                Ok(grant) => return Ok(grant),
                Err(TryRecvError::Closed) => return Err(Lost),
                Err(TryRecvError::Empty) => self.call().await,
            }
        }
    }

    /// What nobody needed goes back with the next call.
    pub(super) fn give_back(&self, bucket: &Bucket, rate: Rate, tokens: u32) {
        let mut unused = lock(&self.unused);
        if tokens == 0 || unused.len() >= KEPT && !unused.contains_key(bucket) {
            return;
        }
        let (kept, count) = unused.entry(bucket.clone()).or_insert((rate, 0));
        *kept = rate;
        *count = count.saturating_add(tokens);
    }

    /// Whether to go on without the pacer. Where somebody tries it again, nobody else waits for that.
    fn is_away(&self) -> bool {
        let now = self.deps.clock.elapsed();
        let away = *lock(&self.away);
        away.is_some_and(|until| now < until || self.calling.try_lock().is_err())
    }

    /// One call, for those who asked so far.
    async fn call(&self) {
        self.deps.pacer.ready().await;
        let requests = self.next_requests();
        let mut returned = self.returned(&requests);
        let mut asks: Vec<Ask<'_>> = requests
            .iter()
            .map(|request| Ask {
                bucket: &request.bucket,
                rate: request.rate,
                tokens: request.tokens,
                unused: returned
                    .remove(&request.bucket)
                    .map_or(0, |(_, unused)| unused),
            })
            .collect();
        asks.extend(returned.iter().map(|(bucket, (rate, unused))| Ask {
            bucket,
            rate: *rate,
            tokens: 0,
            unused: *unused,
        }));
        let grants = self.deps.pacer.take(&asks).await;
        self.note(&grants);
        let grants = grants.unwrap_or_default();
        for (at, request) in requests.into_iter().enumerate() {
            self.hand(request, grants.get(at).copied());
        }
    }

    /// Hands the grant to who asked; who is gone leaves it unused.
    fn hand(&self, request: Request, grant: Option<Grant>) {
        if let Err(Some(grant)) = request.answer.send(grant) {
            self.give_back(&request.bucket, request.rate, grant.tokens);
        }
    }

    fn next_requests(&self) -> Vec<Request> {
        let mut requests = lock(&self.requests);
        requests.retain(|request| !request.answer.is_closed());
        let count = requests.len().min(BUCKETS);
        requests.drain(..count).collect()
    }

    /// Unused tokens of these buckets, and of others as far as there is room for them.
    fn returned(&self, requests: &[Request]) -> HashMap<Bucket, (Rate, u32)> {
        let mut unused = lock(&self.unused);
        let mut returned = HashMap::new();
        for request in requests {
            returned.extend(unused.remove_entry(&request.bucket));
        }
        let others = unused.keys().take(BUCKETS.saturating_sub(requests.len()));
        for bucket in others.cloned().collect::<Vec<_>>() {
            returned.extend(unused.remove_entry(&bucket));
        }
        returned
    }

    /// Notes how a call went.
    fn note(&self, grants: &Result<Vec<Grant>, PacerError>) {
        let telemetry = &self.deps.telemetry;
        let outcome = if grants.is_ok() { "ok" } else { "failed" };
        telemetry.count(Counter::PacerCalls, outcome, 1);
        let mut away = lock(&self.away);
        match grants {
            Ok(_) => {
                if away.take().is_some() {
                    telemetry.gauge(Gauge::PacerAway, "", -1);
                    tracing::info!("the pacer is in reach again");
                }
            }
            Err(error) => {
                let until = self.deps.clock.elapsed() + AWAY;
                if away.replace(until).is_none() {
                    telemetry.gauge(Gauge::PacerAway, "", 1);
                    let workers = self.deps.workers.get();
                    let cause = error.0.to_string();
                    tracing::warn!(%error, cause, workers, "logging in at this worker's share of the rates");
                }
            }
        }
    }
}

pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
