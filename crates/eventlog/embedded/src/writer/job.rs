//! What the writer is asked to do.

use crate::error::WriteError;
use crate::tables::Tables;
use pushmail_eventlog::Fresh;
use tokio::sync::oneshot;

/// A job of the writer: run once within a transaction, then answered once.
pub(crate) trait Job: Send {
    /// How many events it may write.
    fn events(&self) -> usize;

    /// Does the work and keeps its answer. An error fails the whole transaction.
    fn run(&mut self, tables: &mut Tables<'_>) -> rusqlite::Result<()>;

    /// After the commit: what became durable by it, for live subscribers.
    fn take_fresh(&mut self) -> Vec<Fresh>;

    /// Gives the answer: after the commit, or with the failure after which nothing was kept.
    fn answer(self: Box<Self>, failure: Option<&WriteError>);
}

/// A job that is one function of the tables, and stores no event.
pub(crate) struct Operation<T, F> {
    function: F,
    result: Option<T>,
    answer: oneshot::Sender<Result<T, WriteError>>,
}

impl<T, F> Operation<T, F>
where
    F: FnMut(&mut Tables<'_>) -> rusqlite::Result<T>,
{
    /// The job, and where its answer comes.
    pub(crate) fn new(function: F) -> (Self, oneshot::Receiver<Result<T, WriteError>>) {
        let (answer, receiver) = oneshot::channel();
        let job = Self {
            function,
            result: None,
            answer,
        };
        (job, receiver)
    }
}

impl<T, F> Job for Operation<T, F>
where
    T: Send,
    F: FnMut(&mut Tables<'_>) -> rusqlite::Result<T> + Send,
{
    fn events(&self) -> usize {
        1
    }

    fn run(&mut self, tables: &mut Tables<'_>) -> rusqlite::Result<()> {
        self.result = Some((self.function)(tables)?);
        Ok(())
    }

    fn take_fresh(&mut self) -> Vec<Fresh> {
        Vec::new()
    }

    fn answer(self: Box<Self>, failure: Option<&WriteError>) {
        let result = match (failure, self.result) {
            (None, Some(result)) => Ok(result),
            (failure, _) => Err(failure.cloned().unwrap_or(WriteError::Stopped)),
        };
        // Fails only if the caller stopped waiting.
        drop(self.answer.send(result));
    }
}
