//! Which folders there are, and how they stand: LIST (RFC 9051, section 6.3.9), with STATUS in one go where the
//! server offers that (RFC 5819), else STATUS for each (section 6.3.11).
//!
//! A folder that has gone under its name may be there under another one: that is known by MAILBOXID (RFC 8474) or
//! OLDNAME (RFC 5465, section 5.4), so what is absent is told as deleted only when all that appeared is identified.

mod renamed;
mod selection;

use super::command::Kind;
use super::folder::{FolderState, Place};
use super::later::Later;
use super::{ImapFlow, Settings, limits, name};
use crate::wire::{self, Capability, Condition, Listing, MailboxAttribute, MailboxStatus};
use pushmail_domain::{FolderCursor, FolderId};
use pushmail_upstream::{Change, Moment, Output};
use selection::Selection;
use serde::{Deserialize, Serialize};

/// How many STATUS commands go out in one write.
const AT_ONCE: usize = 8;

/// The search for the account's folders.
#[derive(Serialize, Deserialize)]
pub(super) struct Survey {
    selection: Selection,
    /// Whether a folder found now is a new one, because the account's folders were found before.
    complete: bool,
    /// Whether to LIST.
    due: bool,
    /// Whether a folder that is absent was searched for under other names.
    hunted: bool,
    /// Whether the LIST under way is that search.
    hunting: bool,
    /// Where reading starts, for folders that had no cursor.
    baselines: Vec<FolderCursor>,
    /// How many folders of the selection are not watched, because they are too many.
    left_out: u32,
    /// What is to be told after the account went live.
    #[serde(skip)]
    pub(super) after_live: Option<Box<Later>>,
}

/// The folders to begin with, the main one first, and the cursors of all.
pub(super) fn begin(settings: &Settings) -> (Survey, Vec<FolderState>, Vec<FolderCursor>) {
    let selection = Selection::new(&settings.selection);
    let cursor_of = |id| {
        let mut cursors = settings.cursors.iter();
        cursors.find(|cursor| cursor.folder == id).copied()
    };
    let mut folders: Vec<FolderState> = Vec::new();
    for name in selection.names() {
        folders.push(FolderState::new(name.to_owned()));
    }
    for folder in &settings.folders {
        let state = FolderState::known(folder.clone(), cursor_of(folder.id));
        let place = folders
            .iter()
            .position(|at| name::same(&at.name, &folder.name));
        match place {
            Some(place) => folders[place] = state,
            None if settings.listed || selection.is_all() => folders.push(state),
            None => {}
        }
    }
    folders.truncate(limits::FOLDERS);
    folders.shrink_to_fit();
    let survey = Survey {
        due: selection.is_all(),
        selection,
        complete: settings.listed,
        hunted: false,
        hunting: false,
        baselines: Vec::new(),
        left_out: 0,
        after_live: None,
    };
    if survey.complete {
        let unknown = folders.iter_mut().filter(|state| state.id.is_none());
        unknown.for_each(|state| state.new = true);
    }
    let mut others = settings.cursors.clone();
    others.retain(|cursor| {
        !folders
            .iter()
            .any(|state| state.id == Some(cursor.folder) && state.cursor().is_some())
    });
    others.truncate(limits::FOLDERS);
    others.shrink_to_fit();
    (survey, folders, others)
}

impl Survey {
    /// What is told when every folder is known.
    pub(super) fn live(&mut self, folders: &mut [FolderState]) -> Change {
        let told = |state: &&FolderState| state.cursor().is_some() && !state.new;
        let missing = |state: &&FolderState| state.place == Place::Absent && state.id.is_none();
        let live = Change::Live {
            folders: folders
                .iter()
                .filter(told)
                .filter_map(FolderState::folder)
                .collect(),
            baselines: std::mem::take(&mut self.baselines),
            syncs: Vec::new(),
            missing: folders
                .iter()
                .filter(missing)
                .map(|state| state.name.clone())
                .collect(),
            left_out: self.left_out,
        };
        self.complete = true;
        live
    }

    /// Whether a folder found now is a new one.
    pub(super) const fn is_complete(&self) -> bool {
        self.complete
    }

    pub(super) fn add_baseline(&mut self, baseline: FolderCursor) {
        self.baselines.push(baseline);
    }
}

impl ImapFlow {
    /// Whether folders beyond the first are watched, or could come.
    pub(super) fn has_others(&self) -> bool {
        self.survey.selection.is_all() || self.folders.len() > 1
    }

    pub(super) fn selects_all(&self) -> bool {
        self.survey.selection.is_all()
    }

    /// Every folder beyond the first is to be looked at again.
    pub(super) fn survey_again(&mut self) {
        self.survey.due = self.survey.selection.is_all();
        for state in self.folders.iter_mut().skip(1) {
            state.asked = false;
            state.listed = false;
        }
    }

    /// Whether a folder is to be looked at.
    pub(super) fn is_surveying(&self) -> bool {
        let unasked = |state: &FolderState| !state.asked && state.place != Place::Gone;
        self.survey.due || self.folders.iter().skip(1).any(unasked)
    }

    pub(super) fn list_if_due(&mut self, at: Moment) -> bool {
        if !std::mem::take(&mut self.survey.due) {
            return false;
        }
        for state in &mut self.folders {
            state.listed = false;
        }
        let mut returns = Vec::new();
        if self.offers(Capability::ListStatus) {
            if self.offers(Capability::SpecialUse) {
                returns.push("SPECIAL-USE".to_owned());
            }
            returns.push(format!("STATUS ({})", self.status_items()));
        }
        let line = match returns.is_empty() {
            true => "LIST \"\" \"*\"".to_owned(),
            false => format!("LIST \"\" \"*\" RETURN ({})", returns.join(" ")),
        };
        self.command(&line, Kind::List, at);
        true
    }

    /// What STATUS is asked for. Not for MAILBOXID, which EXAMINE tells: Cyrus 3.6 writes random bytes in its place.
    pub(super) fn status_items(&self) -> &'static str {
        if self.wants_all() && self.offers(Capability::CondStore) {
            "MESSAGES UIDNEXT UIDVALIDITY HIGHESTMODSEQ"
        } else {
            "MESSAGES UIDNEXT UIDVALIDITY"
        }
    }

    /// LIST, asked for or sent by NOTIFY.
    pub(super) fn told_list(&mut self, listing: &Listing) {
        let names = [Some(&listing.name), listing.old_name.as_ref()];
        if names.into_iter().flatten().any(|name| is_too_long(name)) {
            self.survey.left_out = self.survey.left_out.saturating_add(1);
            return;
        }
        let called = name::decoded(&listing.name);
        let asked = self.outstanding(|kind| matches!(kind, Kind::List).then_some(()));
        let gone = listing.attributes.has(MailboxAttribute::NonExistent);
        if let Some(old_name) = &listing.old_name {
            return self.renamed(&name::decoded(old_name), called, listing);
        }
        if asked.is_none() && (gone || !listing.attributes.can_be_opened()) {
            return self.went(&called);
        }
        if listing.attributes.can_be_opened() {
            self.is_there(called, listing);
        }
    }

    /// A folder is there under this name.
    fn is_there(&mut self, called: String, listing: &Listing) {
        if let Some(folder) = self.position(&called) {
            let state = &mut self.folders[folder];
            state.listed = true;
            if state.place == Place::Absent && !self.survey.hunting {
                state.place = Place::Unknown;
                state.asked = false;
                state.new |= state.id.is_none();
            }
        } else if self.survey.selection.wants(&called, listing.attributes) {
            self.add_folder(called, false);
        } else if self.survey.hunting && self.offers(Capability::ObjectId) {
            self.add_folder(called, true);
        }
    }

    /// Adds a folder that was found; as a `candidate`, only to see whether it is an absent one.
    fn add_folder(&mut self, called: String, candidate: bool) {
        let fits = self.fits(called.len());
        // Not the place of one that is still open: what is read there is not the new folder's.
        let mut places = self.folders.iter().enumerate();
        let free = places
            .find(|(place, state)| state.place == Place::Gone && self.selected != Some(*place));
        let free = free.map(|(place, _)| place);
        let full = free.is_none() && self.folders.len() >= limits::FOLDERS;
        if full || !fits {
            if candidate {
                return;
            }
            self.survey.left_out = self.survey.left_out.saturating_add(1);
            return;
        }
        let state = FolderState {
            new: self.survey.is_complete(),
            listed: true,
            asked: candidate,
            candidate,
            ..FolderState::new(called)
        };
        match free {
            Some(free) => self.folders[free] = state,
            None => {
                // Room for a few more, not for twice as many.
                if self.folders.len() == self.folders.capacity() {
                    self.folders.reserve_exact(8);
                }
                self.folders.push(state);
            }
        }
    }

    /// Whether so many bytes of names more are not too many.
    fn fits(&self, more: usize) -> bool {
        let names: usize = self.folders.iter().map(|state| state.name.len()).sum();
        names + more <= limits::NAMES
    }

    /// The LIST is over: what it did not name is not there.
    pub(super) fn listed(&mut self, condition: Condition, at: Moment) {
        let hunting = std::mem::take(&mut self.survey.hunting);
        let refused = condition != Condition::Ok;
        if refused && !hunting {
            return;
        }
        for folder in 1..self.folders.len() {
            let state = &mut self.folders[folder];
            let doubtful = hunting && state.place == Place::Absent && state.id.is_some();
            // What is not there by a server that does not say what is may be there.
            if doubtful && (state.listed || refused) {
                self.leave_alone(folder, at);
            } else if !hunting && !state.listed && state.place != Place::Gone {
                state.place = Place::Absent;
                state.asked = true;
            }
        }
    }

    /// Asks for the STATUS of folders of which it is not known; `false` if there are none.
    pub(super) fn ask_status(&mut self, at: Moment) -> bool {
        let wanted: Vec<usize> = (1..self.folders.len())
            .filter(|folder| {
                let state = &self.folders[*folder];
                let open = self.selected == Some(*folder);
                !state.asked && !open && state.place != Place::Gone
            })
            .take(AT_ONCE)
            .collect();
        let items = self.status_items();
        let mut lines = Vec::new();
        for folder in wanted {
            let state = &mut self.folders[folder];
            state.asked = true;
            let mailbox = name::quoted(&name::modified_utf7(&state.name));
            let line = format!("STATUS {mailbox} ({items})");
            lines.extend(self.command_line(line.as_bytes(), Kind::Status(folder), at));
        }
        if lines.is_empty() {
            return false;
        }
        self.outputs.push_back(Output::Send(lines));
        true
    }

    pub(super) fn status_ended(&mut self, folder: usize, condition: Condition, at: Moment) {
        match condition {
            Condition::No if self.folders[folder].listed => self.leave_alone(folder, at),
            Condition::No if folder > 0 => self.folders[folder].place = Place::Absent,
            _ => {}
        }
    }

    /// STATUS, asked for or sent by NOTIFY.
    pub(super) fn told_status(&mut self, status: &MailboxStatus, at: Moment) {
        if is_too_long(&status.mailbox) {
            return;
        }
        if let Some(folder) = self.position(&name::decoded(&status.mailbox)) {
            self.folders[folder].asked = true;
            self.learn_status(folder, status, at);
        }
    }

    /// Makes sure that absent folders are gone, and searches for them under other names, once.
    pub(super) fn hunt(&mut self, at: Moment) -> bool {
        let lost = |state: &FolderState| state.place == Place::Absent && state.id.is_some();
        let wanted = !self.selects_all() && self.folders.iter().any(lost);
        if !wanted || std::mem::replace(&mut self.survey.hunted, true) {
            return false;
        }
        self.survey.hunting = true;
        self.command("LIST \"\" \"*\"", Kind::List, at);
        true
    }

    /// Whether the account knows the folder: it was told of it, or found it before.
    fn is_told(&self, folder: FolderId) -> bool {
        let mut baselines = self.survey.baselines.iter();
        self.live || baselines.all(|baseline| baseline.folder != folder)
    }

    /// What is absent now is gone.
    pub(super) fn settle_survey(&mut self) {
        self.survey.hunted = false;
        let all = self.selects_all();
        for place in 1..self.folders.len() {
            let state = &mut self.folders[place];
            if state.place != Place::Absent {
                continue;
            }
            let folder = state.folder();
            // A folder that is selected by its name is waited for.
            let named = !all || self.survey.selection.names().any(|name| name == state.name);
            let name = std::mem::take(&mut state.name);
            *state = FolderState::new(if named { name } else { String::new() });
            state.place = if named { Place::Absent } else { Place::Gone };
            state.asked = true;
            if let Some(folder) = folder {
                // One that comes again is a new one.
                self.cursors.retain(|cursor| cursor.folder != folder.id);
                if self.is_told(folder.id) {
                    self.tell(Change::FolderDeleted { folder });
                } else {
                    let baselines = &mut self.survey.baselines;
                    baselines.retain(|baseline| baseline.folder != folder.id);
                }
            }
        }
    }
}

/// Whether a name is cut: see [`wire::limits::NAME`].
const fn is_too_long(name: &[u8]) -> bool {
    name.len() > wire::limits::NAME
}
