use super::*;
use tokio::sync::{mpsc, oneshot};

/// Longer than any test runs.
const NEVER: Duration = Duration::from_secs(3600);

impl Interrupts for mpsc::Receiver<()> {
    async fn next(&mut self) {
        if self.recv().await.is_none() {
            std::future::pending::<()>().await;
        }
    }
}

#[tokio::test]
async fn a_drain_waits_for_work_in_flight() {
    let lifecycle = Lifecycle::new();
    let (finish, finished) = oneshot::channel::<()>();
    let draining = lifecycle.draining();
    lifecycle.spawn("work", async move {
        draining.cancelled().await;
        finished.await.unwrap();
    });
    let ending = tokio::spawn({
        let lifecycle = lifecycle.clone();
        async move { lifecycle.shut_down(NEVER).await }
    });
    lifecycle.draining().cancelled().await;
    assert!(!ending.is_finished());
    assert!(!lifecycle.stopping().is_cancelled());
    finish.send(()).unwrap();
    assert_eq!(ending.await.unwrap(), Outcome::Clean);
    assert!(lifecycle.stopping().is_cancelled());
}

#[tokio::test]
async fn work_that_outlives_the_grace_is_stopped() {
    let lifecycle = Lifecycle::new();
    let stopping = lifecycle.stopping();
    lifecycle.spawn("slow", async move { stopping.cancelled().await });
    assert_eq!(lifecycle.shut_down(Duration::ZERO).await, Outcome::Forced);
}

#[tokio::test]
async fn one_signal_drains_and_a_second_forces() {
    let lifecycle = Lifecycle::new();
    let stopping = lifecycle.stopping();
    lifecycle.spawn("slow", async move { stopping.cancelled().await });
    let (signals, source) = mpsc::channel(2);
    let running = tokio::spawn({
        let lifecycle = lifecycle.clone();
        async move { lifecycle.run(source, NEVER).await }
    });
    signals.send(()).await.unwrap();
    lifecycle.draining().cancelled().await;
    assert!(!lifecycle.stopping().is_cancelled());
    signals.send(()).await.unwrap();
    assert_eq!(running.await.unwrap(), Outcome::Forced);
}

#[tokio::test]
async fn an_attendant_serves_until_the_work_is_done() {
    let lifecycle = Lifecycle::new();
    let (stopping, draining) = (lifecycle.stopping(), lifecycle.draining());
    let (ask, mut asked) = mpsc::channel::<oneshot::Sender<()>>(1);
    lifecycle.attend("attendant", async move {
        loop {
            tokio::select! {
                () = stopping.cancelled() => break,
                Some(answer) = asked.recv() => answer.send(()).unwrap(),
            }
        }
    });
    lifecycle.spawn("work", async move {
        draining.cancelled().await;
        let (answer, answered) = oneshot::channel();
        ask.send(answer).await.unwrap();
        answered.await.unwrap();
    });
    assert_eq!(lifecycle.shut_down(NEVER).await, Outcome::Clean);
}

#[tokio::test]
async fn a_panic_in_a_task_drains_and_fails_the_process() {
    let lifecycle = Lifecycle::new();
    let draining = lifecycle.draining();
    lifecycle.spawn("bystander", async move { draining.cancelled().await });
    let panicked = lifecycle.spawn("broken", async { panic!("on purpose") });
    let (_signals, source) = mpsc::channel(1);
    assert_eq!(lifecycle.run(source, NEVER).await, Outcome::Failed);
    assert!(panicked.await.unwrap_err().is_panic());
}

#[tokio::test]
async fn a_part_that_must_not_end_fails_the_process() {
    let lifecycle = Lifecycle::new();
    lifecycle.fail("the event log is gone");
    let (_signals, source) = mpsc::channel(1);
    assert_eq!(lifecycle.run(source, NEVER).await, Outcome::Failed);
}

#[tokio::test(start_paused = true)]
async fn a_stuck_task_cannot_keep_the_process_alive() {
    let lifecycle = Lifecycle::new();
    lifecycle.spawn("stuck", std::future::pending());
    assert_eq!(lifecycle.shut_down(NEVER).await, Outcome::Forced);
}
