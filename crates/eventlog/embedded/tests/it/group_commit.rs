//! One fsync for all who wait.

use crate::contract::Embedded;
use futures::future::{join, join_all};
use pushmail_eventlog::contract::sample::{Writer, accounts_of_distinct_shards, message};
use pushmail_eventlog_embedded::{EmbeddedLog, OnCommit};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;
use tokio::task::unconstrained;

/// Counts commits, and holds the writer up after one while it is shut.
#[derive(Default)]
struct Gate {
    state: Mutex<State>,
    opened: Condvar,
}

#[derive(Default)]
struct State {
    commits: usize,
    shut: bool,
}

impl Gate {
    fn passage(self: &Arc<Self>) -> OnCommit {
        let gate = Arc::clone(self);
        Arc::new(move |_took: Duration| {
            let mut state = gate.state.lock().unwrap();
            state.commits += 1;
            drop(gate.opened.wait_while(state, |state| state.shut).unwrap());
        })
    }

    fn commits(&self) -> usize {
        self.state.lock().unwrap().commits
    }

    fn set_shut(&self, shut: bool) {
        self.state.lock().unwrap().shut = shut;
        self.opened.notify_all();
    }
}

#[tokio::test]
async fn appends_that_wait_for_a_commit_share_the_next_one() {
    let fixture = Embedded::new();
    let gate = Arc::new(Gate::default());
    let log = EmbeddedLog::open(
        fixture.config(),
        fixture.clock.clone(),
        Some(gate.passage()),
    );
    let log = log.unwrap();
    let accounts = accounts_of_distinct_shards(200);
    let take = |account| Writer::take(&log, account);
    let writers = join_all(accounts.iter().map(|account| take(*account))).await;
    let before = gate.commits();

    gate.set_shut(true);
    let append = |(writer, account): (&Writer<'_>, _)| {
        let event = message(account, 1);
        let (shard, epoch) = (writer.shard, writer.epoch);
        let log = &log;
        async move { pushmail_eventlog::EventLog::append(log, shard, epoch, vec![event]).await }
    };
    let appends = join_all(writers.iter().zip(accounts.iter().copied()).map(append));
    // All are queued when the second future runs: the first few in one commit, the rest in the next.
    let (answers, ()) = unconstrained(join(appends, async { gate.set_shut(false) })).await;

    assert!(answers.iter().all(Result::is_ok));
    assert!(
        gate.commits() - before <= 2,
        "{} commits",
        gate.commits() - before
    );
}

#[tokio::test]
async fn an_append_that_stores_nothing_costs_no_commit() {
    let fixture = Embedded::new();
    let gate = Arc::new(Gate::default());
    let log = EmbeddedLog::open(
        fixture.config(),
        fixture.clock.clone(),
        Some(gate.passage()),
    );
    let log = log.unwrap();
    let account = accounts_of_distinct_shards(1)[0];
    let stale = Writer::take(&log, account).await;
    let writer = Writer::take(&log, account).await;
    writer.append(vec![message(account, 1)]).await;
    let before = gate.commits();

    writer.append(vec![message(account, 1)]).await;
    stale.refused(vec![message(account, 2)]).await;
    assert_eq!(gate.commits(), before);
}
