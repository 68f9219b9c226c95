//! The thread that writes, and its group commit.

mod append;
mod job;

pub(crate) use append::Append;
pub(crate) use job::{Job, Operation};

use crate::database;
use crate::error::WriteError;
use crate::log::OnCommit;
use crate::recent::Recent;
use crate::tables::Tables;
use pushmail_domain::Clock;
use pushmail_eventlog::Fresh;
use rusqlite::{Connection, TransactionBehavior};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use tokio::sync::{broadcast, mpsc};

/// The most jobs of one transaction.
const GROUP_JOBS: usize = 256;
/// A transaction takes no further job once it has so many events.
const GROUP_EVENTS: usize = 1024;

/// What the thread owns.
pub(crate) struct Writer {
    pub(crate) connection: Connection,
    pub(crate) recent: Recent,
    /// Shared with readers: the generation of the last commit.
    pub(crate) generation: Arc<AtomicU32>,
    pub(crate) live: broadcast::Sender<Fresh>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) on_commit: Option<OnCommit>,
}

impl Writer {
    /// Works until every sender of `jobs` is gone and all jobs are done, then closes the database.
    pub(crate) fn run(mut self, mut jobs: mpsc::Receiver<Box<dyn Job>>) {
        while let Some(first) = jobs.blocking_recv() {
            self.commit(gather(first, &mut jobs));
        }
        if let Err(error) = database::checkpoint(&self.connection) {
            tracing::warn!(%error, "the event log was closed without a checkpoint: the next start takes longer");
        }
    }

    /// Runs the group, tells live subscribers, and answers every job.
    fn commit(&mut self, mut group: Vec<Box<dyn Job>>) {
        let failure = self.transact(&mut group).err().map(|error| {
            tracing::error!(%error, jobs = group.len(), "a transaction of the event log failed");
            self.recent.roll_back();
            WriteError::Failed(Arc::new(error))
        });
        // Before the answers: who subscribes after an answer must not get its events.
        if failure.is_none() {
            self.publish(&mut group);
        }
        for job in group {
            job.answer(failure.as_ref());
        }
    }

    fn publish(&self, group: &mut [Box<dyn Job>]) {
        for fresh in group.iter_mut().flat_map(|job| job.take_fresh()) {
            // Fails only if nobody listens.
            drop(self.live.send(fresh));
        }
    }

    /// One transaction, one fsync. A job that is refused has written nothing; an error undoes all.
    fn transact(&mut self, group: &mut [Box<dyn Job>]) -> rusqlite::Result<()> {
        let now = self.clock.now();
        self.recent.begin(now);
        let transaction = self
            .connection
            .transaction_with_behavior(TransactionBehavior::Immediate)?;
        let changes = transaction.total_changes();
        let mut tables = Tables {
            connection: &transaction,
            recent: &mut self.recent,
            generation: self.generation.load(Ordering::Acquire),
            now,
        };
        for job in group {
            job.run(&mut tables)?;
        }
        let generation = tables.generation;
        let wrote = transaction.total_changes() > changes;

        let started = self.clock.elapsed();
        transaction.commit()?;
        self.generation.store(generation, Ordering::Release);
        if let Some(on_commit) = self.on_commit.as_ref().filter(|_| wrote) {
            on_commit(self.clock.elapsed().saturating_sub(started));
        }
        Ok(())
    }
}

/// The first job and those that wait behind it, up to the group's bounds. Waits for none.
fn gather(first: Box<dyn Job>, jobs: &mut mpsc::Receiver<Box<dyn Job>>) -> Vec<Box<dyn Job>> {
    let mut events = first.events();
    let mut group = vec![first];
    while group.len() < GROUP_JOBS && events < GROUP_EVENTS {
        let Ok(next) = jobs.try_recv() else { break };
        events += next.events();
        group.push(next);
    }
    group
}
