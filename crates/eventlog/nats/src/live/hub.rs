//! One subscriber's subscriptions.

use super::tail;
use crate::api::Api;
use crate::error::{Fault, code};
use crate::generations::Known;
use crate::record::Record;
use crate::subjects;
use async_nats::{HeaderMap, Message, Subscriber};
use async_trait::async_trait;
use bytes::Bytes;
use futures::StreamExt as _;
use futures::future::try_join_all;
use futures::stream::BoxStream;
use pushmail_domain::{Shard, StreamId, TenantId};
use pushmail_eventlog::{Follow, Fresh, Live, ReadError};
use std::collections::{BTreeSet, HashMap};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;
use tokio::sync::{OnceCell, broadcast};
use tokio::task::AbortHandle;

/// How long one wait for a stream's leader takes before it is asked again.
const ATTEMPT: Duration = Duration::from_secs(2);

/// What is subscribed to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum What {
    /// A shard's events.
    Shard(Shard),
    /// A tenant's events, of all streams.
    Tenant(TenantId),
}

impl What {
    fn subject(self) -> String {
        match self {
            Self::Shard(shard) => subjects::live_of_shard(shard),
            Self::Tenant(tenant) => subjects::live_of_tenant(tenant),
        }
    }

    fn streams(self) -> Vec<StreamId> {
        match self {
            Self::Shard(shard) => vec![shard.stream()],
            Self::Tenant(_) => (0..StreamId::COUNT).map(StreamId::new).collect(),
        }
    }
}

/// A subscription's task; ends with this.
struct Pump(AbortHandle);

impl Drop for Pump {
    fn drop(&mut self) {
        self.0.abort();
    }
}

type Followed = HashMap<What, Arc<OnceCell<Pump>>>;

/// One subscriber: its ring, and what fills it.
pub(crate) struct Hub {
    this: Weak<Self>,
    api: Api,
    known: Arc<Known>,
    /// `None` once the subscription has ended.
    ring: Mutex<Option<broadcast::Sender<Live>>>,
    followed: Mutex<Followed>,
    /// Whether the ring holds a lag that was not read yet: one is enough.
    lag_waits: AtomicBool,
}

impl Hub {
    /// A subscriber of nothing so far, and its events.
    pub(crate) fn new(
        api: Api,
        known: Arc<Known>,
        capacity: usize,
    ) -> (Arc<Self>, BoxStream<'static, Live>) {
        let ring = broadcast::Sender::new(capacity.max(1));
        let receiver = ring.subscribe();
        let hub = Arc::new_cyclic(|this| Self {
            this: Weak::clone(this),
            api,
            known,
            ring: Mutex::new(Some(ring)),
            followed: Mutex::default(),
            lag_waits: AtomicBool::new(false),
        });
        let live = tail::stream(receiver, Arc::clone(&hub));
        (hub, live)
    }

    /// Subscribes, and waits until the streams' leaders know of it.
    pub(crate) async fn follow(&self, what: What) -> Result<(), Fault> {
        let cell = Arc::clone(lock(&self.followed).entry(what).or_default());
        let start = || async {
            let ring = lock(&self.ring).clone().ok_or(Fault::Closed)?;
            let subscriber = self.api.client.subscribe(what.subject()).await;
            let subscriber = subscriber.map_err(|error| Fault::Disconnected(error.into()))?;
            let (known, hub) = (Arc::clone(&self.known), Weak::clone(&self.this));
            let pump = tokio::spawn(pump(subscriber, ring, known, hub));
            let pump = Pump(pump.abort_handle());
            reach(&self.api, what.streams()).await?;
            Ok(pump)
        };
        cell.get_or_try_init(start).await.map(drop)
    }

    /// Tells the reader that something may be missing.
    fn lag(&self) {
        if self.lag_waits.swap(true, Ordering::AcqRel) {
            return;
        }
        if let Some(ring) = &*lock(&self.ring) {
            // Fails only if nobody reads.
            drop(ring.send(Live::Lagged));
        }
    }

    /// The reader is told just now that it lagged: what is lost from here on needs another telling.
    pub(super) fn lag_is_read(&self) {
        self.lag_waits.store(false, Ordering::Release);
    }

    /// Ends the subscription.
    pub(super) fn close(&self) {
        *lock(&self.ring) = None;
        lock(&self.followed).clear();
    }
}

#[async_trait]
impl Follow for Hub {
    async fn add(&self, shard: Shard) -> Result<(), ReadError> {
        Ok(self.follow(What::Shard(shard)).await?)
    }

    async fn remove(&self, shard: Shard) -> Result<(), ReadError> {
        lock(&self.followed).remove(&What::Shard(shard));
        Ok(())
    }
}

/// Passes on what comes, and ends the whole subscription when the client is gone for good.
async fn pump(
    mut subscriber: Subscriber,
    ring: broadcast::Sender<Live>,
    known: Arc<Known>,
    hub: Weak<Hub>,
) {
    while let Some(message) = subscriber.next().await {
        let live = match fresh(message, &known) {
            Ok(fresh) => Live::Event(fresh),
            Err(error) => {
                tracing::error!(%error, "a live event is not understood");
                Live::Lagged
            }
        };
        // Fails only if nobody reads.
        drop(ring.send(live));
    }
    if let Some(hub) = hub.upgrade() {
        tracing::error!("the servers refuse this client: a live subscription ends");
        hub.close();
    }
}

fn fresh(message: Message, known: &Known) -> Result<Fresh, Fault> {
    let record = Record::from_message(message)?;
    Ok(Fresh {
        previous: record.previous,
        stored: Arc::new(record.stored(known)?),
    })
}

/// Waits until what this client subscribed to before is known where the streams' leaders are.
///
/// In a cluster, a server tells the others of its clients' interest on the same way on which it
/// passes on their messages, in order. So a message that comes back from the leader's server went
/// after it. This one names a stream that is not there, so that it is refused and never stored.
async fn reach(api: &Api, streams: Vec<StreamId>) -> Result<(), Fault> {
    let each = streams.into_iter().map(|stream| async move {
        let mut headers = HeaderMap::new();
        headers.insert("Nats-Expected-Stream", "none");
        let ask = || async {
            let subject = subjects::sync(stream);
            let answer = api.request(subject, Some(headers.clone()), Bytes::new(), ATTEMPT);
            match crate::api::decode::<serde_json::Value>(&answer.await?.payload) {
                Err(fault) if fault.code() == code::OTHER_STREAM => Ok(()),
                Err(fault) => Err(fault),
                Ok(answer) => Err(Fault::Odd(answer.to_string())),
            }
        };
        api.patiently(ask).await
    });
    try_join_all(each).await.map(drop)
}

/// All subscribers of a log.
#[derive(Default)]
pub(crate) struct Hubs(Mutex<Vec<Weak<Hub>>>);

impl Hubs {
    /// Takes in one more.
    pub(crate) fn add(&self, hub: &Arc<Hub>) {
        let mut hubs = lock(&self.0);
        hubs.retain(|hub| hub.strong_count() > 0);
        hubs.push(Arc::downgrade(hub));
    }

    fn all(&self) -> Vec<Arc<Hub>> {
        lock(&self.0).iter().filter_map(Weak::upgrade).collect()
    }

    /// After something may have been lost: waits until the subscriptions are in place again, as far as
    /// that can be known, and tells everybody.
    pub(crate) async fn lag(&self, api: &Api) {
        let hubs = self.all();
        let streams = |hub: &Arc<Hub>| -> Vec<_> {
            let followed = lock(&hub.followed);
            followed.keys().flat_map(|what| what.streams()).collect()
        };
        let streams: BTreeSet<_> = hubs.iter().flat_map(streams).collect();
        if let Err(error) = reach(api, streams.into_iter().collect()).await {
            tracing::warn!(%error, "after a loss of live events, a stream has no leader");
        }
        hubs.iter().for_each(|hub| hub.lag());
    }

    /// Ends all subscriptions.
    pub(crate) fn close(&self) {
        self.all().iter().for_each(|hub| hub.close());
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
