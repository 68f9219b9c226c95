//! Appending: serial within a shard, each message on the condition that the fence is the writer's.

use crate::error::{Fault, code};
use crate::fence::{Verdict, is_refused};
use crate::log::NatsLog;
use crate::pause::Pause;
use crate::publish::{Ack, Outgoing};
use pushmail_domain::{Epoch, Event, EventId, Position, Shard};
use pushmail_eventlog::{AppendError, AppendErrorKind, Appended};
use std::collections::HashMap;

/// The most events of one append.
const MAX_EVENTS: usize = 100;
/// How often the same message is published again while the fence is in place.
const ATTEMPTS: usize = 8;

/// What this process knows of what it wrote for a shard.
#[derive(Debug, Default)]
pub(crate) struct Writer {
    epoch: Option<Epoch>,
    /// The highest sequence that was acknowledged under the epoch; at first the fence's own.
    last: u64,
    /// Whether the log lost something of that.
    has_regressed: bool,
}

/// The right to write for a shard, while nobody else of this process does.
pub(crate) struct Turn<'a> {
    pub(crate) log: &'a NatsLog,
    pub(crate) shard: Shard,
    pub(crate) epoch: Epoch,
    writer: tokio::sync::MutexGuard<'a, Writer>,
}

impl NatsLog {
    /// The port's `append`.
    pub(crate) async fn append_events(
        &self,
        shard: Shard,
        epoch: Epoch,
        events: &[Event],
    ) -> Result<Vec<Appended>, AppendError> {
        let fits = (1..=MAX_EVENTS).contains(&events.len());
        if !fits || events.iter().any(|event| Shard::of(event.account) != shard) {
            return Err(AppendError::new(AppendErrorKind::Invalid));
        }
        let (unique, places) = unique(events);
        let outgoing = |event: &&Event| Outgoing::new(event, epoch.generation);
        let outgoing: Vec<_> = unique.iter().map(outgoing).collect();
        let limit = self.api.client.max_payload();
        if outgoing.iter().any(|message| message.size() > limit) {
            return Err(Fault::TooLarge.into());
        }
        let mut turn = self.turn(shard, epoch).await?;
        let stored = turn.store(outgoing).await?;
        let position = |sequence| Position {
            stream: shard.stream(),
            generation: self.known.of(shard.stream()),
            sequence,
        };
        let answer = places.into_iter().map(|(place, is_repeated)| Appended {
            position: position(stored[place].0),
            duplicate: stored[place].1 || is_repeated,
        });
        Ok(answer.collect())
    }

    /// Waits for this process's turn to write for the shard.
    async fn turn(&self, shard: Shard, epoch: Epoch) -> Result<Turn<'_>, AppendError> {
        let mut writer = self.writers[usize::from(shard.number())].lock().await;
        self.known.note(shard.stream(), epoch.generation);
        if epoch.generation < self.known.of(shard.stream()) {
            return Err(AppendError::new(AppendErrorKind::StaleEpoch));
        }
        if writer.epoch != Some(epoch) {
            *writer = Writer {
                epoch: Some(epoch),
                last: epoch.fence,
                has_regressed: false,
            };
        }
        if writer.has_regressed {
            return Err(AppendError::new(AppendErrorKind::Regressed));
        }
        Ok(Turn {
            log: self,
            shard,
            epoch,
            writer,
        })
    }
}

impl Turn<'_> {
    /// Stores the messages; returns of each its sequence, and whether it was stored before.
    async fn store(&mut self, messages: Vec<Outgoing>) -> Result<Vec<(u64, bool)>, AppendError> {
        if messages.len() > 1
            && let Some(stored) = self.store_batch(&messages).await?
        {
            return Ok(stored);
        }
        let mut stored = Vec::new();
        for message in messages {
            match self.store_one(message).await {
                Ok(ack) => stored.push((ack.seq, ack.duplicate)),
                // Part of the events is stored, so neither of these kinds says the truth.
                Err(error) if stored.iter().any(|(_, duplicate)| !duplicate) => {
                    let stops = [AppendErrorKind::StaleEpoch, AppendErrorKind::Regressed];
                    return Err(if stops.contains(&error.kind) {
                        error
                    } else {
                        AppendError::caused_by(AppendErrorKind::Ambiguous, error)
                    });
                }
                Err(error) => return Err(error),
            }
        }
        Ok(stored)
    }

    /// Stores one message, under the fence.
    async fn store_one(&mut self, mut message: Outgoing) -> Result<Ack, AppendError> {
        self.fence(&mut message);
        let mut pause = Pause::new();
        let mut last = Fault::NoAnswer;
        for _ in 0..ATTEMPTS {
            let within = self.log.config.publish_timeout;
            match self.log.api.publish(message.clone(), within).await {
                Ok(ack) if ack.duplicate => {
                    // A replicated stream looks at the id before it looks at the fence.
                    self.expect_ownership().await?;
                    return Ok(ack);
                }
                Ok(ack) => {
                    self.acknowledge(ack.seq, ack.seq)?;
                    return Ok(ack);
                }
                Err(fault) if is_refused(&fault) => {
                    self.expect_ownership().await?;
                    last = fault;
                    pause.wait().await;
                }
                Err(fault) => return Err(fault.into()),
            }
        }
        Err(last.into())
    }

    /// To be taken by the server only while the epoch is the shard's newest.
    pub(crate) fn fence(&self, message: &mut Outgoing) {
        if self.log.config.fences() {
            message.fence(self.shard, self.epoch);
        }
    }

    /// Fails unless the epoch is the shard's newest.
    pub(crate) async fn expect_ownership(&mut self) -> Result<(), AppendError> {
        match self.log.judge(self.shard, self.epoch).await {
            Ok(Verdict::Owner) => Ok(()),
            Ok(Verdict::Stale) => Err(AppendError::new(AppendErrorKind::StaleEpoch)),
            Ok(Verdict::Regressed) => Err(self.regress()),
            Err(fault) => Err(AppendError::caused_by(AppendErrorKind::Ambiguous, fault)),
        }
    }

    /// Takes note of an acknowledgement; one that is not above all before says that the log lost
    /// those.
    pub(crate) fn acknowledge(&mut self, first: u64, last: u64) -> Result<(), AppendError> {
        if first <= self.writer.last {
            return Err(self.regress());
        }
        self.writer.last = last;
        Ok(())
    }

    /// Under this epoch nothing is right any more, not even what is acknowledged as stored before.
    fn regress(&mut self) -> AppendError {
        self.writer.has_regressed = true;
        AppendError::new(AppendErrorKind::Regressed)
    }
}

/// The events, each id once; and for each event its place among them, and whether it was there already.
fn unique(events: &[Event]) -> (Vec<&Event>, Vec<(usize, bool)>) {
    let mut first: HashMap<EventId, usize> = HashMap::new();
    let mut unique = Vec::new();
    let mut places = Vec::new();
    for event in events {
        let known = first.get(&event.id).copied();
        places.push((known.unwrap_or(unique.len()), known.is_some()));
        if known.is_none() {
            first.insert(event.id, unique.len());
            unique.push(event);
        }
    }
    (unique, places)
}

/// Whether a batch can be stored message by message instead.
pub(crate) fn wants_singles(fault: &Fault) -> bool {
    [
        code::BATCH_DUPLICATE,
        code::BATCH_DISABLED,
        code::BATCH_TOO_LARGE,
    ]
    .contains(&fault.code())
}
