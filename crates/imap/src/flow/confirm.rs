//! Saying how far a folder was read to its end.

use super::ImapFlow;
use super::folder::Reached;
use pushmail_upstream::{Change, Moment};

impl ImapFlow {
    /// Tells the open folder's cursor, if all that it stands for was told and it moved since.
    ///
    /// HIGHESTMODSEQ counts only between commands: then the server has told every change below the highest MODSEQ
    /// that it told (RFC 7162, section 3.1.4.2).
    pub(super) fn confirm_selected(&mut self, at: Moment) {
        let Some(folder) = self.selected else {
            return;
        };
        let state = &mut self.folders[folder];
        let clean = state.dirty.is_none() && state.changed.is_none() && state.rebuilt.is_none();
        let Some(mut cursor) = state.cursor().filter(|_| clean) else {
            return;
        };
        // Every message that was announced confirmed its UID.
        if state.mod_seq <= cursor.mod_seq {
            return;
        }
        cursor.mod_seq = state.mod_seq;
        cursor.read_at = at.now;
        state.reached = Some(Reached::from(cursor));
        self.tell(Change::Confirmed(cursor));
    }
}
