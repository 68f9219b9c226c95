//! What is known of each watched folder.

use super::{ImapFlow, name};
use crate::wire::UidSet;
use pushmail_domain::{AccountId, Folder, FolderCursor, FolderId, Timestamp};
use pushmail_upstream::{Change, Moment, Vanished};
use serde::{Deserialize, Serialize};
use std::num::NonZeroU64;
use std::time::Duration;

/// What this connection knows of a folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Place {
    /// Nothing yet.
    Unknown,
    /// How it stands.
    There,
    /// The server has none of this name, or does not open it.
    Absent,
    /// It is watched no more; its place in the list may be taken by another.
    Gone,
}

/// A cursor without its folder, packed: there is one for every watched folder.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(super) struct Reached {
    uid_validity: u32,
    uid_next: NonZeroU64,
    mod_seq: u64,
    read_at: Timestamp,
    rebuilt_below: u64,
}

impl From<FolderCursor> for Reached {
    fn from(cursor: FolderCursor) -> Self {
        Self {
            uid_validity: cursor.uid_validity,
            uid_next: NonZeroU64::new(cursor.uid_next).unwrap_or(NonZeroU64::MIN),
            mod_seq: cursor.mod_seq,
            read_at: cursor.read_at,
            rebuilt_below: cursor.rebuilt_below,
        }
    }
}

/// A watched folder on this connection.
#[derive(Serialize, Deserialize)]
pub(super) struct FolderState {
    /// As UTF-8.
    pub(super) name: String,
    /// `None` until the server told what it is made of.
    pub(super) id: Option<FolderId>,
    /// How far it has been read; `None` before its baseline.
    pub(super) reached: Option<Reached>,
    pub(super) place: Place,
    /// Whether it appeared while the account was watched: all that it holds is new.
    pub(super) new: bool,
    /// Whether the LIST under way named it.
    pub(super) listed: bool,
    /// Whether STATUS was asked for, or came, on this connection.
    pub(super) asked: bool,
    /// Whether it is looked at only because it may be an absent folder under another name.
    pub(super) candidate: bool,
    /// How many messages it holds, as far as this connection was told; `None` if that is not known.
    pub(super) count: Option<u32>,
    /// Since when it may hold mail that was not read.
    pub(super) dirty: Option<Timestamp>,
    /// Since when flags or deletions may be untold.
    pub(super) changed: Option<Timestamp>,
    /// Before this, it is not looked at again.
    pub(super) not_before: Option<Duration>,
    /// How often in a row a read brought nothing of what was announced.
    pub(super) empty_reads: u8,
    /// Whether it is to be opened.
    pub(super) visit: bool,
    /// UIDNEXT up to which it was read on this connection.
    pub(super) read_to: u64,
    /// HIGHESTMODSEQ when it was opened last, or told since; 0 where there is none.
    pub(super) mod_seq: u64,
    /// Whether what `dirty` says came while the account was live.
    pub(super) fresh: bool,
    /// Whether its newest messages are to be looked at because nothing is known of them.
    pub(super) begins: bool,
    /// How much mail waits, as far as it was asked for.
    pub(super) backlog: Backlog,
    /// Its UIDVALIDITY changed: the new one, and the new UIDNEXT.
    pub(super) rebuilt: Option<Box<(u32, u64)>>,
}

/// How many ranges of deletions are remembered until the main folder is opened again.
const TOLD_GONE: usize = 32;

/// How much mail waits to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Backlog {
    /// Not much, or nothing.
    Small,
    /// It may be much: to be counted.
    Unknown,
    /// More than is announced as delivered.
    Bulk,
}

impl FolderState {
    pub(super) const fn new(name: String) -> Self {
        Self {
            name,
            id: None,
            reached: None,
            place: Place::Unknown,
            new: false,
            listed: false,
            asked: false,
            candidate: false,
            count: None,
            dirty: None,
            changed: None,
            not_before: None,
            empty_reads: 0,
            visit: false,
            read_to: 0,
            mod_seq: 0,
            fresh: false,
            begins: false,
            backlog: Backlog::Small,
            rebuilt: None,
        }
    }

    /// A folder that was found before, with how far it was read.
    pub(super) fn known(folder: Folder, cursor: Option<FolderCursor>) -> Self {
        Self {
            id: Some(folder.id),
            reached: cursor.map(Reached::from),
            ..Self::new(folder.name)
        }
    }

    /// How far it has been read; `None` before its baseline.
    pub(super) fn cursor(&self) -> Option<FolderCursor> {
        let reached = self.reached?;
        Some(FolderCursor {
            folder: self.id?,
            uid_validity: reached.uid_validity,
            uid_next: reached.uid_next.get(),
            mod_seq: reached.mod_seq,
            read_at: reached.read_at,
            rebuilt_below: reached.rebuilt_below,
        })
    }

    /// As the account knows it; `None` while the server has not told what its id is made of.
    pub(super) fn folder(&self) -> Option<Folder> {
        let id = self.id?;
        let name = self.name.clone();
        Some(Folder::new(id, name))
    }

    /// Its id: MAILBOXID (RFC 8474) where the server has it, else what it was given when it was first seen.
    pub(super) fn id_by(
        &self,
        account: AccountId,
        mailbox_id: Option<&str>,
        uid_validity: u32,
    ) -> FolderId {
        match (self.id, mailbox_id) {
            (Some(id), _) => id,
            (None, Some(mailbox_id)) => FolderId::of_mailbox_id(account, mailbox_id),
            (None, None) => FolderId::of_name(account, &self.name, uid_validity),
        }
    }

    /// Notes the folder's number of messages. More than known is new mail; fewer, without an EXPUNGE that
    /// explains it, may hide some.
    fn counted(&mut self, count: u32, at: Moment) {
        if self.count != Some(count) {
            self.may_hold_mail(at.now);
        }
        self.count = Some(count);
    }

    /// There may be unread mail.
    pub(super) fn may_hold_mail(&mut self, now: Timestamp) {
        self.dirty.get_or_insert(now);
        self.not_before = None;
        self.empty_reads = 0;
    }

    /// When it may be looked at, if something has to be done in it that has to wait.
    pub(super) fn delayed(&self) -> Option<Duration> {
        let wants = self.visit || self.dirty.is_some() || self.changed.is_some();
        self.not_before
            .filter(|_| wants && self.place == Place::There)
    }

    /// Whether something has to be done in it, and may be by now.
    pub(super) fn wants_visit(&self, at: Moment) -> bool {
        let wants =
            self.visit || self.dirty.is_some() || self.changed.is_some() || self.rebuilt.is_some();
        let may = self.not_before.is_none_or(|when| at.elapsed >= when);
        self.place == Place::There && wants && may
    }
}

impl ImapFlow {
    /// The folder of this name, as UTF-8.
    pub(super) fn position(&self, called: &str) -> Option<usize> {
        self.folders
            .iter()
            .position(|state| state.place != Place::Gone && name::same(&state.name, called))
    }

    /// The folder with this id.
    pub(super) fn position_of(&self, id: FolderId) -> Option<usize> {
        self.folders
            .iter()
            .position(|state| state.place != Place::Gone && state.id == Some(id))
    }

    /// EXISTS, wherever it appears. While a folder is being opened it is about that one.
    pub(super) fn exists(&mut self, count: u32, at: Moment) {
        if let Some(opening) = self.opening() {
            opening.exists(count, at.now);
        } else if let Some(folder) = self.selected {
            let state = &mut self.folders[folder];
            let before = state.count;
            state.counted(count, at);
            state.fresh |= self.live;
            self.probe_found(before.is_some_and(|before| count > before));
        }
    }

    /// EXPUNGE: one message less, and those after it move down. Which one it was, only a look tells.
    pub(super) fn expunged(&mut self, sequence: u32, at: Moment) {
        if self.opening().is_some() {
            return;
        }
        if let Some(folder) = self.selected {
            let count = &mut self.folders[folder].count;
            *count = count.and_then(|count| count.checked_sub(1));
            self.may_have_changed(folder, at);
        }
        if let Some(read) = self.reading() {
            read.expunged(sequence);
        }
    }

    /// VANISHED (RFC 7162, section 3.2.10). How many are left is not said, so the next EXISTS is read for.
    pub(super) fn vanished(&mut self, earlier: bool, uids: &UidSet, at: Moment) {
        if let Some(opening) = self.opening() {
            return opening.vanished(uids);
        }
        let Some(folder) = self.selected.filter(|_| !earlier) else {
            return;
        };
        self.folders[folder].count = None;
        if let Some(read) = self.reading() {
            read.vanished();
        }
        if let Some(cursor) = self.folders[folder].cursor()
            && self.wants_all()
        {
            self.tell_vanished(cursor, uids, at.now);
        }
    }

    /// Tells deletions one by one, unless they are too many.
    pub(super) fn tell_vanished(
        &mut self,
        cursor: FolderCursor,
        uids: &UidSet,
        noticed_at: Timestamp,
    ) {
        let count = uids.count_below(cursor.uid_next);
        let folder = cursor.folder;
        if count > super::limits::CHANGES as u64 || uids.is_truncated() {
            self.tell(Change::Resync { folder, noticed_at });
        } else if count > 0 {
            let uids = uids.below(cursor.uid_next);
            if self.folders[0].id == Some(folder) {
                let room = TOLD_GONE.saturating_sub(self.told_gone.len());
                self.told_gone.extend(uids.iter().take(room));
            }
            self.tell(Change::Vanished(Box::new(Vanished {
                folder,
                uid_validity: cursor.uid_validity,
                uids,
                noticed_at,
            })));
        }
    }

    /// Flags or deletions may be untold.
    pub(super) fn may_have_changed(&mut self, folder: usize, at: Moment) {
        if self.wants_all() {
            self.folders[folder].changed.get_or_insert(at.now);
        }
    }

    /// The next folder of which nothing is known and that only EXAMINE can tell about.
    pub(super) fn next_unknown(&self) -> Option<usize> {
        self.folders
            .iter()
            .rposition(|state| state.place == Place::Unknown)
    }

    /// The next folder to visit, the main one last; then back to that.
    pub(super) fn next_visit(&self, at: Moment) -> Option<usize> {
        let due = self.folders.iter().enumerate().rev();
        let mut due = due.filter(|(folder, state)| {
            let open = self.selected == Some(*folder);
            state.wants_visit(at) && (!open || state.visit)
        });
        due.next()
            .map(|(folder, _)| folder)
            .or_else(|| (self.selected != Some(0)).then_some(0))
    }
}
