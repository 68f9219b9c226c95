//! Appointments, contacts and tasks of a user.

use super::item::{Item, ItemId, Kind};
use std::collections::BTreeMap;

pub(super) struct Items {
    all: BTreeMap<ItemId, Stored>,
    /// How many items there ever were.
    made: u32,
    /// How many changes there were.
    changes: u64,
}

pub(super) struct Stored {
    pub(super) item: Item,
    /// Larger after each change.
    pub(super) version: u32,
}

impl Default for Items {
    fn default() -> Self {
        Self::new()
    }
}

impl Items {
    pub(super) const fn new() -> Self {
        Self {
            all: BTreeMap::new(),
            made: 0,
            changes: 0,
        }
    }

    pub(super) const fn changes(&self) -> u64 {
        self.changes
    }

    /// The items of a folder, in the order in which they were made.
    pub(super) fn of(&self, kind: Kind) -> impl Iterator<Item = (u32, &Stored)> {
        let all = self.all.iter().filter(move |(id, _)| id.kind == kind);
        all.map(|(id, stored)| (id.number, stored))
    }

    pub(super) fn get(&self, kind: Kind, number: u32) -> Option<&Item> {
        let stored = self.all.get(&ItemId { kind, number });
        stored.map(|stored| &stored.item)
    }

    pub(super) fn add(&mut self, item: Item) -> ItemId {
        self.made += 1;
        self.changes += 1;
        let (kind, number) = (item.kind(), self.made);
        let id = ItemId { kind, number };
        self.all.insert(id, Stored { item, version: 1 });
        id
    }

    /// False if there is no such item, or it is of another kind.
    pub(super) fn change(&mut self, id: ItemId, item: Item) -> bool {
        let same = id.kind == item.kind();
        let Some(stored) = self.all.get_mut(&id).filter(|_| same) else {
            return false;
        };
        self.changes += 1;
        stored.item = item;
        stored.version += 1;
        true
    }

    /// False if there is no such item.
    pub(super) fn remove(&mut self, id: ItemId) -> bool {
        let there = self.all.remove(&id).is_some();
        self.changes += u64::from(there);
        there
    }

    pub(super) fn version(&self, id: ItemId) -> Option<u32> {
        self.all.get(&id).map(|stored| stored.version)
    }
}
