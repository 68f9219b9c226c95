//! Polling, where there is no IDLE or it does not work: often while mail comes, more seldom while nothing does.

use super::command::Kind;
use super::{ImapFlow, name};
use crate::quirks::Poll;
use pushmail_upstream::Moment;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// The pause between two polls.
#[derive(Default, Serialize, Deserialize)]
pub(super) struct Pause {
    /// When it ends; `None` if there is none.
    until: Option<Duration>,
    /// When the next poll is due.
    next: Option<Duration>,
    /// How long it is now.
    length: Option<Duration>,
    /// UIDNEXT of the main folder's cursor at the last poll.
    read_to: u64,
}

impl Pause {
    pub(super) const fn until(&self) -> Option<Duration> {
        self.until
    }
}

impl ImapFlow {
    /// Rests until the next poll, or until a look that had to wait.
    pub(super) fn pause(&mut self, at: Moment) {
        let next = match self.poll.next {
            Some(next) => next,
            None => at.elapsed + self.next_pause(),
        };
        self.poll.next = Some(next);
        let delayed = self.folders.iter().filter_map(|state| state.delayed());
        self.poll.until = Some(delayed.fold(next, Duration::min));
        self.park();
    }

    /// Half as long again as the last one, unless mail came.
    fn next_pause(&mut self) -> Duration {
        let read_to = self.folders[0].cursor().map_or(0, |cursor| cursor.uid_next);
        let (shortest, longest) = (self.quirks.poll_interval, self.quirks.poll_interval_max);
        let length = match self.poll.length {
            Some(length) if read_to == self.poll.read_to => (length * 3 / 2).min(longest),
            _ => shortest,
        };
        self.poll.length = Some(length.max(shortest));
        self.poll.read_to = read_to;
        length.max(shortest)
    }

    /// The pause is over.
    pub(super) fn paused(&mut self, at: Moment) {
        self.poll.until = None;
        if self.poll.next.is_some_and(|next| at.elapsed < next) {
            return;
        }
        self.poll.next = None;
        if self.has_others() && !self.notify.is_on() {
            self.begin_round(at);
        }
        match self.quirks.poll {
            Poll::Noop => self.command("NOOP", Kind::Poll, at),
            Poll::Examine => self.folders[0].visit = true,
            Poll::Status => {
                let mailbox = name::quoted(&name::modified_utf7(&self.folders[0].name));
                let line = format!("STATUS {mailbox} ({})", self.status_items());
                self.command(&line, Kind::Status(0), at);
                self.folders[0].visit = true;
            }
        }
    }
}
