//! Flags and deletions that the server did not tell by itself: what changed since a MODSEQ (RFC 7162, section 3.1.4.1),
//! else how the newest messages stand.

use super::command::Kind;
use super::gather::Gathered;
use super::newest::Newest;
use super::outputs::Queued;
use super::{ImapFlow, limits};
use crate::wire::{Capability, Condition, Fetch};
use pushmail_domain::{FolderCursor, MessageKey, Timestamp};
use pushmail_upstream::{Change, ChangedFlags, Moment, Snapshot};
use std::time::Duration;

/// Between two looks at one folder's newest messages, so that a storm of changes costs one.
const PAUSE: Duration = Duration::from_secs(2);

/// What came for a look at changes so far.
pub(super) struct Changes {
    folder: usize,
    noticed_at: Timestamp,
    /// UIDs from here on are not known yet.
    end: u64,
    look: Look,
}

enum Look {
    /// At what changed since a MODSEQ.
    Since(Gathered),
    /// At the newest messages; whether all that the folder holds is asked for.
    Newest(Newest, bool),
}

impl Changes {
    pub(super) fn fetched(&mut self, fetch: &Fetch) {
        match &mut self.look {
            Look::Since(gathered) => gathered.fetched(fetch, self.end),
            Look::Newest(newest, _) => newest.fetched(fetch, self.end),
        }
    }
}

impl ImapFlow {
    /// Looks at what changed in the open folder; `false` if nothing did, or it is too early.
    pub(super) fn resync(&mut self, folder: usize, at: Moment) -> bool {
        let state = &mut self.folders[folder];
        let early = state.not_before.is_some_and(|when| at.elapsed < when);
        let (Some(noticed_at), Some(cursor), false) = (state.changed, state.cursor(), early) else {
            return false;
        };
        state.changed = None;
        let begins = std::mem::take(&mut state.begins);
        let numbered = cursor.mod_seq > 0 && state.mod_seq > 0 && cursor.uid_next > 1;
        if numbered && !begins && self.offers(Capability::CondStore) {
            let line = format!(
                "UID FETCH 1:{} (UID FLAGS) (CHANGEDSINCE {})",
                cursor.uid_next - 1,
                cursor.mod_seq
            );
            let look = Look::Since(Gathered::default());
            self.look(folder, noticed_at, cursor, look, &line, at);
            return true;
        }
        self.look_at_newest(folder, noticed_at, cursor, at)
    }

    /// Asks for the newest messages; `false` if it is known that there are none, which is told.
    fn look_at_newest(
        &mut self,
        folder: usize,
        noticed_at: Timestamp,
        cursor: FolderCursor,
        at: Moment,
    ) -> bool {
        let state = &mut self.folders[folder];
        state.not_before = Some(at.elapsed + PAUSE);
        let (first, line) = match state.count {
            Some(0) => {
                self.tell_newest(cursor, Newest::default(), noticed_at, true);
                return false;
            }
            Some(count) => {
                let first = u64::from(count.saturating_sub(limits::NEWEST - 1).max(1));
                (first, format!("FETCH {first}:* (UID FLAGS)"))
            }
            None => {
                let first = cursor.uid_next.saturating_sub(u64::from(limits::NEWEST));
                let first = first.max(1);
                (first, format!("UID FETCH {first}:* (UID FLAGS)"))
            }
        };
        let look = Look::Newest(Newest::default(), first == 1);
        self.look(folder, noticed_at, cursor, look, &line, at);
        true
    }

    fn look(
        &mut self,
        folder: usize,
        noticed_at: Timestamp,
        cursor: FolderCursor,
        look: Look,
        line: &str,
        at: Moment,
    ) {
        let changes = Changes::new(folder, noticed_at, cursor, look);
        self.command(line, Kind::Changes(Box::new(changes)), at);
    }

    /// The look is over.
    pub(super) fn has_resynced(&mut self, changes: Changes, condition: Condition, at: Moment) {
        let folder = changes.folder;
        let Some(cursor) = self.folders[folder]
            .cursor()
            .filter(|_| condition == Condition::Ok)
        else {
            return;
        };
        let noticed_at = changes.noticed_at;
        match changes.look {
            Look::Since(gathered) => {
                let told = gathered.into_told(cursor, noticed_at);
                self.tell_queued(Queued::Told(Box::new(told)));
                if self.qresync != Some(true) {
                    self.look_at_newest(folder, noticed_at, cursor, at);
                }
            }
            Look::Newest(newest, all) => self.tell_newest(cursor, newest, noticed_at, all),
        }
    }

    fn tell_newest(
        &mut self,
        cursor: FolderCursor,
        newest: Newest,
        noticed_at: Timestamp,
        all: bool,
    ) {
        let (messages, complete) = newest.into_messages();
        self.tell(Change::Snapshot(Box::new(Snapshot {
            folder: cursor.folder,
            uid_validity: cursor.uid_validity,
            messages,
            all: all && complete,
            noticed_at,
        })));
    }

    /// FETCH of flags that nobody asked for: a message's flags changed. Without its UID, only a look tells which.
    pub(super) fn told_flags(&mut self, fetch: Fetch, at: Moment) {
        let Some(folder) = self.selected.filter(|_| self.wants_all()) else {
            return;
        };
        let state = &mut self.folders[folder];
        state.mod_seq = state.mod_seq.max(fetch.mod_seq.unwrap_or(0));
        let (Some(cursor), Some(flags)) = (state.cursor(), fetch.flags) else {
            return;
        };
        match fetch.uid {
            Some(uid) if u64::from(uid) < cursor.uid_next => {
                let key = MessageKey {
                    folder: cursor.folder,
                    uid_validity: cursor.uid_validity,
                    uid,
                };
                self.tell(Change::Flags(Box::new(ChangedFlags {
                    key,
                    flags,
                    mod_seq: fetch.mod_seq,
                    noticed_at: at.now,
                })));
            }
            // It is read with its flags.
            Some(_) => {}
            None => self.may_have_changed(folder, at),
        }
    }
}

impl Changes {
    fn new(folder: usize, noticed_at: Timestamp, cursor: FolderCursor, look: Look) -> Self {
        Self {
            folder,
            noticed_at,
            end: cursor.uid_next,
            look,
        }
    }
}
