//! What was learned and is not stored yet: bounded, however long the registry is away.

use super::{FINGERPRINTS, FOLDERS, MESSAGES, Memory, Recall};
use crate::id::FolderId;
use std::collections::{BTreeMap, VecDeque};

/// Lessons that a stored [`Memory`] lacks. Of each message only the last one is kept, of each folder only
/// those about the newest messages: older ones are not remembered anyway.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pending {
    /// Whether what is stored does not count.
    anew: bool,
    folders: BTreeMap<FolderId, FolderPending>,
    announced: VecDeque<u64>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct FolderPending {
    start: Start,
    /// By UID: the flags, or `None` for a message that is gone.
    messages: BTreeMap<u32, Option<u32>>,
}

/// What the lessons about a folder build on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Start {
    #[default]
    Stored,
    Forgotten,
    Begun {
        floor: u32,
    },
}

impl Pending {
    /// The lesson that nothing counts of what is stored.
    pub fn anew() -> Self {
        Self {
            anew: true,
            ..Self::default()
        }
    }

    /// Adds one lesson.
    pub fn add(&mut self, recall: &Recall) {
        match *recall {
            Recall::Begin { folder, floor } => self.start(folder, Start::Begun { floor }),
            Recall::Forget { folder } => self.start(folder, Start::Forgotten),
            Recall::Seen { folder, uid, flags } => self.message(folder, uid, Some(flags)),
            Recall::Gone { folder, uid } => self.message(folder, uid, None),
            Recall::Announced { fingerprint } => {
                self.announced.push_back(fingerprint);
                if self.announced.len() > FINGERPRINTS {
                    self.announced.pop_front();
                }
            }
        }
    }

    /// Adds all that was learned after this.
    pub fn extend(&mut self, later: &Self) {
        if later.anew {
            *self = Self::anew();
        }
        later.recalls().for_each(|recall| self.add(&recall));
    }

    /// Teaches it all to a memory.
    pub fn teach(&self, memory: &mut Memory) {
        if self.anew {
            *memory = Memory::default();
        }
        self.recalls().for_each(|recall| memory.learn(&recall));
    }

    fn recalls(&self) -> impl Iterator<Item = Recall> {
        let folders = self.folders.iter().flat_map(|(folder, pending)| {
            let folder = *folder;
            let start = match pending.start {
                Start::Stored => None,
                Start::Forgotten => Some(Recall::Forget { folder }),
                Start::Begun { floor } => Some(Recall::Begin { folder, floor }),
            };
            let messages = pending.messages.iter();
            start
                .into_iter()
                .chain(messages.map(move |(uid, flags)| match *flags {
                    Some(flags) => Recall::Seen {
                        folder,
                        uid: *uid,
                        flags,
                    },
                    None => Recall::Gone { folder, uid: *uid },
                }))
        });
        let announced = self.announced.iter();
        folders.chain(announced.map(|fingerprint| Recall::Announced {
            fingerprint: *fingerprint,
        }))
    }

    fn start(&mut self, folder: FolderId, start: Start) {
        let messages = BTreeMap::new();
        self.folders
            .insert(folder, FolderPending { start, messages });
        self.bound_folders();
    }

    fn message(&mut self, folder: FolderId, uid: u32, flags: Option<u32>) {
        let messages = &mut self.folders.entry(folder).or_default().messages;
        messages.insert(uid, flags);
        // Half of them may be of messages that are gone.
        if messages.len() > 2 * MESSAGES {
            messages.pop_first();
        }
        self.bound_folders();
    }

    fn bound_folders(&mut self) {
        while self.folders.len() > FOLDERS {
            self.folders.pop_last();
        }
    }
}
