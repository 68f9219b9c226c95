//! Changes of flags, and deletions (`--events all`).

use super::Printer;
use pushmail_domain::memory::{Differences, flags_hash, missed};
use pushmail_domain::{
    Content, CursorStep, EventId, EventKind, Fault, FlagsVersion, FolderId, MessageKey, Recall,
    Timestamp,
};
use pushmail_upstream::{ChangedFlags, Snapshot, Vanished};

/// Most changes that are printed one by one in one resync.
const CHANGES: usize = 500;

impl Printer {
    pub(super) fn flags(&mut self, changed: &ChangedFlags) -> Result<(), Fault> {
        let key = changed.key;
        let remembered = self.state.memory().folder(key.folder);
        let before = remembered.and_then(|memory| memory.flags(key.uid));
        if !self.all() || before == Some(flags_hash(&changed.flags)) {
            return Ok(());
        }
        self.flags_changed(key, &changed.flags, changed.mod_seq, changed.noticed_at)
    }

    pub(super) fn vanished(&mut self, vanished: &Vanished) -> Result<(), Fault> {
        if !self.all() {
            return Ok(());
        }
        let remembered = self.state.memory().folder(vanished.folder);
        let gone = missed(remembered, &vanished.uids, CHANGES + 1);
        if gone.len() > CHANGES {
            return self.resync(vanished.folder, vanished.noticed_at);
        }
        for uid in gone {
            let key = MessageKey {
                folder: vanished.folder,
                uid_validity: vanished.uid_validity,
                uid,
            };
            self.deleted(key, vanished.noticed_at)?;
        }
        Ok(())
    }

    pub(super) fn snapshot(&mut self, snapshot: &Snapshot) -> Result<(), Fault> {
        if !self.all() {
            return Ok(());
        }
        let (folder, noticed_at) = (snapshot.folder, snapshot.noticed_at);
        let Some(remembered) = self.state.memory().folder(folder) else {
            self.remember(snapshot);
            return Ok(());
        };
        let found = Differences::new(remembered, &snapshot.messages, snapshot.all);
        let key = |uid| MessageKey {
            folder,
            uid_validity: snapshot.uid_validity,
            uid,
        };
        let unknown = found.unknown.iter();
        let seen = unknown.map(|&(uid, flags)| Recall::Seen { folder, uid, flags });
        let seen: Vec<Recall> = seen.collect();
        self.state.learn(&seen);
        for uid in found.gone {
            self.deleted(key(uid), noticed_at)?;
        }
        for (uid, flags) in found.flags {
            self.flags_changed(key(uid), flags, None, noticed_at)?;
        }
        Ok(())
    }

    pub(super) fn resync(&mut self, folder: FolderId, noticed_at: Timestamp) -> Result<(), Fault> {
        if !self.all() {
            return Ok(());
        }
        let step = CursorStep {
            recalls: vec![Recall::Forget { folder }],
            ..self.state.cursor().step(Vec::new())
        };
        let kind = EventKind::FolderResync { folder };
        self.folder_event(kind, folder, noticed_at, step)
    }

    /// Begins to remember the folder: what it holds now is what later changes are compared with.
    fn remember(&mut self, snapshot: &Snapshot) {
        let folder = snapshot.folder;
        let lowest = snapshot.messages.first().map_or(1, |(uid, _)| *uid);
        let floor = if snapshot.all { 1 } else { lowest };
        let messages = snapshot.messages.iter();
        let seen = messages.map(|(uid, flags)| Recall::Seen {
            folder,
            uid: *uid,
            flags: flags_hash(flags),
        });
        let begin = std::iter::once(Recall::Begin { folder, floor });
        let recalls: Vec<Recall> = begin.chain(seen).collect();
        self.state.learn(&recalls);
    }

    fn flags_changed(
        &mut self,
        key: MessageKey,
        flags: &[String],
        mod_seq: Option<u64>,
        noticed_at: Timestamp,
    ) -> Result<(), Fault> {
        let hash = flags_hash(flags);
        let version = match mod_seq {
            Some(mod_seq) => FlagsVersion::ModSeq(mod_seq),
            None => FlagsVersion::Cursor {
                version: self.state.cursor().version(),
                flags: hash,
            },
        };
        let seen = Recall::Seen {
            folder: key.folder,
            uid: key.uid,
            flags: hash,
        };
        let id = EventId::of_flags(self.account, key, version);
        let event = (
            EventKind::MessageFlags { message: key },
            Content::Flags(flags.to_vec()),
        );
        self.print(id, event, noticed_at, self.learning(seen))
    }

    fn deleted(&mut self, key: MessageKey, noticed_at: Timestamp) -> Result<(), Fault> {
        let gone = Recall::Gone {
            folder: key.folder,
            uid: key.uid,
        };
        let id = EventId::of_deletion(self.account, key);
        let event = (EventKind::MessageDeleted { message: key }, Content::Nothing);
        self.print(id, event, noticed_at, self.learning(gone))
    }

    fn learning(&self, recall: Recall) -> CursorStep {
        CursorStep {
            recalls: vec![recall],
            ..self.state.cursor().step(Vec::new())
        }
    }
}
