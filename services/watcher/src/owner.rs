//! Owns what is leased: takes shards, follows their accounts in the registry, and stops both.
//!
//! A shard without accounts is leased and not taken: there is nothing to own. The registry's feed is
//! followed for every leased shard, so the first account of one is seen, and the shard is taken then.

mod changes;
mod ending;
mod starting;
mod taking;

use crate::Shared;
use crate::chain::Chain;
use crate::fleet::{Lease, Leases};
use crate::shard::OwnedShard;
use crate::shards::Shards;
use pushmail_domain::{AccountId, Shard};
use pushmail_runtime::Latch;
use pushmail_upstream::queue::Order;
use starting::Watched;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use taking::{Taking, Took};
use tokio::sync::{Notify, mpsc};
use tokio::task::JoinHandle;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// The pause after the registry failed.
const PAUSE: Duration = Duration::from_secs(1);

/// The registry is asked at most once in this time, however many changes it announces: every watcher of a fleet hears of each, and
/// those that come together are read together.
const CALM: Duration = Duration::from_millis(100);
/// And for no more than this part of the time, since all others ask it too: the slower it answers, the more seldom.
const SHARE: u32 = 20;
/// But no more seldom than this.
const MOST_CALM: Duration = Duration::from_secs(2);

/// How far a leased shard is.
enum Place {
    /// Its accounts are not known.
    New,
    /// It has no account.
    Empty,
    /// It is being taken, for these accounts.
    Taking(Taking),
    /// It is owned, with these accounts.
    Owned(Arc<OwnedShard>, BTreeMap<AccountId, Watched>),
    /// Somebody else took it though it is leased to this worker, at this beat. Whose it is will be
    /// seen at a later one.
    Fenced(u64),
    /// It is being handed over.
    Ending,
}

struct Owner {
    shared: Arc<Shared>,
    shards: Arc<Shards>,
    /// Boxed, so that free places of the tree are small.
    places: BTreeMap<Shard, Box<Place>>,
    /// How many beats the places are of.
    beats: u64,
    /// Whether every shard that is for this worker is leased to it.
    settled: bool,
    /// The last accounts of shards that were given up: who takes one again waits for them.
    ended: BTreeMap<Shard, JoinHandle<()>>,
    /// How far the registry's feed was followed, for all shards whose accounts are known.
    version: u64,
    /// How long nobody asks it again, whatever it announces.
    calm: Duration,
    /// Accounts that wait to begin.
    waiting: Order<(Shard, AccountId)>,
    took: mpsc::UnboundedSender<Took>,
    taken: mpsc::UnboundedReceiver<Took>,
    /// Kept until every leased shard is settled.
    ready: Option<Latch>,
}

/// Runs until the drain; returns when every account has stopped.
pub(crate) async fn own(
    shared: Arc<Shared>,
    shards: Arc<Shards>,
    nudge: Arc<Notify>,
    ready: Latch,
) {
    let (took, taken) = mpsc::unbounded_channel();
    let mut owner = Owner {
        shared,
        shards,
        places: BTreeMap::new(),
        beats: 0,
        settled: false,
        ended: BTreeMap::new(),
        version: 0,
        calm: CALM,
        waiting: Order::default(),
        took,
        taken,
        ready: Some(ready),
    };
    let draining = owner.shared.lifecycle.draining();
    // Stops everything even if this task panics.
    let _owning = owner.shared.owning.clone().drop_guard();
    while !draining.is_cancelled() {
        let pause = owner.round().await;
        owner.wait(&nudge, pause, &draining).await;
    }
    owner.hand_all_over().await;
    owner.stop_everything().await;
}

impl Owner {
    /// Does what there is to do now; how long until there may be more of itself.
    async fn round(&mut self) -> Duration {
        self.follow_leases();
        let begun = Instant::now();
        let caught_up = self.catch_up().await;
        self.calm = (begun.elapsed() * SHARE).clamp(CALM, MOST_CALM);
        match caught_up {
            Ok(false) => Duration::ZERO,
            Ok(true) => {
                self.ready_if_settled();
                self.shared.config.feed_interval
            }
            Err(error) => {
                tracing::error!(error = %Chain(&error), "cannot follow the registry; trying again");
                PAUSE
            }
        }
    }

    /// Waits until there is something to do, and takes in meanwhile what was taken.
    async fn wait(&mut self, nudge: &Notify, pause: Duration, until: &CancellationToken) {
        let begun = Instant::now();
        let mut over = begun + pause;
        let mut nudged = false;
        loop {
            tokio::select! {
                biased;
                Some(took) = self.taken.recv() => {
                    self.take_in(took);
                    self.ready_if_settled();
                    continue;
                }
                start = self.shared.starting.clone().next(), if !self.waiting.is_empty() => {
                    self.begin_next(start);
                    continue;
                }
                () = nudge.notified(), if !nudged => {
                    nudged = true;
                    over = over.min(begun + self.calm);
                    continue;
                }
                () = self.shared.leased.changed() => {}
                () = tokio::time::sleep_until(over) => {}
                () = until.cancelled() => {}
            }
            return;
        }
    }

    fn ready_if_settled(&mut self) {
        if self.settled
            && self.owns_all()
            && let Some(latch) = self.ready.take()
        {
            latch.release();
        }
    }

    /// Whether every leased shard is owned, or has nothing to own.
    fn owns_all(&self) -> bool {
        let owns = |place: &Place| matches!(place, Place::Empty | Place::Owned(..));
        self.places.values().map(Box::as_ref).all(owns)
    }

    /// Makes the places those of the leases.
    fn follow_leases(&mut self) {
        let Leases {
            shards: leases,
            beats,
            settled,
        } = self.shared.leased.leases();
        (self.beats, self.settled) = (beats, settled);
        let is_lost = |shard: &&Shard| !leases.contains_key(shard);
        let lost: Vec<Shard> = self.places.keys().filter(is_lost).copied().collect();
        for shard in lost {
            self.give_up(shard, Place::New);
            self.places.remove(&shard);
        }
        self.retire();
        for (shard, lease) in leases {
            let place = self.places.entry(shard).or_insert(Box::new(Place::New));
            match lease {
                Lease::Leaving(successor) => self.hand_over(shard, successor),
                // It was released, and came back.
                Lease::Held if matches!(**place, Place::Ending) => **place = Place::New,
                Lease::Held => {}
            }
        }
    }

    /// Lets go of what was fenced, and of what is of an older generation than its stream.
    fn retire(&mut self) {
        let beats = self.beats;
        let log = &self.shared.log;
        let mut retired = Vec::new();
        for (shard, place) in &mut self.places {
            match &mut **place {
                Place::Owned(owned, _) => {
                    if owned.epoch.generation < log.generation(shard.stream()) {
                        retired.push((*shard, Place::New));
                    } else if owned.stop.is_cancelled() {
                        retired.push((*shard, Place::Fenced(beats)));
                    }
                }
                Place::Fenced(at) if *at < beats => **place = Place::New,
                _ => {}
            }
        }
        for (shard, next) in retired {
            self.give_up(shard, next);
        }
    }

    fn take_in(&mut self, took: Took) {
        let Took {
            shard,
            owned,
            devices,
        } = took;
        let Some(place) = self.places.get_mut(&shard) else {
            owned.stop.cancel();
            return;
        };
        let Place::Taking(taking) = &mut **place else {
            owned.stop.cancel();
            return;
        };
        let accounts = taking.accounts();
        self.shards.insert(owned.clone());
        **place = Place::Owned(owned, BTreeMap::new());
        for account in accounts {
            let has_device = devices.contains(&account.id);
            self.start(shard, account, has_device);
        }
    }

    /// Puts this in the place of the shard; what was there before.
    fn replace(&mut self, shard: Shard, place: Place) -> Option<Place> {
        let before = self.places.insert(shard, Box::new(place));
        before.map(|before| *before)
    }
}
