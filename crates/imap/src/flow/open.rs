//! Opening folders: EXAMINE (RFC 9051, section 6.3.3; RFC 7162, section 3.2.5), baselines, and what was missed.

use super::command::Kind;
use super::folder::{Backlog, Place, Reached};
use super::gather::Gathered;
use super::outputs::Queued;
use super::{ImapFlow, fault, limits, name};
use crate::wire::{Capability, Code, Condition, Fetch, MailboxStatus, StatusText, UidSet};
use pushmail_domain::{FaultKind, FolderCursor, Timestamp};
use pushmail_upstream::{Change, Moment};
use std::time::Duration;

/// How long a folder is left alone that the server names but does not open.
const LEFT_ALONE: Duration = Duration::from_secs(10 * 60);

/// What came for an EXAMINE so far.
pub(super) struct Opening {
    folder: usize,
    uid_validity: Option<u32>,
    uid_next: Option<u64>,
    count: Option<u32>,
    mod_seq: Option<u64>,
    mailbox_id: Option<String>,
    /// When the number of messages grew while the folder was being opened.
    grew: Option<Timestamp>,
    /// UIDs from here on are not known yet.
    end: u64,
    /// Whether the server was asked for what changed (QRESYNC).
    resyncs: bool,
    gathered: Gathered,
}

/// What came for `UID FETCH * (UID)`, which finds the highest UID where UIDNEXT is missing.
pub(super) struct Highest {
    folder: usize,
    stands: Stands,
    uid: Option<u32>,
}

/// How a folder stands at the server.
#[derive(Debug, Clone, Default)]
pub(super) struct Stands {
    uid_validity: u32,
    count: Option<u32>,
    mod_seq: Option<u64>,
    mailbox_id: Option<String>,
}

impl Opening {
    fn new(folder: usize, cursor: Option<FolderCursor>, resyncs: bool) -> Self {
        Self {
            folder,
            uid_validity: None,
            uid_next: None,
            count: None,
            mod_seq: None,
            mailbox_id: None,
            grew: None,
            end: cursor.map_or(0, |cursor| cursor.uid_next),
            resyncs,
            gathered: Gathered::default(),
        }
    }

    /// EXISTS: the first one counts the folder; a change after that is mail that came meanwhile.
    pub(super) fn exists(&mut self, count: u32, now: Timestamp) {
        if self.count.is_some_and(|known| known != count) {
            self.grew.get_or_insert(now);
        }
        self.count = Some(count);
    }

    /// VANISHED (EARLIER).
    pub(super) fn vanished(&mut self, uids: &UidSet) {
        if self.resyncs {
            self.gathered.vanished(uids, self.end);
        }
    }

    /// The flags of a message that changed.
    pub(super) fn fetched(&mut self, fetch: &Fetch) {
        if self.resyncs {
            self.gathered.fetched(fetch, self.end);
        }
    }

    pub(super) const fn folder(&self) -> usize {
        self.folder
    }

    /// Whether the account can do without the folder: it cannot without the main one.
    pub(super) const fn may_fail(&self) -> bool {
        self.folder != 0
    }

    fn code(&mut self, code: &Code) {
        match code {
            Code::UidValidity(value) => self.uid_validity = Some(*value),
            Code::UidNext(value) => self.uid_next = Some(*value),
            Code::HighestModSeq(value) => self.mod_seq = Some(*value),
            Code::NoModSeq => self.mod_seq = None,
            Code::MailboxId(id) => self.mailbox_id = Some(id.clone()),
            // What came before is about the folder that was open.
            Code::Closed => {
                *self = Self {
                    end: self.end,
                    ..Self::new(self.folder, None, self.resyncs)
                }
            }
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
    pub(super) fn open_main(&mut self, at: Moment) -> bool {
        let unopened = !self.live && self.selected.is_none();
        if unopened {
            self.examine(0, at);
        }
        unopened
    }

    pub(super) fn examine(&mut self, folder: usize, at: Moment) {
        let line = self.examine_line(folder, at);
        self.outputs
            .push_back(pushmail_upstream::Output::Send(line));
    }

    /// The command that opens the folder, noted as sent. Where QRESYNC is enabled and the folder was read, it also
    /// asks for what changed since.
    pub(super) fn examine_line(&mut self, folder: usize, at: Moment) -> Vec<u8> {
        let state = &mut self.folders[folder];
        state.visit = false;
        let mailbox = name::quoted(&name::modified_utf7(&state.name));
        let cursor = state.cursor().filter(|_| self.events_all_resync());
        let state = &self.folders[folder];
        let known = cursor.filter(|cursor| cursor.mod_seq > 0 && cursor.uid_next > 1);
        let parameter = match known {
            Some(cursor) => format!(
                " (QRESYNC ({} {} 1:{}))",
                cursor.uid_validity,
                cursor.mod_seq,
                cursor.uid_next - 1
            ),
            None if self.wants_all()
                && self.qresync != Some(true)
                && self.offers(Capability::CondStore) =>
            {
                " (CONDSTORE)".to_owned()
            }
            None => String::new(),
        };
        let opening = Opening::new(folder, state.cursor(), known.is_some());
        let verb = if self.quirks.selects {
            "SELECT"
        } else {
            "EXAMINE"
        };
        let line = format!("{verb} {mailbox}{parameter}");
        self.command_line(line.as_bytes(), Kind::Examine(Box::new(opening)), at)
    }

    fn events_all_resync(&self) -> bool {
        self.wants_all() && self.qresync == Some(true)
    }

    /// The EXAMINE that waits for its answer.
    pub(super) fn opening(&mut self) -> Option<&mut Opening> {
        self.outstanding(|kind| match kind {
            Kind::Examine(opening) => Some(&mut **opening),
            _ => None,
        })
    }

    /// A response code about the folder being opened, or the one that is open.
    pub(super) fn noted_code(&mut self, code: &Code, at: Moment) {
        if let Code::NotificationOverflow = code {
            return self.notify_overflowed(at);
        }
        if let Some(opening) = self.opening() {
            return opening.code(code);
        }
        let Some(folder) = self.selected else {
            return;
        };
        let all = self.wants_all();
        let state = &mut self.folders[folder];
        match (code, state.cursor()) {
            (Code::UidValidity(value), Some(cursor)) if *value != cursor.uid_validity => {
                // Only a new connection can begin anew.
                self.fail(
                    FaultKind::Closed,
                    "a folder was made anew at the server; connecting again",
                );
            }
            // Dovecot sends it behind VANISHED.
            (Code::HighestModSeq(value), _) if all && state.mod_seq > 0 => {
                state.mod_seq = state.mod_seq.max(*value);
            }
            _ => {}
        }
    }

    pub(super) fn examined(
        &mut self,
        mut opening: Opening,
        condition: Condition,
        text: StatusText,
        at: Moment,
    ) {
        if condition != Condition::Ok {
            return self.not_opened(opening.folder, &text, at);
        }
        if let Some(code) = &text.code {
            opening.code(code);
        }
        let Some(uid_validity) = opening.uid_validity else {
            let name = fault::printable(&self.folders[opening.folder].name);
            let message = format!("the server gave no valid UIDVALIDITY for the folder \"{name}\"");
            return self.fail(FaultKind::Protocol, &message);
        };
        self.selected = Some(opening.folder);
        self.tell_gathered(&mut opening, uid_validity, at);
        let state = &mut self.folders[opening.folder];
        if let Some(noticed) = opening.grew {
            state.may_hold_mail(noticed);
        }
        let stands = Stands {
            uid_validity,
            count: opening.count,
            mod_seq: opening.mod_seq,
            mailbox_id: opening.mailbox_id,
        };
        match (opening.uid_next, opening.count) {
            (Some(uid_next), _) => self.opened(opening.folder, &stands, uid_next, at),
            (None, Some(0)) => self.opened(opening.folder, &stands, 1, at),
            (None, _) => {
                let highest = Highest {
                    folder: opening.folder,
                    stands,
                    uid: None,
                };
                self.command("UID FETCH * (UID)", Kind::Highest(highest), at);
            }
        }
    }

    /// Tells what QRESYNC brought, or notes that it has to be asked for otherwise.
    fn tell_gathered(&mut self, opening: &mut Opening, uid_validity: u32, at: Moment) {
        let gathered = std::mem::take(&mut opening.gathered);
        let state = &self.folders[opening.folder];
        let Some(cursor) = state
            .cursor()
            .filter(|cursor| cursor.uid_validity == uid_validity)
        else {
            return;
        };
        if opening.resyncs && opening.mod_seq.is_some() {
            let told = match opening.folder {
                0 => std::mem::take(&mut self.told_gone),
                _ => Vec::new(),
            };
            let told = gathered.without(&told).into_told(cursor, at.now);
            let state = &mut self.folders[opening.folder];
            state.changed = state.changed.filter(|_| state.begins);
            return self.tell_queued(Queued::Told(Box::new(told)));
        }
        let first = state.mod_seq == 0 && state.count.is_none();
        let moved = opening
            .mod_seq
            .is_none_or(|mod_seq| mod_seq > cursor.mod_seq);
        if first || moved {
            self.may_have_changed(opening.folder, at);
        }
    }

    /// The server did not open the folder.
    fn not_opened(&mut self, folder: usize, text: &StatusText, at: Moment) {
        self.selected = None;
        let state = &mut self.folders[folder];
        let absent = text.code == Some(Code::NonExistent) || state.cursor().is_none();
        if absent && !state.listed {
            state.place = Place::Absent;
        } else {
            self.leave_alone(folder, at);
        }
    }

    /// Leaves a folder alone for a while: the server names it, and does not say more about it.
    pub(super) fn leave_alone(&mut self, folder: usize, at: Moment) {
        let state = &mut self.folders[folder];
        state.not_before = Some(at.elapsed + LEFT_ALONE);
        match state.cursor() {
            Some(_) => {
                state.place = Place::There;
                state.visit = true;
            }
            None => state.place = Place::Absent,
        }
    }

    pub(super) fn found_highest(&mut self, highest: &Highest, at: Moment) {
        match highest.uid {
            Some(uid) => {
                let uid_next = u64::from(uid) + 1;
                self.opened(highest.folder, &highest.stands, uid_next, at);
            }
            None => {
                let message = "the server gives neither UIDNEXT nor the UID of the last message";
                self.fail(FaultKind::Protocol, message);
            }
        }
    }

    /// The folder is open, and all is known that the server says of it.
    fn opened(&mut self, folder: usize, stands: &Stands, uid_next: u64, at: Moment) {
        let Some(known) = self.identify(folder, stands, uid_next, at) else {
            return;
        };
        if known != folder && self.wants_all() {
            // It was opened as one of which nothing is known. Opened again, it tells what changed since it was read.
            return self.examine(known, at);
        }
        let folder = known;
        self.selected = Some(folder);
        let (live, all) = (self.live, self.wants_all());
        let state = &mut self.folders[folder];
        state.place = Place::There;
        let more = stands.count > state.count && state.count.is_some();
        state.count = stands.count;
        state.mod_seq = stands.mod_seq.filter(|_| all).unwrap_or(0);
        let Some(cursor) = state.cursor() else {
            return;
        };
        if cursor.uid_validity != stands.uid_validity {
            state.rebuilt = Some(Box::new((stands.uid_validity, uid_next)));
            return;
        }
        if more || uid_next > cursor.uid_next.max(state.read_to) {
            state.fresh |= live;
            state.dirty.get_or_insert(at.now);
        }
        state.read_to = uid_next;
        if uid_next.saturating_sub(cursor.uid_next) > limits::CHANGES as u64 {
            state.backlog = Backlog::Unknown;
        }
    }

    /// STATUS of a folder that is not being opened.
    pub(super) fn learn_status(&mut self, folder: usize, status: &MailboxStatus, at: Moment) {
        let by_opening = self.offers(Capability::ObjectId);
        let state = &mut self.folders[folder];
        if state.place == Place::Absent && state.id.is_none() {
            state.place = Place::Unknown;
            state.new = self.survey.is_complete();
        }
        if state.id.is_none() && by_opening {
            return;
        }
        let (Some(uid_validity), Some(uid_next)) = (
            status
                .uid_validity
                .or_else(|| state.cursor().map(|cursor| cursor.uid_validity)),
            status.uid_next,
        ) else {
            // Not enough: the folder is opened to know, unless nothing seems to have happened.
            let same = status.messages.is_some() && status.messages == state.count;
            state.visit |= !same && state.place != Place::Unknown;
            return;
        };
        let stands = Stands {
            uid_validity,
            count: status.messages,
            mod_seq: status.highest_mod_seq,
            mailbox_id: None,
        };
        let Some(folder) = self.identify(folder, &stands, uid_next, at) else {
            return;
        };
        self.compare_status(folder, &stands, uid_next, at);
    }

    fn compare_status(&mut self, folder: usize, stands: &Stands, uid_next: u64, at: Moment) {
        let (live, all) = (self.live, self.wants_all());
        let open = self.selected == Some(folder);
        let state = &mut self.folders[folder];
        state.place = Place::There;
        let Some(cursor) = state.cursor() else {
            return;
        };
        if cursor.uid_validity != stands.uid_validity {
            state.visit = true;
            return;
        }
        if uid_next > cursor.uid_next.max(state.read_to) {
            state.fresh |= live;
            state.dirty.get_or_insert(at.now);
        }
        if open {
            return;
        }
        let changed = match stands.mod_seq.filter(|mod_seq| *mod_seq > 0) {
            Some(mod_seq) => mod_seq > cursor.mod_seq.max(state.mod_seq),
            None => stands.count != state.count,
        };
        if all && changed {
            state.changed.get_or_insert(at.now);
        }
        state.count = stands.count;
    }

    /// Gives a folder that is seen for the first time its id, and its cursor. `None` if it is not watched by itself:
    /// else its place among the folders, which is another one if it is a known folder under a new name.
    fn identify(
        &mut self,
        folder: usize,
        stands: &Stands,
        uid_next: u64,
        at: Moment,
    ) -> Option<usize> {
        let state = &self.folders[folder];
        if state.id.is_some() && state.cursor().is_some() {
            return Some(folder);
        }
        let mailbox_id = stands.mailbox_id.as_deref();
        let id = state.id_by(self.account, mailbox_id, stands.uid_validity);
        if state.id.is_none()
            && let Some(known) = self.position_of(id)
        {
            return self.same_as(known, folder);
        }
        if state.candidate {
            self.folders[folder].place = Place::Gone;
            return None;
        }
        let cursors = &self.cursors;
        let cursor = cursors.iter().find(|cursor| cursor.folder == id).copied();
        let state = &mut self.folders[folder];
        state.id = Some(id);
        state.place = Place::There;
        if cursor.is_some() {
            state.new = false;
            state.reached = cursor.map(Reached::from);
            return Some(folder);
        }
        self.set_baseline(folder, stands, uid_next, at);
        Some(folder)
    }

    /// A folder that was found has the id of a known one: that one under a new name, unless it is there under its own.
    fn same_as(&mut self, known: usize, found: usize) -> Option<usize> {
        let state = &mut self.folders[found];
        state.place = Place::Gone;
        let called = std::mem::take(&mut state.name);
        let there = self.folders[known].listed && self.folders[known].place != Place::Absent;
        if there {
            return None;
        }
        self.rename(known, called);
        Some(known)
    }

    /// Reading starts behind what the folder holds now; if it is new, with all that it holds.
    fn set_baseline(&mut self, folder: usize, stands: &Stands, uid_next: u64, at: Moment) {
        let all = self.wants_all();
        let state = &mut self.folders[folder];
        let Some(id) = state.id else {
            return;
        };
        let start = if state.new { 1 } else { uid_next };
        let cursor = FolderCursor {
            read_at: at.now,
            mod_seq: stands.mod_seq.filter(|_| all).unwrap_or(0),
            ..FolderCursor::starting(id, stands.uid_validity, start)
        };
        state.reached = Some(Reached::from(cursor));
        if !state.new {
            state.read_to = uid_next;
            state.begins = all;
            if all {
                state.changed.get_or_insert(at.now);
            }
            return self.survey.add_baseline(cursor);
        }
        state.fresh = true;
        if let Some(folder) = state.folder() {
            self.tell(Change::FolderCreated { folder, cursor });
        }
    }
}
