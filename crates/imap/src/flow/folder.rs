//! What is known of each watched folder.

use super::ImapFlow;
use pushmail_domain::{Folder, FolderCursor, Timestamp};
use pushmail_upstream::Moment;

/// A watched folder on this connection.
pub(super) struct FolderState {
    pub(super) folder: Folder,
    /// How far it has been read; `None` before its baseline.
    pub(super) cursor: Option<FolderCursor>,
    /// Whether it was opened on this connection.
    pub(super) opened: bool,
    /// How many messages it holds, as far as this connection was told; `None` if that is not known.
    pub(super) count: Option<u32>,
    /// Since when it may hold mail that was not read.
    pub(super) dirty: Option<Timestamp>,
    /// Whether it is to be visited in this round.
    pub(super) due: bool,
}

impl FolderState {
    pub(super) const fn new(folder: Folder, cursor: Option<FolderCursor>) -> Self {
        Self {
            folder,
            cursor,
            opened: false,
            count: None,
            dirty: None,
            due: false,
        }
    }

    /// Notes the folder's number of messages. More than known is new mail; fewer, without an EXPUNGE that
    /// explains it, may hide some.
    fn counted(&mut self, count: u32, at: Moment) {
        if self.count != Some(count) {
            self.dirty.get_or_insert(at.now);
        }
        self.count = Some(count);
    }
}

impl ImapFlow {
    /// EXISTS, wherever it appears. While a folder is being opened it is about that one.
    pub(super) fn exists(&mut self, count: u32, at: Moment) {
        if let Some(opening) = self.opening() {
            opening.exists(count, at.now);
        } else if let Some(folder) = self.selected {
            self.folders[folder].counted(count, at);
        }
    }

    /// EXPUNGE: one message less, and those after it move down.
    pub(super) fn expunged(&mut self, sequence: u32) {
        if self.opening().is_some() {
            return;
        }
        if let Some(folder) = self.selected {
            let count = &mut self.folders[folder].count;
            *count = count.and_then(|count| count.checked_sub(1));
        }
        if let Some(read) = self.reading() {
            read.expunged(sequence);
        }
    }

    /// VANISHED: how many are left is not said, so the next EXISTS is read for.
    pub(super) fn forget_count(&mut self) {
        if let Some(folder) = self.selected {
            self.folders[folder].count = None;
        }
        if let Some(read) = self.reading() {
            read.vanished();
        }
    }

    /// The open folder, if it may hold mail that was not read.
    pub(super) fn dirty(&self) -> Option<usize> {
        self.selected
            .filter(|folder| self.folders[*folder].dirty.is_some())
    }

    /// The next folder to open for the first time: the first one last, so that it stays open.
    pub(super) fn next_unopened(&self) -> Option<usize> {
        self.folders.iter().rposition(|folder| !folder.opened)
    }

    /// The next folder to visit: those whose turn it is, the first one last; then back to the first.
    pub(super) fn next_due(&self) -> Option<usize> {
        let due = self
            .folders
            .iter()
            .rposition(|folder| folder.due || folder.dirty.is_some());
        due.or_else(|| (self.selected != Some(0)).then_some(0))
    }
}
