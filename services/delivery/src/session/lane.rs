//! One account within a session: what was sent, and whether something is missing. Pure.

use crate::resume::Resume;
use pushmail_domain::{AccountId, Position, Shard, Timestamp, TraceContext};
use pushmail_eventlog::{Fresh, Stored};
use pushmail_proto::v1::reset::Reason;
use std::collections::VecDeque;

/// What the log says about itself and one account, at one moment.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Standing {
    /// The sequence of the account's newest event; `None` if the log holds none.
    pub(crate) last: Option<u64>,
    /// The generation of the account's stream.
    pub(crate) generation: u32,
    /// Events older than this may be gone.
    pub(crate) retained_since: Timestamp,
    /// A moment before all of this was read.
    pub(crate) at: Timestamp,
}

/// One account's events within a session.
#[derive(Debug)]
pub(crate) struct Lane {
    account: AccountId,
    generation: u32,
    /// Every event up to here was handed to the writer, filtered out, or announced as missing.
    sequence: u64,
    level: Level,
    /// Events up to here were in the log before the session began.
    replay_through: u64,
    /// The newest acknowledged sequence.
    acked: u64,
    unacked: VecDeque<Sent>,
}

/// Whether the lane follows live.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Level {
    /// At `confirmed_at` nothing came after the lane's sequence.
    Even { confirmed_at: Timestamp },
    /// Events up to `through` have to be read from the log.
    Behind { through: u64 },
}

/// An event that was written and not acknowledged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Sent {
    /// Its sequence.
    pub(crate) sequence: u64,
    /// The span of its delivery.
    pub(crate) context: Option<TraceContext>,
    /// When it was written.
    pub(crate) at: Timestamp,
}

/// What to do with a live event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It is the next one.
    Deliver,
    /// It was sent, or will be read from the log.
    Pass,
    /// The log was rebuilt since the session began.
    Rebuilt,
}

impl Lane {
    /// The lane of an account whose device gave `token`, or none.
    ///
    /// Also says why events may be missing, if they may.
    pub(crate) fn start(
        account: AccountId,
        token: Option<&Resume>,
        log: &Standing,
    ) -> (Self, Option<Reason>) {
        let last = log.last.unwrap_or(0);
        let Some(token) = token else {
            return (Self::at(account, log, last), None);
        };
        if token.position.generation != log.generation {
            let mut lane = Self::at(account, log, 0);
            lane.fall_behind(last, log.at);
            return (lane, Some(Reason::LogRebuilt));
        }
        let sequence = token.position.sequence;
        if log.last.is_some_and(|last| last < sequence) {
            return (Self::at(account, log, last), Some(Reason::LogRebuilt));
        }
        let mut lane = Self::at(account, log, sequence);
        lane.fall_behind(last, log.at);
        let current = log.last == Some(sequence);
        let expired = !current && token.confirmed_at < log.retained_since;
        (lane, expired.then_some(Reason::Expired))
    }

    fn at(account: AccountId, log: &Standing, sequence: u64) -> Self {
        Self {
            account,
            generation: log.generation,
            sequence,
            level: Level::Even {
                confirmed_at: log.at,
            },
            replay_through: log.last.unwrap_or(0),
            acked: 0,
            unacked: VecDeque::new(),
        }
    }

    /// Reads up to `through` from the log, if that is ahead.
    fn fall_behind(&mut self, through: u64, at: Timestamp) {
        self.level = match self.level {
            _ if through <= self.sequence => Level::Even { confirmed_at: at },
            Level::Even { .. } => Level::Behind { through },
            Level::Behind { through: before } => Level::Behind {
                through: through.max(before),
            },
        };
    }

    /// What to do with an event that became durable just now. Notes what has to be read instead.
    pub(crate) fn judge(&mut self, fresh: &Fresh) -> Verdict {
        let stored = &*fresh.stored;
        let sequence = stored.position.sequence;
        if stored.position.generation > self.generation {
            self.generation = stored.position.generation;
            self.sequence = 0;
            self.level = Level::Behind { through: sequence };
            return Verdict::Rebuilt;
        }
        if sequence <= self.sequence {
            return Verdict::Pass;
        }
        match &mut self.level {
            Level::Behind { through } => {
                *through = sequence.max(*through);
                Verdict::Pass
            }
            Level::Even { .. } if fresh.previous > self.sequence => {
                self.level = Level::Behind { through: sequence };
                Verdict::Pass
            }
            Level::Even { .. } => {
                self.advance(stored);
                Verdict::Deliver
            }
        }
    }

    /// The event is the account's next one, and dealt with.
    pub(crate) fn advance(&mut self, stored: &Stored) {
        self.sequence = stored.position.sequence;
        match &mut self.level {
            Level::Behind { through } if *through <= self.sequence => {
                self.level = Level::Even {
                    confirmed_at: stored.stored_at,
                };
            }
            Level::Behind { .. } => {}
            Level::Even { confirmed_at } => *confirmed_at = stored.stored_at.max(*confirmed_at),
        }
    }

    /// The log was asked for the account's newest event. Says why events may be missing, if they may.
    pub(crate) fn compare(&mut self, log: &Standing) -> Option<Reason> {
        let last = log.last.unwrap_or(self.sequence);
        if log.generation != self.generation {
            self.generation = log.generation;
            self.sequence = 0;
            self.level = Level::Even {
                confirmed_at: log.at,
            };
            self.fall_behind(log.last.unwrap_or(0), log.at);
            return Some(Reason::LogRebuilt);
        }
        if last < self.sequence {
            self.sequence = last;
            self.level = Level::Even {
                confirmed_at: log.at,
            };
            return Some(Reason::LogRebuilt);
        }
        self.fall_behind(last, log.at);
        None
    }

    /// There is nothing to read, whatever was expected: events expire.
    pub(crate) fn give_up(&mut self) {
        self.level = Level::Even {
            confirmed_at: Timestamp::default(),
        };
    }

    /// Live events were dropped: passes over what follows, unless it is being read from the log anyway.
    pub(crate) fn skip(&mut self, log: &Standing) -> Option<Reason> {
        if self.behind() || log.generation != self.generation {
            return self.compare(log);
        }
        self.sequence = log.last.unwrap_or(self.sequence);
        self.level = Level::Even {
            confirmed_at: log.at,
        };
        Some(Reason::SlowConsumer)
    }

    /// Whether something has to be read from the log.
    pub(crate) const fn behind(&self) -> bool {
        matches!(self.level, Level::Behind { .. })
    }

    /// Where reading goes on from.
    pub(crate) const fn sequence(&self) -> u64 {
        self.sequence
    }

    /// Whether the event was in the log before the session began.
    pub(crate) const fn replays(&self, sequence: u64) -> bool {
        sequence <= self.replay_through
    }

    /// Where the device stands when it has everything that was sent; for a lane that is behind, what
    /// comes next may be as old as the log.
    pub(crate) fn resume(&self, retained_since: Timestamp) -> Resume {
        let confirmed_at = match self.level {
            Level::Even { confirmed_at } => confirmed_at,
            Level::Behind { .. } => retained_since,
        };
        self.resume_at(self.sequence, confirmed_at)
    }

    /// Where the device stands with the event of this sequence, stored at this time.
    pub(crate) fn resume_at(&self, sequence: u64, confirmed_at: Timestamp) -> Resume {
        Resume {
            account: self.account,
            position: Position {
                stream: Shard::of(self.account).stream(),
                generation: self.generation,
                sequence,
            },
            confirmed_at,
        }
    }

    /// The token that a Pong may renew: of a lane that is even.
    pub(crate) fn renewal(&self) -> Option<Resume> {
        match self.level {
            Level::Even { confirmed_at } => Some(self.resume_at(self.sequence, confirmed_at)),
            Level::Behind { .. } => None,
        }
    }

    /// The event was written. With `room`, remembers it until it is acknowledged; otherwise in the
    /// place of the lane's oldest. Returns whether one more is remembered now.
    pub(crate) fn sent(&mut self, sent: Sent, room: bool) -> bool {
        let replaces = !room && self.unacked.pop_front().is_some();
        if room || replaces {
            self.unacked.push_back(sent);
        }
        room
    }

    /// Forgets what waits to be acknowledged; returns how many events that was.
    pub(crate) fn forget(&mut self) -> usize {
        self.acked = 0;
        std::mem::take(&mut self.unacked).len()
    }

    /// The device has everything up to the position; gives the events that are newly covered.
    /// `None` if nothing up to there was sent.
    pub(crate) fn ack(&mut self, position: Position) -> Option<Vec<Sent>> {
        if position.generation != self.generation {
            return Some(Vec::new());
        }
        if position.sequence > self.sequence {
            return None;
        }
        self.acked = self.acked.max(position.sequence);
        let covered = self
            .unacked
            .partition_point(|sent| sent.sequence <= self.acked);
        Some(self.unacked.drain(..covered).collect())
    }
}

#[cfg(test)]
pub(crate) mod tests;
