//! Folders that go, or get another name.

use super::super::ImapFlow;
use super::super::folder::Place;
use crate::wire::{self, Listing};
use pushmail_domain::FaultKind;
use pushmail_upstream::Change;

impl ImapFlow {
    /// The server says that a folder of this name is no more.
    pub(super) fn went(&mut self, called: &str) {
        if let Some(folder) = self.position(called) {
            self.went_from(folder);
        }
    }

    fn went_from(&mut self, folder: usize) {
        if folder == 0 {
            return self.fail(
                FaultKind::Closed,
                "the main folder is gone; connecting again",
            );
        }
        self.folders[folder].place = Place::Absent;
    }

    /// The server says that a folder has another name: so have those below it.
    pub(super) fn renamed(&mut self, old_name: &str, called: String, listing: &Listing) {
        if self.position(old_name).is_none() && listing.attributes.can_be_opened() {
            self.is_there(called, listing);
            return;
        }
        for folder in 0..self.folders.len() {
            let state = &self.folders[folder];
            let Some(below) = state.name.strip_prefix(old_name) else {
                continue;
            };
            if state.place != Place::Gone && (below.is_empty() || is_below(below)) {
                let now_called = format!("{called}{below}");
                self.rename(folder, now_called);
            }
        }
    }

    /// A watched folder has another name; its id and cursor stay.
    pub(in super::super) fn rename(&mut self, folder: usize, called: String) {
        let longer = called.len().saturating_sub(self.folders[folder].name.len());
        if called.len() > wire::limits::NAME || !self.fits(longer) {
            self.survey.left_out = self.survey.left_out.saturating_add(1);
            return self.went_from(folder);
        }
        if let Some(other) = self.position(&called).filter(|other| *other != folder) {
            self.went_from(other);
        }
        let state = &mut self.folders[folder];
        let old_name = std::mem::replace(&mut state.name, called);
        if state.place == Place::Absent {
            state.place = Place::There;
        }
        state.listed = true;
        state.asked = true;
        let known = state.folder().filter(|_| state.cursor().is_some());
        if let Some(folder) = known.filter(|folder| self.is_told(folder.id)) {
            self.tell(Change::FolderRenamed { folder, old_name });
        }
    }
}

/// Whether what follows a folder's name makes the name of one below it: it begins with a separator.
fn is_below(rest: &str) -> bool {
    rest.starts_with(['/', '.', '\\'])
}
