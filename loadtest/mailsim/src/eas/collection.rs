//! What a device knows of a folder's items.

use super::choice::Choice;
use super::folder::FolderId;
use super::key::{Key, Place};
use super::present::{Present, Stock};

/// What a device knows of a folder's items, and how it came to.
pub(super) struct Collection {
    pub(super) id: FolderId,
    key: Key,
    pub(super) choice: Choice,
    /// By item.
    known: Vec<Known>,
    /// What the answer with the current key said.
    last: Window,
    /// And which names it gave to what the client had added.
    given: Box<[Given]>,
    /// How many names were given to items below 16.0: a name is never given again.
    names: u32,
    /// [`Stock::changes`] when there was nothing more to tell.
    told: Option<u64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Known {
    item: u32,
    /// What the client calls it.
    name: u32,
    version: u32,
}

/// The name that was given to an item that a client added.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Given {
    /// What the client called it.
    pub(super) client: Box<str>,
    pub(super) name: u32,
}

/// Changes that are told at once.
#[derive(Clone, Default)]
pub(super) struct Window {
    pub(super) changes: Box<[Change]>,
    /// There are more.
    pub(super) more: bool,
}

/// A change that is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Change {
    pub(super) item: u32,
    /// What the client calls it.
    pub(super) name: u32,
    pub(super) verb: Verb,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verb {
    Add,
    /// From this version.
    Change(u32),
    Delete,
    /// It is there, but no longer within the filter.
    SoftDelete,
}

/// What a client's key asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Turn {
    /// Nothing but a key.
    Begin,
    Next,
    /// The last answer again.
    Repeat,
}

impl Collection {
    pub(super) fn new(id: FolderId) -> Self {
        Self {
            id,
            key: Key::default(),
            choice: Choice::default(),
            known: Vec::new(),
            last: Window::default(),
            given: Box::default(),
            names: 0,
            told: None,
        }
    }

    pub(super) const fn key(&self) -> Key {
        self.key
    }

    /// What this key asks for; nothing if there is no such key.
    pub(super) fn turn(&self, sent: &str) -> Option<Turn> {
        match self.key.place(sent) {
            Place::Initial => Some(Turn::Begin),
            Place::Current => Some(Turn::Next),
            Place::Previous => Some(Turn::Repeat),
            Place::Unknown => None,
        }
    }

    /// Begins again: the client knows nothing.
    pub(super) fn begin(&mut self, generation: u32) {
        self.key = Key::first(generation);
        self.forget();
    }

    /// Takes all keys back.
    pub(super) fn void(&mut self) {
        self.key = Key::default();
        self.forget();
    }

    fn forget(&mut self) {
        self.choice = Choice::default();
        self.known = Vec::new();
        self.last = Window::default();
        self.given = Box::default();
        self.told = None;
    }

    /// What the client was told with the current key.
    pub(super) fn last(&self) -> Window {
        self.last.clone()
    }

    /// The name that was given with the current key to what the client called so.
    pub(super) fn given(&self, client: &str) -> Option<u32> {
        let given = self.given.iter().find(|given| &*given.client == client);
        given.map(|given| given.name)
    }

    /// The next answer says this.
    pub(super) fn answer(&mut self, window: Window, given: Vec<Given>) {
        self.key = self.key.next();
        self.last = window;
        self.given = given.into();
    }

    /// Takes up to `most` changes that the client does not know; it knows them now. With `stable`, items have the same
    /// names for good.
    pub(super) fn take(&mut self, stock: &Stock<'_>, most: usize, stable: bool) -> Window {
        let changes = stock.changes(self.id);
        let present = stock.present(self.id, self.choice.filter);
        let mut found = self.differences(&present);
        let more = found.len() > most;
        found.truncate(most);
        for change in &mut found {
            self.learn(change, &present, stable);
        }
        self.told = (!more).then_some(changes);
        Window {
            changes: found.into(),
            more,
        }
    }

    /// Whether there is something to tell.
    pub(super) fn has_news(&mut self, stock: &Stock<'_>) -> bool {
        let changes = stock.changes(self.id);
        if self.told == Some(changes) {
            return false;
        }
        let present = stock.present(self.id, self.choice.filter);
        // Something that clients are not told of.
        let news = !self.differences(&present).is_empty();
        if !news && self.key.is_given() {
            self.told = Some(changes);
        }
        news
    }

    /// The item that the client calls so.
    pub(super) fn named(&self, name: u32) -> Option<u32> {
        let known = self.known.iter().find(|known| known.name == name);
        known.map(|known| known.item)
    }

    /// The client has made this version of the item itself: it is not told of it. What it calls the item.
    pub(super) fn knows(&mut self, item: u32, version: u32, stable: bool) -> u32 {
        match self.known.binary_search_by_key(&item, |known| known.item) {
            Ok(at) => {
                self.known[at].version = version;
                self.known[at].name
            }
            Err(at) => {
                let name = self.name(item, stable);
                let known = Known {
                    item,
                    name,
                    version,
                };
                self.known.insert(at, known);
                name
            }
        }
    }

    /// The client has deleted it itself.
    pub(super) fn unknown(&mut self, item: u32) {
        self.known.retain(|known| known.item != item);
    }

    /// What went comes first, then what changed, then what came, newest first.
    fn differences(&self, present: &[Present]) -> Vec<Change> {
        let found = |item| present.binary_search_by_key(&item, |present| present.item);
        let mut changes: Vec<Change> = Vec::new();
        for known in &self.known {
            let verb = match found(known.item).map(|at| present[at]) {
                Err(_) => Verb::Delete,
                Ok(present) if !present.inside => Verb::SoftDelete,
                Ok(present) if present.version != known.version => Verb::Change(known.version),
                Ok(_) => continue,
            };
            let Known { item, name, .. } = *known;
            changes.push(Change { item, name, verb });
        }
        changes.sort_by_key(|change| matches!(change.verb, Verb::Change(_)));
        let is_known = |item| {
            self.known
                .binary_search_by_key(&item, |known| known.item)
                .is_ok()
        };
        let new = present.iter().rev();
        let new = new.filter(|present| present.inside && !is_known(present.item));
        changes.extend(new.map(|present| Change {
            item: present.item,
            name: 0,
            verb: Verb::Add,
        }));
        changes
    }

    fn learn(&mut self, change: &mut Change, present: &[Present], stable: bool) {
        match change.verb {
            Verb::Delete | Verb::SoftDelete => self.unknown(change.item),
            Verb::Add | Verb::Change(_) => {
                let at = present.binary_search_by_key(&change.item, |present| present.item);
                if let Ok(at) = at {
                    change.name = self.knows(change.item, present[at].version, stable);
                }
            }
        }
    }

    fn name(&mut self, item: u32, stable: bool) -> u32 {
        if stable {
            return item;
        }
        self.names += 1;
        self.names
    }
}
