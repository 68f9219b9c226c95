//! Opening folders: EXAMINE (RFC 9051, section 6.3.3), baselines, and what was missed.

use super::command::Kind;
use super::{ImapFlow, fault, name};
use crate::wire::{Code, Fetch, StatusText};
use pushmail_domain::{FaultKind, FolderCursor, Timestamp};
use pushmail_upstream::Moment;

/// What came for an EXAMINE so far.
pub(super) struct Opening {
    pub(super) folder: usize,
    uid_validity: Option<u32>,
    uid_next: Option<u64>,
    count: Option<u32>,
    /// When the number of messages grew while the folder was being opened.
    grew: Option<Timestamp>,
}

/// What came for `UID FETCH * (UID)`, which finds the highest UID where UIDNEXT is missing.
pub(super) struct Highest {
    folder: usize,
    uid_validity: u32,
    uid: Option<u32>,
}

impl Opening {
    const fn new(folder: usize) -> Self {
        Self {
            folder,
            uid_validity: None,
            uid_next: None,
            count: None,
            grew: None,
        }
    }

    /// EXISTS: the first one counts the folder; a change after that is mail that came meanwhile.
    pub(super) fn exists(&mut self, count: u32, now: Timestamp) {
        if self.count.is_some_and(|known| known != count) {
            self.grew.get_or_insert(now);
        }
        self.count = Some(count);
    }

    fn code(&mut self, code: &Code) {
        match code {
            Code::UidValidity(value) => self.uid_validity = Some(*value),
            Code::UidNext(value) => self.uid_next = Some(*value),
            Code::Closed => *self = Self::new(self.folder),
            _ => {}
        }
    }
}

impl Highest {
    pub(super) fn fetched(&mut self, fetch: &Fetch) {
        self.uid = self.uid.max(fetch.uid);
    }
}

impl ImapFlow {
    pub(super) fn examine(&mut self, folder: usize, at: Moment) {
        self.folders[folder].due = false;
        let mailbox = name::quoted(&name::modified_utf7(&self.folders[folder].folder.name));
        let opening = Kind::Examine(Opening::new(folder));
        self.command(&format!("EXAMINE {mailbox}"), opening, at);
    }

    /// The EXAMINE that waits for its answer.
    pub(super) fn opening(&mut self) -> Option<&mut Opening> {
        self.pending
            .iter_mut()
            .find_map(|pending| match &mut pending.kind {
                Kind::Examine(opening) => Some(opening),
                _ => None,
            })
    }

    /// A response code about the folder being opened, or the one that is open.
    pub(super) fn noted_code(&mut self, code: &Code) {
        if let Some(opening) = self.opening() {
            return opening.code(code);
        }
        let cursor = self.selected.and_then(|folder| self.folders[folder].cursor);
        if let (Code::UidValidity(value), Some(cursor)) = (code, cursor)
            && *value != cursor.uid_validity
        {
            self.recreated();
        }
    }

    /// UIDVALIDITY changed while the account is live: only a new connection can begin anew.
    fn recreated(&mut self) {
        self.fail(
            FaultKind::Closed,
            "a folder was made anew at the server; connecting again",
        );
    }

    pub(super) fn examined(&mut self, mut opening: Opening, text: StatusText, at: Moment) {
        if let Some(code) = &text.code {
            opening.code(code);
        }
        let Some(uid_validity) = opening.uid_validity else {
            let name = fault::printable(&self.folders[opening.folder].folder.name);
            let message = format!("the server gave no valid UIDVALIDITY for the folder \"{name}\"");
            return self.fail(FaultKind::Protocol, &message);
        };
        self.selected = Some(opening.folder);
        let state = &mut self.folders[opening.folder];
        let more = opening.count > state.count && state.opened;
        state.opened = true;
        state.count = opening.count;
        if let Some(noticed) = opening.grew.or(more.then_some(at.now)) {
            state.dirty.get_or_insert(noticed);
        }
        match (opening.uid_next, opening.count) {
            (Some(uid_next), _) => self.settle(opening.folder, uid_validity, uid_next, at),
            (None, Some(0)) => self.settle(opening.folder, uid_validity, 1, at),
            (None, _) => {
                let highest = Highest {
                    folder: opening.folder,
                    uid_validity,
                    uid: None,
                };
                self.command("UID FETCH * (UID)", Kind::Highest(highest), at);
            }
        }
    }

    pub(super) fn found_highest(&mut self, highest: &Highest, at: Moment) {
        match highest.uid {
            Some(uid) => {
                self.settle(highest.folder, highest.uid_validity, u64::from(uid) + 1, at);
            }
            None => {
                let message = "the server gives neither UIDNEXT nor the UID of the last message";
                self.fail(FaultKind::Protocol, message);
            }
        }
    }

    /// Compares what the server has with what was read; sets the baseline of a folder never read.
    fn settle(&mut self, folder: usize, uid_validity: u32, uid_next: u64, at: Moment) {
        let state = &mut self.folders[folder];
        if let Some(cursor) = state.cursor
            && cursor.uid_validity == uid_validity
        {
            if uid_next > cursor.uid_next {
                state.dirty.get_or_insert(at.now);
            }
            return;
        }
        if self.live {
            return self.recreated();
        }
        let baseline = FolderCursor::starting(state.folder.id, uid_validity, uid_next);
        match state.cursor.replace(baseline) {
            Some(before) => self.reset.push(FolderCursor {
                read_at: before.read_at,
                ..baseline
            }),
            None => self.baselines.push(baseline),
        }
    }
}
