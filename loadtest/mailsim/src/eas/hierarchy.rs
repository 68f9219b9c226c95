//! Which folders a device knows.

use super::folder::{FolderId, Listed};
use super::key::{Key, Place};

/// Which folders a device knows, and how it came to.
#[derive(Default)]
pub(super) struct Hierarchy {
    pub(super) key: Key,
    /// By id.
    known: Box<[Known]>,
    /// What the answer with the current key said.
    last: Box<[Difference]>,
    /// How many events of names there were when the device knew all.
    events: u64,
}

struct Known {
    id: FolderId,
    /// [`Listed::look`].
    look: u32,
}

/// What is said of a folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Difference {
    pub(super) id: FolderId,
    pub(super) verb: Verb,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verb {
    Add,
    Update,
    Delete,
}

impl Hierarchy {
    pub(super) fn knows(&self, id: FolderId) -> bool {
        self.known.iter().any(|known| known.id == id)
    }

    /// Whether the device knows the folders as they are; `events` is how many events of names there were.
    pub(super) fn is_current(&mut self, events: u64, list: impl FnOnce() -> Vec<Listed>) -> bool {
        if self.events == events {
            return true;
        }
        let current = self.differences(&list()).is_empty();
        if current {
            self.events = events;
        }
        current
    }

    /// What a client with this key has to be told; nothing if there is no such key. A new generation has this number.
    pub(super) fn sync(
        &mut self,
        sent: &str,
        listed: &[Listed],
        events: u64,
        generation: u32,
    ) -> Option<Box<[Difference]>> {
        match self.key.place(sent) {
            Place::Unknown => return None,
            Place::Previous => return Some(self.last.clone()),
            Place::Initial => {
                self.known = Box::default();
                self.key = Key::first(generation);
                // The key before is 0 again.
                self.last = Box::default();
                let all = self.differences(listed);
                self.learn(listed, events);
                return Some(all);
            }
            Place::Current => {
                let differences = self.differences(listed);
                if differences.is_empty() {
                    return Some(differences);
                }
                self.key = self.key.next();
                self.last = differences;
            }
        }
        self.learn(listed, events);
        Some(self.last.clone())
    }

    fn learn(&mut self, listed: &[Listed], events: u64) {
        let known = listed.iter().map(|folder| Known {
            id: folder.id,
            look: folder.look(),
        });
        self.known = known.collect();
        self.events = events;
    }

    fn differences(&self, listed: &[Listed]) -> Box<[Difference]> {
        let gone = self.known.iter().filter_map(|known| {
            let there = listed.iter().any(|folder| folder.id == known.id);
            (!there).then_some(Difference {
                id: known.id,
                verb: Verb::Delete,
            })
        });
        let others = listed.iter().filter_map(|folder| {
            let known = self.known.iter().find(|known| known.id == folder.id);
            let verb = match known {
                None => Verb::Add,
                Some(known) if known.look != folder.look() => Verb::Update,
                Some(_) => return None,
            };
            let id = folder.id;
            Some(Difference { id, verb })
        });
        gone.chain(others).collect()
    }
}
