//! EXPUNGE (RFC 3501, section 6.4.3) and UID EXPUNGE (RFC 4315).

use super::{Reply, Session};
use crate::wire::{Args, NumberSet, Value};

impl<S> Session<S> {
    pub(super) fn uid_expunge(&mut self, mut args: Args<'_>) -> Reply {
        let set = args.next().and_then(Value::text);
        match set.and_then(NumberSet::parse) {
            Some(set) => self.expunge(Some(&set)),
            None => "BAD not a set of messages".into(),
        }
    }

    /// Removes what is marked as deleted, or of that only these UIDs.
    pub(super) fn expunge(&mut self, only: Option<&NumberSet>) -> Reply {
        match &self.selected {
            None => "BAD open a folder first".into(),
            Some(selected) if selected.read_only => "NO the folder is read-only".into(),
            Some(_) => {
                self.remove_deleted(only);
                // RFC 7162, section 3.2.7.
                match self.highest_modseq().filter(|_| self.enabled.qresync) {
                    Some(modseq) => format!("OK [HIGHESTMODSEQ {modseq}] EXPUNGE done").into(),
                    None => "OK EXPUNGE done".into(),
                }
            }
        }
    }

    pub(super) fn remove_deleted(&mut self, only: Option<&NumberSet>) {
        let (Some(owner), Some(selected)) = (&self.owner, &self.selected) else {
            return;
        };
        let last = selected.view.last_uid();
        let asked = |uid: u32| only.is_none_or(|set| set.contains(uid, last));
        owner.user.mailbox.change(|folders| {
            let Some(folder) = folders.by_id_mut(selected.view.folder) else {
                return;
            };
            let deleted = folder.messages().iter();
            let deleted = deleted.filter(|m| m.flags.contains("\\Deleted") && asked(m.uid));
            let uids: Vec<u32> = deleted.map(|message| message.uid).collect();
            folder.expunge(&uids);
        });
    }
}
