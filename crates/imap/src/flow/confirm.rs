//! Saying how far a folder was read to its end.

use super::ImapFlow;
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
        let Some(cursor) = state.cursor.as_mut().filter(|_| clean) else {
            return;
        };
        cursor.mod_seq = cursor.mod_seq.max(state.mod_seq);
        let told = state.confirmed.is_some_and(|told| {
            (told.uid_validity, told.uid_next, told.mod_seq)
                == (cursor.uid_validity, cursor.uid_next, cursor.mod_seq)
        });
        if told {
            return;
        }
        cursor.read_at = at.now;
        let cursor = *cursor;
        state.confirmed = Some(cursor);
        self.tell(Change::Confirmed(cursor));
    }
}
