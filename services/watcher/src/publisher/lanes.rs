//! Two ways into a shard's queue: what happens now goes before what is caught up on.

use super::Job;
use pushmail_domain::{Arrival, Event, EventKind};
use tokio::sync::mpsc::{self, Receiver, Sender};

/// How many accounts may wait in each lane; the rest wait to enter it.
const QUEUE: usize = 64;
/// After so many jobs of the live lane one of the other goes first, so that it moves at all.
const TURNS: u32 = 8;

/// The entries.
#[derive(Clone)]
pub(super) struct Lanes {
    live: Sender<Job>,
    backfill: Sender<Job>,
}

/// The exits.
pub(super) struct Jobs {
    live: Receiver<Job>,
    backfill: Receiver<Job>,
    /// How many live jobs went since the last one of the other lane.
    turns: u32,
}

pub(super) fn lanes() -> (Lanes, Jobs) {
    let (live, live_jobs) = mpsc::channel(QUEUE);
    let (backfill, backfill_jobs) = mpsc::channel(QUEUE);
    let jobs = Jobs {
        live: live_jobs,
        backfill: backfill_jobs,
        turns: 0,
    };
    (Lanes { live, backfill }, jobs)
}

impl Lanes {
    /// The lane for these events: mail that comes in bulk is caught up on.
    pub(super) fn of(&self, events: &[Event]) -> &Sender<Job> {
        let bulk = |event: &Event| {
            matches!(
                event.kind,
                EventKind::MessageNew {
                    arrival: Arrival::Bulk,
                    ..
                }
            )
        };
        match events.iter().any(bulk) {
            true => &self.backfill,
            false => &self.live,
        }
    }
}

impl Jobs {
    /// The next job, once there is one; `None` when nobody can send any more.
    pub(super) async fn next(&mut self) -> Option<Job> {
        if self.turns >= TURNS
            && let Ok(job) = self.backfill.try_recv()
        {
            self.turns = 0;
            return Some(job);
        }
        tokio::select! {
            biased;
            Some(job) = self.live.recv() => {
                self.turns += 1;
                Some(job)
            }
            job = self.backfill.recv() => {
                self.turns = 0;
                job
            }
        }
    }

    /// Another job of the live lane, if one waits: it may go with the one before.
    pub(super) fn another(&mut self) -> Option<Job> {
        self.live.try_recv().ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::sync::oneshot;

    fn job(sender: &Sender<Job>) {
        let (reply, _) = oneshot::channel();
        let events = Vec::new();
        sender.try_send(Job { events, reply }).unwrap();
    }

    #[tokio::test]
    async fn what_happens_now_goes_first_and_what_is_caught_up_on_moves_all_the_same() {
        let (lanes, mut jobs) = lanes();
        (0..3).for_each(|_| job(&lanes.backfill));
        (0..20).for_each(|_| job(&lanes.live));
        let mut order = String::new();
        for _ in 0..23 {
            jobs.next().await.unwrap();
            order.push(if jobs.turns == 0 { 'b' } else { 'l' });
        }
        assert_eq!(order, "llllllllbllllllllbllllb");
        drop(lanes);
        assert!(jobs.next().await.is_none());
    }
}
