//! A session without its sockets: frames, live events and log pages go in, frames come out. Pure.

use crate::invalid::field;
use crate::resume::Resume;
use crate::session::lane::{Lane, Sent, Standing, Verdict};
use crate::session::request::Filter;

use pushmail_domain::{AccountId, EventId, Recent, Timestamp};
use pushmail_eventlog::{Fresh, Stored};
use pushmail_proto::convert;
use pushmail_proto::v1::{self, reset::Reason};
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use tonic::Status;

/// How many event ids a session remembers.
const SEEN: usize = 1024;
/// Live events and requests are taken in only while fewer frames than this wait to be written.
const OUTBOX: usize = 64;

/// A frame to be written.
#[derive(Debug)]
pub(crate) enum Out {
    /// An event.
    Event {
        /// The event.
        stored: Arc<Stored>,
        /// Where the device stands with it.
        resume: Resume,
        /// Whether it was in the log before the session began.
        replayed: bool,
    },
    /// A gap.
    Reset {
        /// The account.
        account: AccountId,
        /// Why.
        reason: Reason,
        /// Where the account goes on from, if it does.
        resume: Option<Resume>,
    },
    /// An answer to a Ping, or a heartbeat.
    Pong {
        /// The Ping's payload.
        payload: Vec<u8>,
        /// Renewed positions.
        resume: Vec<Resume>,
    },
    /// Answers Hello.
    Welcome(v1::Welcome),
    /// The gateway is going away.
    GoAway(v1::GoAway),
}

/// A session's state.
#[derive(Debug)]
pub(crate) struct Core {
    lanes: BTreeMap<AccountId, Lane>,
    filter: Filter,
    seen: Recent<EventId>,
    outbox: VecDeque<Out>,
    /// How many events are remembered until they are acknowledged, and how many may be.
    unacked: usize,
    unacked_limit: usize,
}

impl Core {
    /// A session without accounts so far, that remembers up to `unacked_limit` events until they
    /// are acknowledged.
    pub(crate) fn new(unacked_limit: usize) -> Self {
        Self {
            lanes: BTreeMap::new(),
            filter: Filter::default(),
            seen: Recent::new(SEEN),
            outbox: VecDeque::new(),
            unacked: 0,
            unacked_limit,
        }
    }

    /// Adds an account. `distrusted`: the device gave a token that may have been this account's.
    pub(crate) fn open(
        &mut self,
        account: AccountId,
        token: Option<&Resume>,
        distrusted: bool,
        log: &Standing,
    ) {
        let (lane, mut reason) = Lane::start(account, token, log);
        if token.is_none() && distrusted {
            reason = Some(Reason::UnknownToken);
        }
        self.lanes.insert(account, lane);
        self.announce(account, reason, log.retained_since);
    }

    /// The session's accounts.
    pub(crate) fn accounts(&self) -> Vec<AccountId> {
        self.lanes.keys().copied().collect()
    }

    /// The account is no longer the device's.
    pub(crate) fn remove(&mut self, account: AccountId) {
        let forgotten = self.lanes.remove(&account).map(|mut lane| lane.forget());
        self.unacked -= forgotten.unwrap_or(0);
        self.push(Out::Reset {
            account,
            reason: Reason::AccountRemoved,
            resume: None,
        });
    }

    /// An event that became durable just now.
    pub(crate) fn live(&mut self, fresh: Fresh, retained_since: Timestamp) {
        let account = fresh.stored.event.account;
        let Some(lane) = self.lanes.get_mut(&account) else {
            return;
        };
        match lane.judge(&fresh) {
            Verdict::Deliver => self.deliver(fresh.stored),
            Verdict::Pass => {}
            Verdict::Rebuilt => self.announce(account, Some(Reason::LogRebuilt), retained_since),
        }
    }

    /// An account of which something has to be read, and the sequence after which.
    pub(crate) fn behind(&self) -> Option<(AccountId, u64)> {
        let behind = self.lanes.iter().find(|(_, lane)| lane.behind());
        behind.map(|(account, lane)| (*account, lane.sequence()))
    }

    /// What was read from the log for [`behind`](Self::behind); not empty.
    pub(crate) fn page(&mut self, account: AccountId, page: Vec<Stored>) {
        for stored in page {
            let Some(lane) = self.lanes.get_mut(&account) else {
                return;
            };
            if stored.position.sequence > lane.sequence() {
                lane.advance(&stored);
                self.deliver(Arc::new(stored));
            }
        }
    }

    /// There was nothing to read for [`behind`](Self::behind), and the log was asked for the
    /// account's newest event. Returns whether that should have been there.
    pub(crate) fn exhausted(&mut self, account: AccountId, log: &Standing) -> bool {
        let Some(lane) = self.lanes.get_mut(&account) else {
            return false;
        };
        lane.give_up();
        self.compare(account, log);
        self.lanes.get(&account).is_some_and(Lane::behind)
    }

    /// The log was asked for the account's newest event.
    pub(crate) fn compare(&mut self, account: AccountId, log: &Standing) {
        if let Some(lane) = self.lanes.get_mut(&account) {
            let reason = lane.compare(log);
            self.announce(account, reason, log.retained_since);
        }
    }

    /// The account's live events were dropped, and the log was asked for its newest event.
    pub(crate) fn skip(&mut self, account: AccountId, log: &Standing) {
        if let Some(lane) = self.lanes.get_mut(&account) {
            let reason = lane.skip(log);
            self.announce(account, reason, log.retained_since);
        }
    }

    /// The device has everything up to here; gives the events that are newly covered.
    ///
    /// # Errors
    /// `INVALID_ARGUMENT` if nothing up to there was sent.
    pub(crate) fn ack(&mut self, resume: &Resume) -> Result<Vec<Sent>, Status> {
        let Some(lane) = self.lanes.get_mut(&resume.account) else {
            return Ok(Vec::new());
        };
        let covered = lane
            .ack(resume.position)
            .ok_or_else(|| field("frame.ack.resume", "must be of an event sent before"))?;
        self.unacked -= covered.len();
        Ok(covered)
    }

    /// The event was written.
    pub(crate) fn sent(&mut self, account: AccountId, sent: Sent) {
        let room = self.unacked < self.unacked_limit;
        if let Some(lane) = self.lanes.get_mut(&account)
            && lane.sent(sent, room)
        {
            self.unacked += 1;
        }
    }

    /// Narrows what is sent from here on.
    ///
    /// # Errors
    /// `INVALID_ARGUMENT` if an account is not the device's.
    pub(crate) fn set_filter(&mut self, filter: Filter) -> Result<(), Status> {
        filter.only_of(|account| self.lanes.contains_key(&account))?;
        self.filter = filter;
        Ok(())
    }

    /// Answers a Ping, or beats, with the positions of all accounts that are even.
    pub(crate) fn pong(&mut self, payload: Vec<u8>) {
        let resume = self.lanes.values().filter_map(Lane::renewal).collect();
        self.push(Out::Pong { payload, resume });
    }

    /// Queues a frame to be written.
    pub(crate) fn push(&mut self, out: Out) {
        self.outbox.push_back(out);
    }

    /// The next frame to be written.
    pub(crate) fn pop(&mut self) -> Option<Out> {
        self.outbox.pop_front()
    }

    /// Whether nothing waits to be written.
    pub(crate) fn idle(&self) -> bool {
        self.outbox.is_empty()
    }

    /// Whether live events may be taken in.
    pub(crate) fn has_room(&self) -> bool {
        self.outbox.len() < OUTBOX
    }

    /// Whether requests, which may have to be answered, may be taken in. Further than
    /// [`has_room`](Self::has_room), so that events alone never keep acknowledgements waiting.
    pub(crate) fn listens(&self) -> bool {
        self.outbox.len() < 4 * OUTBOX
    }

    fn deliver(&mut self, stored: Arc<Stored>) {
        let account = stored.event.account;
        let Some(lane) = self.lanes.get(&account) else {
            return;
        };
        if !stored.event.kind.is_delivered() {
            return;
        }
        let kind = convert::event_type(&stored.event.kind);
        if !self.filter.wants(kind, account) || !self.seen.insert(stored.event.id) {
            return;
        }
        let sequence = stored.position.sequence;
        self.outbox.push_back(Out::Event {
            resume: lane.resume_at(sequence, stored.stored_at),
            replayed: lane.replays(sequence),
            stored,
        });
    }

    fn announce(&mut self, account: AccountId, reason: Option<Reason>, retained_since: Timestamp) {
        let (Some(reason), Some(lane)) = (reason, self.lanes.get_mut(&account)) else {
            return;
        };
        if reason == Reason::LogRebuilt {
            self.unacked -= lane.forget();
        }
        let resume = Some(lane.resume(retained_since));
        self.push(Out::Reset {
            account,
            reason,
            resume,
        });
    }
}

#[cfg(test)]
mod tests;
