//! Readiness: which parts of the process are still starting, or out of reach.

mod steady;

pub use steady::Steady;

use std::sync::Arc;
use tokio::sync::watch;

/// The parts that the process waits for before it takes work. Clones share one list.
///
/// Take every latch before the admin endpoint starts: without a latch the process is ready.
#[derive(Debug, Clone)]
pub struct Readiness(Arc<watch::Sender<Vec<&'static str>>>);

/// One part that is still starting. Dropped without [`Latch::release`], the process stays unready:
/// a part that gave up has not become ready.
#[derive(Debug)]
#[must_use = "a latch that is not released keeps the process unready for ever"]
pub struct Latch {
    readiness: Readiness,
    part: &'static str,
}

/// One part that may be lost and come back, such as a server. It is there at first.
#[derive(Debug)]
pub struct Condition {
    readiness: Readiness,
    part: &'static str,
    is_there: bool,
}

impl Readiness {
    /// An empty list.
    pub fn new() -> Self {
        Self(Arc::new(watch::Sender::new(Vec::new())))
    }

    /// Adds a part to wait for; `part` names it on `/readyz`.
    pub fn latch(&self, part: &'static str) -> Latch {
        self.0.send_modify(|waiting| waiting.push(part));
        Latch {
            readiness: self.clone(),
            part,
        }
    }

    /// Adds a part that the process waits for whenever it is lost; `part` names it on `/readyz`.
    pub fn condition(&self, part: &'static str) -> Condition {
        Condition {
            readiness: self.clone(),
            part,
            is_there: true,
        }
    }

    /// The parts that are waited for, in the order in which they began to be.
    pub fn waiting_for(&self) -> Vec<&'static str> {
        self.0.borrow().clone()
    }

    /// Returns once no part is waited for.
    pub async fn wait(&self) {
        self.until(Vec::is_empty).await;
    }

    /// Returns once a part is waited for.
    pub async fn lost(&self) {
        self.until(|waiting| !waiting.is_empty()).await;
    }

    async fn until(&self, is_so: impl FnMut(&Vec<&'static str>) -> bool) {
        self.0
            .subscribe()
            .wait_for(is_so)
            .await
            .expect("the sender lives as long as `self`");
    }

    fn remove(&self, part: &'static str) {
        self.0.send_modify(|waiting| {
            if let Some(at) = waiting.iter().position(|other| *other == part) {
                waiting.remove(at);
            }
        });
    }
}

impl Default for Readiness {
    fn default() -> Self {
        Self::new()
    }
}

impl Latch {
    /// Declares the part ready.
    pub fn release(self) {
        self.readiness.remove(self.part);
    }
}

impl Condition {
    /// Declares the part there, or lost.
    pub fn set(&mut self, is_there: bool) {
        if std::mem::replace(&mut self.is_there, is_there) == is_there {
            return;
        }
        if is_there {
            self.readiness.remove(self.part);
        } else {
            let waiting = &self.readiness.0;
            waiting.send_modify(|waiting| waiting.push(self.part));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn it_is_ready_when_every_latch_is_released() {
        let readiness = Readiness::new();
        let (log, grpc) = (readiness.latch("event log"), readiness.latch("grpc"));
        log.release();
        assert_eq!(readiness.waiting_for(), ["grpc"]);
        grpc.release();
        readiness.wait().await;
        assert!(readiness.waiting_for().is_empty());
    }

    #[test]
    fn a_dropped_latch_never_makes_ready() {
        let readiness = Readiness::new();
        drop(readiness.latch("grpc"));
        assert_eq!(readiness.waiting_for(), ["grpc"]);
    }

    #[tokio::test]
    async fn a_part_that_is_lost_makes_unready_until_it_is_back() {
        let readiness = Readiness::new();
        let mut log = readiness.condition("event log");
        readiness.wait().await;
        for _ in 0..2 {
            log.set(false);
        }
        readiness.lost().await;
        assert_eq!(readiness.waiting_for(), ["event log"]);
        log.set(true);
        readiness.wait().await;
        assert!(readiness.waiting_for().is_empty());
    }

    #[test]
    fn two_parts_of_one_name_are_both_waited_for() {
        let readiness = Readiness::new();
        let (first, second) = (readiness.latch("grpc"), readiness.latch("grpc"));
        first.release();
        assert_eq!(readiness.waiting_for(), ["grpc"]);
        second.release();
        assert!(readiness.waiting_for().is_empty());
    }
}
