//! Values in the order of their ids. Every account has some, mostly one: no byte is spare.

use super::{FolderCursor, SyncCursor};
use crate::id::FolderId;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::collections::BTreeMap;

/// A value that has one of the ids.
pub(super) trait Identified {
    type Id: Ord + Copy;

    fn id(&self) -> Self::Id;
}

impl Identified for FolderCursor {
    type Id = FolderId;

    fn id(&self) -> FolderId {
        self.folder
    }
}

impl Identified for SyncCursor {
    type Id = Option<FolderId>;

    fn id(&self) -> Option<FolderId> {
        self.folder
    }
}

/// Values in the order of their ids, one for each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ById<T>(Box<[T]>);

impl<T> Default for ById<T> {
    fn default() -> Self {
        Self(Box::default())
    }
}

impl<T: Identified> ById<T> {
    pub(super) fn get(&self, id: T::Id) -> Option<&T> {
        self.0.get(self.place(id).ok()?)
    }

    pub(super) fn insert(&mut self, value: T) {
        match self.place(value.id()) {
            Ok(place) => self.0[place] = value,
            Err(place) => self.edit(|all| all.insert(place, value)),
        }
    }

    pub(super) fn remove(&mut self, id: T::Id) {
        if let Ok(place) = self.place(id) {
            self.edit(|all| {
                all.remove(place);
            });
        }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &T> {
        self.0.iter()
    }

    fn place(&self, id: T::Id) -> Result<usize, usize> {
        self.0.binary_search_by_key(&id, T::id)
    }

    fn edit(&mut self, edit: impl FnOnce(&mut Vec<T>)) {
        let mut all = std::mem::take(&mut self.0).into_vec();
        edit(&mut all);
        self.0 = all.into_boxed_slice();
    }
}

impl<T: Identified> FromIterator<T> for ById<T> {
    /// Of two values of one id the later one counts.
    fn from_iter<I: IntoIterator<Item = T>>(values: I) -> Self {
        let by_id: BTreeMap<_, _> = values.into_iter().map(|one| (one.id(), one)).collect();
        Self(by_id.into_values().collect())
    }
}

/// As a list.
impl Serialize for ById<SyncCursor> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(to)
    }
}

impl<'de> Deserialize<'de> for ById<SyncCursor> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Ok(Vec::deserialize(from)?.into_iter().collect())
    }
}

/// As a map from ids to cursors.
pub(super) mod as_map {
    use super::{BTreeMap, ById, Deserializer, FolderCursor, FolderId, Serializer};
    use serde::Deserialize as _;

    pub(in crate::cursor) fn serialize<S: Serializer>(
        folders: &ById<FolderCursor>,
        to: S,
    ) -> Result<S::Ok, S::Error> {
        to.collect_map(folders.iter().map(|cursor| (cursor.folder, cursor)))
    }

    pub(in crate::cursor) fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<ById<FolderCursor>, D::Error> {
        let map = BTreeMap::<FolderId, FolderCursor>::deserialize(from)?;
        Ok(map.into_values().collect())
    }
}
