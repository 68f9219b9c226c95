//! How a process ends: a drain that finishes what is in flight, then a hard stop.
//!
//! Two tokens say how far the end has come. `draining` asks tasks to take no more work and to finish
//! what they have; `stopping` asks them to end now. Stopping implies draining.

mod pace;
mod signals;
mod watched;

pub use pace::{Pace, PacedTask};

use pace::Paced;
use signals::{Interrupts, Signals};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::runtime::Handle;
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use watched::Watched;

/// How long tasks may take to end once `stopping` is cancelled. What still runs then is left behind,
/// so that one stuck task cannot keep the process alive.
const HARD_LIMIT: Duration = Duration::from_secs(5);

/// How a process ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// Everything in flight was finished.
    Clean,
    /// The grace was over, or a second signal came: some work was cut off.
    Forced,
    /// A part that must not end has ended, or a task panicked.
    Failed,
}

/// The process's tasks and its way to the end. Clones share one state.
#[derive(Debug, Clone, Default)]
pub struct Lifecycle(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    /// Cancelled first: the child.
    draining: CancellationToken,
    /// Cancelled last: the parent.
    stopping: CancellationToken,
    /// Tasks whose work is finished in a drain.
    work: TaskTracker,
    /// Tasks that serve the others until those are done.
    attendants: TaskTracker,
    failed: AtomicBool,
    pace: Paced,
}

impl Default for Inner {
    fn default() -> Self {
        let stopping = CancellationToken::new();
        Self {
            draining: stopping.child_token(),
            stopping,
            work: TaskTracker::new(),
            attendants: TaskTracker::new(),
            failed: AtomicBool::new(false),
            pace: Paced::default(),
        }
    }
}

impl Lifecycle {
    /// A process that runs, without tasks so far.
    pub fn new() -> Self {
        Self::default()
    }

    /// A process whose tasks run at this pace. For simulations.
    pub fn paced(pace: Arc<dyn Pace>) -> Self {
        Self(Arc::new(Inner {
            pace: Paced(Some(pace)),
            ..Inner::default()
        }))
    }

    /// Cancelled when the process begins to end: take no more work, finish what is in flight.
    /// Cancelling it begins the drain.
    pub fn draining(&self) -> CancellationToken {
        self.0.draining.clone()
    }

    /// Cancelled when the process must end now.
    pub fn stopping(&self) -> CancellationToken {
        self.0.stopping.clone()
    }

    /// Starts a task that a drain waits for; it must end soon after `draining` is cancelled. If it
    /// panics, its name is logged and the process drains and fails.
    ///
    /// # Panics
    ///
    /// Outside of a tokio runtime.
    pub fn spawn<F>(&self, name: &'static str, task: F) -> JoinHandle<()>
    where
        F: Future<Output = ()> + Send + 'static,
    {
        self.0.work.spawn(self.watched(name, task))
    }

    /// The same, on that runtime.
    pub fn spawn_on<F>(&self, runtime: &Handle, name: &'static str, task: F) -> JoinHandle<()>
    where
        F: Future<Output = ()> + Send + 'static,
    {
        self.0.work.spawn_on(self.watched(name, task), runtime)
    }

    /// Starts a task that serves the others until they are done, such as the admin endpoint: a drain
    /// does not wait for it; it must end soon after `stopping` is cancelled. A panic counts as in
    /// [`Lifecycle::spawn`].
    ///
    /// # Panics
    ///
    /// Outside of a tokio runtime.
    pub fn attend<F>(&self, name: &'static str, task: F) -> JoinHandle<()>
    where
        F: Future<Output = ()> + Send + 'static,
    {
        self.0.attendants.spawn(self.watched(name, task))
    }

    /// A part that must not end has ended: drains, and the process fails. `why` is logged.
    pub fn fail(&self, why: &'static str) {
        tracing::error!(why, "the process cannot go on and ends");
        self.fail_silently();
    }

    /// Runs until SIGTERM or SIGINT, or until something cancels `draining` or calls
    /// [`Lifecycle::fail`]; then drains. A second signal ends the drain, as does the end of `grace`.
    /// Returns when all tasks have ended, at most 5 s after a hard stop.
    pub async fn run_until_signal(&self, grace: Duration) -> Outcome {
        match Signals::listen() {
            Ok(signals) => self.run(signals, grace).await,
            Err(error) => {
                tracing::error!(%error, "signals cannot be listened to");
                self.fail("without signals the process could not be drained");
                self.shut_down(grace).await
            }
        }
    }

    /// Drains now and waits for all tasks: up to `grace` for those at work, then 5 s more.
    pub async fn shut_down(&self, grace: Duration) -> Outcome {
        self.0.draining.cancel();
        self.0.work.close();
        self.0.attendants.close();
        let forced = !self.drained(grace).await;
        self.0.stopping.cancel();
        self.all_ended().await;
        self.outcome(forced)
    }

    /// [`Lifecycle::run_until_signal`] with signals from anywhere.
    async fn run(&self, mut signals: impl Interrupts, grace: Duration) -> Outcome {
        tokio::select! {
            () = signals.next() => tracing::info!("draining; a second signal ends the process at once"),
            () = self.0.draining.cancelled() => tracing::info!("draining"),
        }
        let mut end = std::pin::pin!(self.shut_down(grace));
        tokio::select! {
            outcome = &mut end => return outcome,
            () = signals.next() => self.0.stopping.cancel(),
        }
        end.await
    }

    /// Waits for the tasks at work; false if the grace was over, or a hard stop came, before.
    async fn drained(&self, grace: Duration) -> bool {
        tokio::select! {
            // First: finished work is a clean end, whatever else has happened by now.
            biased;
            () = self.0.work.wait() => true,
            () = self.0.stopping.cancelled() => false,
            () = tokio::time::sleep(grace) => false,
        }
    }

    /// Waits for all tasks after a hard stop.
    async fn all_ended(&self) {
        let ended = async {
            self.0.work.wait().await;
            self.0.attendants.wait().await;
        };
        if timeout(HARD_LIMIT, ended).await.is_err() {
            let left = self.0.work.len() + self.0.attendants.len();
            tracing::error!(left, "tasks did not end when told to and are left behind");
        }
    }

    fn outcome(&self, forced: bool) -> Outcome {
        if self.0.failed.load(Ordering::Acquire) {
            Outcome::Failed
        } else if forced {
            Outcome::Forced
        } else {
            Outcome::Clean
        }
    }

    fn fail_silently(&self) {
        self.0.failed.store(true, Ordering::Release);
        self.0.draining.cancel();
    }

    /// The task, watched for panics.
    fn watched<F>(&self, name: &'static str, task: F) -> Watched<F>
    where
        F: Future<Output = ()> + Send + 'static,
    {
        Watched {
            lifecycle: self.clone(),
            name,
            task: self.0.pace.of(name, task),
        }
    }
}

#[cfg(test)]
mod tests;
