//! Appending: the fence check and the insert, in one transaction.

use super::Job;
use crate::error::WriteError;
use crate::tables::Tables;
use pushmail_domain::{Epoch, Event, Position, Shard};
use pushmail_eventlog::{AppendError, AppendErrorKind, Appended, Fresh, Stored, codec};
use std::sync::Arc;
use tokio::sync::oneshot;

type Answer = Result<Vec<Appended>, AppendError>;

/// Events of one shard, to be stored all or none.
pub(crate) struct Append {
    shard: Shard,
    epoch: Epoch,
    /// Each with its encoded record. Encoded by the caller, to spare the one writer.
    events: Vec<(Event, Vec<u8>)>,
    stale: bool,
    appended: Vec<Appended>,
    fresh: Vec<Fresh>,
    answer: oneshot::Sender<Answer>,
}

impl Append {
    /// The job, and where its answer comes.
    pub(crate) fn new(
        shard: Shard,
        epoch: Epoch,
        events: Vec<Event>,
    ) -> (Self, oneshot::Receiver<Answer>) {
        let (answer, receiver) = oneshot::channel();
        let encode = |event| {
            let record = codec::encode_event(&event);
            (event, record)
        };
        let job = Self {
            shard,
            epoch,
            events: events.into_iter().map(encode).collect(),
            stale: false,
            appended: Vec::new(),
            fresh: Vec::new(),
            answer,
        };
        (job, receiver)
    }

    /// Stores one event, or finds where it is stored already.
    fn store(
        &mut self,
        tables: &mut Tables<'_>,
        event: Event,
        record: &[u8],
    ) -> rusqlite::Result<()> {
        let mut position = Position {
            stream: self.shard.stream(),
            generation: tables.generation,
            sequence: 0,
        };
        let duplicate = if let Some(sequence) = tables.recent.find(event.id) {
            position.sequence = sequence;
            true
        } else {
            let previous = tables.last_of_account(event.account)?;
            position.sequence = tables.insert(self.shard, &event, record)?;
            let stored = Arc::new(Stored {
                event,
                position,
                stored_at: tables.now,
            });
            self.fresh.push(Fresh { stored, previous });
            false
        };
        self.appended.push(Appended {
            position,
            duplicate,
        });
        Ok(())
    }
}

impl Job for Append {
    fn events(&self) -> usize {
        self.events.len()
    }

    fn run(&mut self, tables: &mut Tables<'_>) -> rusqlite::Result<()> {
        self.stale = tables.epoch(self.shard)? != Some(self.epoch);
        if self.stale {
            return Ok(());
        }
        for (event, record) in std::mem::take(&mut self.events) {
            self.store(tables, event, &record)?;
        }
        Ok(())
    }

    fn take_fresh(&mut self) -> Vec<Fresh> {
        std::mem::take(&mut self.fresh)
    }

    fn answer(self: Box<Self>, failure: Option<&WriteError>) {
        let answer = match failure {
            Some(failure) => Err(failure.clone().into()),
            None if self.stale => Err(AppendError::new(AppendErrorKind::StaleEpoch)),
            None => Ok(self.appended),
        };
        // Fails only if the caller stopped waiting.
        drop(self.answer.send(answer));
    }
}
