//! Folders that were made anew (another UIDVALIDITY, RFC 9051, section 2.3.1.1), and folders with much unread mail:
//! where to begin, and how much it is. ESEARCH (RFC 4731) where the server has it, else FETCH of single numbers.

use super::command::Kind;
use super::folder::{Backlog, Reached};
use super::{ImapFlow, limits};
use crate::wire::{Capability, Condition, Fetch, SearchResult, search_date};
use pushmail_domain::{FolderCursor, Timestamp};
use pushmail_upstream::{Change, Moment};
use std::time::Duration;

/// Without ESEARCH, mail to be announced after a rebuild is looked for among so many of the newest messages.
const LOOKED_AT: u32 = 20_000;
/// SEARCH compares dates only, in the server's time zone.
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// What came for the count of a backlog.
pub(super) struct Count {
    folder: usize,
    from: u64,
    count: u32,
}

/// What came for the search of a rebuilt folder's mail since a time.
pub(super) struct Recent {
    folder: usize,
    since: Timestamp,
    lowest: Option<u32>,
}

impl Count {
    pub(super) fn fetched(&mut self, fetch: &Fetch) {
        if fetch.uid.is_some_and(|uid| u64::from(uid) >= self.from) {
            self.count = self.count.saturating_add(1);
        }
    }
}

impl Recent {
    pub(super) fn fetched(&mut self, fetch: &Fetch) {
        let recent = fetch.internal_date.is_none_or(|date| date >= self.since);
        if let Some(uid) = fetch.uid.filter(|_| recent) {
            self.lowest = Some(self.lowest.map_or(uid, |lowest| lowest.min(uid)));
        }
    }
}

impl ImapFlow {
    /// Whether the folder's unread mail may be much.
    pub(super) fn needs_count(&self, folder: usize) -> bool {
        let state = &self.folders[folder];
        state.backlog == Backlog::Unknown && state.dirty.is_some()
    }

    /// Counts the open folder's unread mail, if it may be much.
    pub(super) fn count_backlog(&mut self, folder: usize, at: Moment) -> bool {
        let cursor = self.folders[folder]
            .cursor()
            .filter(|_| self.needs_count(folder));
        let Some(from) = cursor.map(|cursor| cursor.uid_next) else {
            return false;
        };
        let line = match self.offers(Capability::ESearch) {
            true => format!("UID SEARCH RETURN (COUNT) UID {from}:*"),
            false => format!("UID FETCH {from}:* (UID)"),
        };
        let count = Count {
            folder,
            from,
            count: 0,
        };
        self.command(&line, Kind::Count(count), at);
        true
    }

    pub(super) fn counted(&mut self, count: &Count, condition: Condition) {
        let many = condition == Condition::Ok && count.count > limits::CHANGES as u32;
        self.folders[count.folder].backlog = match many {
            true => Backlog::Bulk,
            false => Backlog::Small,
        };
    }

    /// Finds where reading of a rebuilt folder begins: at the first message that came after the folder was last read.
    pub(super) fn find_rebuilt(&mut self, folder: usize, at: Moment) -> bool {
        let state = &self.folders[folder];
        let (Some(uid_next), Some(cursor)) =
            (state.rebuilt.as_ref().map(|to| to.1), state.cursor())
        else {
            return false;
        };
        let never = cursor.read_at == Timestamp::from_micros(0);
        if never || uid_next <= 1 || state.count == Some(0) {
            self.rebuilt_from(folder, uid_next, at);
            return true;
        }
        let since = cursor.read_at.before(DAY);
        let line = if self.offers(Capability::ESearch) {
            format!("UID SEARCH RETURN (MIN) SINCE {}", search_date(since))
        } else {
            let first = state.count.unwrap_or(1).saturating_sub(LOOKED_AT - 1);
            format!("FETCH {}:* (UID INTERNALDATE)", first.max(1))
        };
        let recent = Recent {
            folder,
            since,
            lowest: None,
        };
        self.command(&line, Kind::Recent(recent), at);
        true
    }

    pub(super) fn found_recent(&mut self, recent: &Recent, condition: Condition, at: Moment) {
        let Some(uid_next) = self.folders[recent.folder].rebuilt.as_ref().map(|to| to.1) else {
            return;
        };
        let lowest = recent.lowest.filter(|_| condition == Condition::Ok);
        // A server that cannot search: all that it holds is compared with what was announced.
        let none = if condition == Condition::Ok {
            uid_next
        } else {
            1
        };
        self.set_rebuilt(recent.folder, lowest.map_or(none, u64::from), uid_next, at);
    }

    fn rebuilt_from(&mut self, folder: usize, uid_next: u64, at: Moment) {
        self.set_rebuilt(folder, uid_next, uid_next, at);
        self.advance(at);
    }

    fn set_rebuilt(&mut self, folder: usize, start: u64, uid_next: u64, at: Moment) {
        let all = self.wants_all();
        // A server may say that it found what it does not have.
        let start = start.min(uid_next);
        let state = &mut self.folders[folder];
        let rebuilt = state.rebuilt.take().map(|to| to.0);
        let (Some(uid_validity), Some(before)) = (rebuilt, state.cursor()) else {
            return;
        };
        let cursor = FolderCursor {
            read_at: before.read_at,
            rebuilt_below: uid_next,
            // As of now, so that what changes before the folder is confirmed is told also after a reconnect.
            mod_seq: state.mod_seq,
            ..FolderCursor::starting(before.folder, uid_validity, start)
        };
        state.reached = Some(Reached::from(cursor));
        state.read_to = uid_next;
        if start < uid_next {
            state.may_hold_mail(at.now);
        }
        if uid_next - start > limits::CHANGES as u64 {
            state.backlog = Backlog::Unknown;
        }
        if all {
            state.begins = true;
            state.changed.get_or_insert(at.now);
        }
        self.tell(Change::FolderReset(cursor));
    }

    /// SEARCH or ESEARCH.
    pub(super) fn found(&mut self, found: SearchResult) {
        let taken = self.outstanding(|kind| match kind {
            Kind::Count(count) => {
                count.count = found.count;
                Some(())
            }
            Kind::Recent(recent) => {
                recent.lowest = found.min;
                Some(())
            }
            _ => None,
        });
        let _: Option<()> = taken;
    }
}
