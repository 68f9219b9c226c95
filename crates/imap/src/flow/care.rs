//! Messages that cannot be read: each is asked for by itself, after pauses, then without its text; the third failure
//! passes it, so that one poisoned message never holds up those behind it.

use super::command::Kind;
use super::folder::FolderState;
use super::hold::Hold;
use super::read::Read;
use super::{ImapFlow, Suspect};
use crate::wire::{Condition, Fetch};
use pushmail_upstream::{Moment, Output};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// From so many failures on, a message is announced without its text.
const WITHOUT_TEXT: u8 = 3;
/// From so many on, without asking for anything of it.
const WITHOUT_ALL: u8 = 5;
/// The pause after the second failure; each further one is twice as long.
const PAUSE: Duration = Duration::from_secs(1);

/// The message that is read with care.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(super) struct Care {
    folder: usize,
    /// It is the first one at or above this UID.
    from: u64,
    /// Its UID, once known.
    uid: Option<u32>,
    failures: u8,
}

/// What came for the search of the lowest UID from one on.
pub(super) struct Lowest {
    folder: usize,
    from: u64,
    uid: Option<u32>,
}

impl Lowest {
    pub(super) fn fetched(&mut self, fetch: &Fetch) {
        if let Some(uid) = fetch.uid.filter(|uid| u64::from(*uid) >= self.from) {
            self.uid = Some(self.uid.map_or(uid, |lowest| lowest.min(uid)));
        }
    }
}

impl Care {
    /// The care that an earlier connection's failure asks for.
    pub(super) fn of(suspect: Option<Suspect>, folders: &[FolderState]) -> Option<Self> {
        let suspect = suspect?;
        let folder = folders
            .iter()
            .position(|state| state.id == Some(suspect.folder))?;
        Some(Self {
            folder,
            from: suspect.uid_next,
            uid: None,
            failures: suspect.failures,
        })
    }
}

impl ImapFlow {
    /// Whether the message that comes next in the folder is read with care.
    pub(super) fn takes_care(&self, folder: usize) -> bool {
        let next = self.folders[folder].cursor().map(|cursor| cursor.uid_next);
        self.care
            .is_some_and(|care| care.folder == folder && Some(care.from) == next)
    }

    /// The next step of reading one message with care, noted as sent; `None` if the message is passed at once.
    pub(super) fn care_line(&mut self, folder: usize, at: Moment) -> Option<Vec<u8>> {
        let care = self.care?;
        let Some(uid) = care.uid else {
            let lowest = Lowest {
                folder,
                from: care.from,
                uid: None,
            };
            let line = format!("UID FETCH {}:* (UID)", care.from);
            return Some(self.command_line(line.as_bytes(), Kind::Lowest(lowest), at));
        };
        let noticed_at = self.folders[folder].dirty.unwrap_or(at.now);
        if care.failures >= WITHOUT_ALL {
            let fetch = Fetch {
                uid: Some(uid),
                ..Fetch::default()
            };
            let fresh = self.folders[folder].fresh;
            self.announce_unreadable(folder, uid, fetch, (noticed_at, fresh), at);
            self.care = None;
            return None;
        }
        let with_text = care.failures < WITHOUT_TEXT;
        let items = match with_text {
            true => self.items(),
            false => "UID FLAGS INTERNALDATE RFC822.SIZE",
        };
        let line = format!("UID FETCH {uid} ({items})");
        let hold = Hold::new(u64::from(uid), with_text && self.wants_text());
        let read = Read::single(
            folder,
            noticed_at,
            self.folders[folder].fresh,
            hold,
            !with_text,
        );
        Some(self.command_line(line.as_bytes(), Kind::Read(Box::new(read)), at))
    }

    /// The lowest UID is known: the message that needs care is that, or has vanished.
    pub(super) fn found_lowest(&mut self, lowest: &Lowest, condition: Condition, at: Moment) {
        let folder = lowest.folder;
        match (lowest.uid, &mut self.care) {
            (Some(uid), Some(care)) => care.uid = Some(uid),
            _ if condition == Condition::Ok => {
                self.care = None;
                self.folders[folder].dirty = None;
            }
            _ => self.failed_to_read(folder, at),
        }
    }

    /// Reading failed at the folder's next message: it is tried again after a pause, with care.
    pub(super) fn failed_to_read(&mut self, folder: usize, at: Moment) {
        let Some(from) = self.folders[folder].cursor().map(|cursor| cursor.uid_next) else {
            return;
        };
        let same = self
            .care
            .filter(|care| care.folder == folder && care.from == from);
        let failures = same.map_or(0, |care| care.failures).saturating_add(1);
        self.care = Some(Care {
            folder,
            from,
            uid: same.and_then(|care| care.uid),
            failures,
        });
        let pause = PAUSE * (1 << u32::from(failures.saturating_sub(2)).min(3));
        let state = &mut self.folders[folder];
        state.dirty.get_or_insert(at.now);
        state.not_before = (failures > 1).then_some(at.elapsed + pause);
    }

    /// The message did not come although the server had it: it may have vanished.
    pub(super) fn did_not_come(&mut self, folder: usize, at: Moment) {
        self.failed_to_read(folder, at);
        if let Some(care) = &mut self.care {
            care.uid = None;
        }
    }

    /// The message was announced.
    pub(super) const fn taken_care_of(&mut self) {
        self.care = None;
    }

    /// A conversation that ends while it reads mail: the next one reads the first unread message with care.
    pub(super) fn note_suspect(&mut self) {
        let Some(folder) = self.reading().map(|read| read.folder()) else {
            return;
        };
        let Some(from) = self.folders[folder].cursor().map(|cursor| cursor.uid_next) else {
            return;
        };
        let same = self
            .care
            .filter(|care| care.folder == folder && care.from == from);
        self.care = Some(Care {
            folder,
            from,
            uid: None,
            failures: same.map_or(0, |care| care.failures).saturating_add(1),
        });
    }

    pub(super) fn suspect(&self) -> Option<Suspect> {
        let care = self.care?;
        Some(Suspect {
            folder: self.folders.get(care.folder)?.id?,
            uid_next: care.from,
            failures: care.failures,
        })
    }

    /// Sends the next step of careful reading.
    pub(super) fn read_with_care(&mut self, folder: usize, at: Moment) {
        match self.care_line(folder, at) {
            Some(line) => self.outputs.push_back(Output::Send(line)),
            None => self.advance(at),
        }
    }
}
