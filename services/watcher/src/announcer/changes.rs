//! Flags and deletions (`events = all`): what the server told, compared with what is remembered.

use super::batch::{Batch, News};
use pushmail_domain::memory::{Differences, FolderMemory, flags_hash, missed};
use pushmail_domain::{
    Content, EventId, EventKind, Fault, FlagsVersion, FolderId, MessageKey, Recall, Timestamp,
};
use pushmail_upstream::{ChangedFlags, Snapshot, Vanished};

/// Most changes that are announced one by one in one resync.
const CHANGES: usize = 500;

impl Batch<'_> {
    pub(super) async fn flags(&mut self, changed: &ChangedFlags) -> Result<(), Fault> {
        if !self.all() {
            return Ok(());
        }
        let ChangedFlags { key, .. } = *changed;
        let remembered = self.remembered(key.folder).await?;
        if remembered.and_then(|memory| memory.flags(key.uid)) != Some(flags_hash(&changed.flags)) {
            self.flags_changed(key, &changed.flags, changed.mod_seq, changed.noticed_at);
        }
        Ok(())
    }

    pub(super) async fn vanished(&mut self, vanished: &Vanished) -> Result<(), Fault> {
        if !self.all() {
            return Ok(());
        }
        let remembered = self.remembered(vanished.folder).await?;
        let gone = missed(remembered, &vanished.uids, CHANGES + 1);
        if gone.len() > CHANGES {
            self.resync(vanished.folder, vanished.noticed_at);
            return Ok(());
        }
        for uid in gone {
            let key = MessageKey {
                folder: vanished.folder,
                uid_validity: vanished.uid_validity,
                uid,
            };
            self.deleted(key, vanished.noticed_at);
        }
        Ok(())
    }

    pub(super) async fn snapshot(&mut self, snapshot: &Snapshot) -> Result<(), Fault> {
        if !self.all() {
            return Ok(());
        }
        let Some(remembered) = self.remembered(snapshot.folder).await? else {
            self.begin(snapshot);
            return Ok(());
        };
        let Differences {
            gone,
            flags,
            unknown,
        } = Differences::new(remembered, &snapshot.messages, snapshot.all);
        let folder = snapshot.folder;
        let unknown = unknown.into_iter();
        let seen = unknown.map(|(uid, flags)| Recall::Seen { folder, uid, flags });
        self.learn(seen.collect());
        let key = |uid| MessageKey {
            folder,
            uid_validity: snapshot.uid_validity,
            uid,
        };
        for uid in gone {
            self.deleted(key(uid), snapshot.noticed_at);
        }
        for (uid, flags) in flags {
            self.flags_changed(key(uid), flags, None, snapshot.noticed_at);
        }
        Ok(())
    }

    /// More changed than is told one by one. Nothing that is remembered of the folder counts any more.
    pub(super) fn resync(&mut self, folder: FolderId, noticed_at: Timestamp) {
        if !self.all() {
            return;
        }
        let kind = EventKind::FolderResync { folder };
        let news = News {
            recalls: vec![Recall::Forget { folder }],
            ..News::new(kind, self.folder_content(folder), noticed_at)
        };
        self.push_folder(folder, news);
    }

    async fn remembered(&mut self, folder: FolderId) -> Result<Option<&FolderMemory>, Fault> {
        Ok(self.memory().await?.folder(folder))
    }

    /// Begins to remember the folder: what it holds now is what later changes are compared with.
    fn begin(&mut self, snapshot: &Snapshot) {
        let folder = snapshot.folder;
        let lowest = snapshot.messages.first().map_or(1, |(uid, _)| *uid);
        let floor = if snapshot.all { 1 } else { lowest };
        let begin = Recall::Begin { folder, floor };
        let messages = snapshot.messages.iter();
        let seen = messages.map(|(uid, flags)| Recall::Seen {
            folder,
            uid: *uid,
            flags: flags_hash(flags),
        });
        self.learn(std::iter::once(begin).chain(seen).collect());
    }

    fn flags_changed(
        &mut self,
        key: MessageKey,
        flags: &[String],
        mod_seq: Option<u64>,
        noticed_at: Timestamp,
    ) {
        let hash = flags_hash(flags);
        let version = match mod_seq {
            Some(mod_seq) => FlagsVersion::ModSeq(mod_seq),
            None => FlagsVersion::Cursor {
                version: self.cursor.version(),
                flags: hash,
            },
        };
        let id = EventId::of_flags(self.announcer.account.id, key, version);
        let kind = EventKind::MessageFlags { message: key };
        let seen = Recall::Seen {
            folder: key.folder,
            uid: key.uid,
            flags: hash,
        };
        let news = News {
            recalls: vec![seen],
            ..News::new(kind, Content::Flags(flags.to_vec()), noticed_at)
        };
        self.push(id, news);
    }

    fn deleted(&mut self, key: MessageKey, noticed_at: Timestamp) {
        let id = EventId::of_deletion(self.announcer.account.id, key);
        let kind = EventKind::MessageDeleted { message: key };
        let gone = Recall::Gone {
            folder: key.folder,
            uid: key.uid,
        };
        let news = News {
            recalls: vec![gone],
            ..News::new(kind, Content::Nothing, noticed_at)
        };
        self.push(id, news);
    }
}
