//! What one connection was told of its open folder.

use super::folder::Folder;

/// The messages as the client numbers them. It lags behind the folder until the client is told.
pub(crate) struct View {
    /// Which folder: [`Folder::id`].
    pub(crate) folder: u64,
    pub(crate) validity: u32,
    seen: Vec<Seen>,
    uid_next: u32,
    flags_at: u64,
    expunged_at: u64,
}

#[derive(Clone, Copy)]
struct Seen {
    uid: u32,
    modseq: u64,
}

impl View {
    /// The folder as it is now.
    pub(crate) fn open(folder: &Folder) -> Self {
        let mut view = Self {
            folder: folder.id,
            validity: folder.validity,
            seen: Vec::new(),
            uid_next: 0,
            flags_at: folder.flags_at,
            expunged_at: folder.expunged_at,
        };
        view.take_new(folder);
        view
    }

    /// How many messages the client knows.
    pub(crate) fn len(&self) -> usize {
        self.seen.len()
    }

    /// Sequence numbers with their UIDs.
    pub(crate) fn numbers(&self) -> impl Iterator<Item = (u32, u32)> {
        (1..).zip(self.seen.iter().map(|seen| seen.uid))
    }

    /// The largest UID that the client knows; 0 without messages.
    pub(crate) fn last_uid(&self) -> u32 {
        self.seen.last().map_or(0, |seen| seen.uid)
    }

    /// Takes over what came: how many messages.
    pub(crate) fn take_new(&mut self, folder: &Folder) -> usize {
        let new = folder.from(self.uid_next);
        self.seen.extend(new.iter().map(|message| Seen {
            uid: message.uid,
            modseq: message.modseq,
        }));
        self.uid_next = folder.uid_next;
        new.len()
    }

    /// Takes out what was expunged: (sequence number at its turn, UID).
    pub(crate) fn take_expunged(&mut self, folder: &Folder) -> Vec<(u32, u32)> {
        if std::mem::replace(&mut self.expunged_at, folder.expunged_at) == folder.expunged_at {
            return Vec::new();
        }
        let (mut gone, mut sequence) = (Vec::new(), 1);
        self.seen.retain(|seen| {
            let kept = folder.get(seen.uid).is_some();
            match kept {
                true => sequence += 1,
                false => gone.push((sequence, seen.uid)),
            }
            kept
        });
        gone
    }

    /// Takes over changed flags: (sequence number, UID).
    pub(crate) fn take_flags(&mut self, folder: &Folder) -> Vec<(u32, u32)> {
        if std::mem::replace(&mut self.flags_at, folder.flags_at) == folder.flags_at {
            return Vec::new();
        }
        let mut changed = Vec::new();
        for (sequence, seen) in (1..).zip(&mut self.seen) {
            let Some(message) = folder.get(seen.uid) else {
                continue;
            };
            if message.modseq > seen.modseq {
                seen.modseq = message.modseq;
                changed.push((sequence, seen.uid));
            }
        }
        changed
    }

    /// The client knows of this message what there is to know now.
    pub(crate) fn knows(&mut self, uid: u32, modseq: u64) {
        if let Ok(index) = self.seen.binary_search_by_key(&uid, |seen| seen.uid) {
            self.seen[index].modseq = modseq;
        }
    }
}
