//! Readiness: which parts of the process are still starting.

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

    /// The parts still starting, in the order in which their latches were taken.
    pub fn waiting_for(&self) -> Vec<&'static str> {
        self.0.borrow().clone()
    }

    /// Returns once no part is starting any more.
    pub async fn wait(&self) {
        self.0
            .subscribe()
            .wait_for(Vec::is_empty)
            .await
            .expect("the sender lives as long as `self`");
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
        self.readiness.0.send_modify(|waiting| {
            if let Some(at) = waiting.iter().position(|part| *part == self.part) {
                waiting.remove(at);
            }
        });
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
