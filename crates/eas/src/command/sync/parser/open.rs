//! What is being read of a collection, and of a change.

use super::super::super::{Class, CollectionId, Error, ServerId, SyncKey, read};
use super::super::{Change, Collection, Status, What};
use crate::item::{self, Collector, Item};
use pushmail_wbxml::Tag;
use pushmail_wbxml::pages::air_sync;

/// A collection that is being read.
#[derive(Debug, Default)]
pub(super) struct OpenCollection {
    id: Option<CollectionId>,
    class: Option<Class>,
    status: Option<Status>,
    sync_key: Option<SyncKey>,
    more_available: bool,
}

impl OpenCollection {
    /// An element of it has ended.
    pub(super) fn field(&mut self, tag: Tag, text: String) -> Result<(), Error> {
        match tag {
            air_sync::COLLECTION_ID => self.id = read::id(tag, text, CollectionId::new)?,
            air_sync::SYNC_KEY => self.sync_key = read::id(tag, text, SyncKey::new)?,
            air_sync::CLASS => self.class = Class::of(&text),
            air_sync::STATUS => self.status = Some(Status::of(read::number(tag, &text)?)),
            air_sync::MORE_AVAILABLE => self.more_available = text.trim() != "0",
            _ => {}
        }
        Ok(())
    }

    /// Its id, which comes before its changes (MS-ASCMD, section 6.46).
    pub(super) fn id(&self) -> Result<CollectionId, Error> {
        let missing = Error::Missing(air_sync::COLLECTION_ID);
        self.id.clone().ok_or(missing)
    }

    pub(super) fn close(self) -> Result<Collection, Error> {
        Ok(Collection {
            id: self.id()?,
            class: self.class,
            status: self.status.unwrap_or(Status::Success),
            sync_key: self.sync_key,
            more_available: self.more_available,
        })
    }
}

/// A change that is being read.
#[derive(Debug, Default)]
pub(super) struct OpenChange {
    id: Option<ServerId>,
    class: Option<Class>,
    status: Option<Status>,
    pub(super) item: Option<Item>,
}

impl OpenChange {
    /// An element of it has ended.
    pub(super) fn field(&mut self, tag: Tag, text: String) -> Result<(), Error> {
        match tag {
            air_sync::SERVER_ID => self.id = read::id(tag, text, ServerId::new)?,
            air_sync::CLASS => self.class = Class::of(&text),
            air_sync::STATUS => self.status = Some(Status::of(read::number(tag, &text)?)),
            _ => {}
        }
        Ok(())
    }

    /// The change that `verb` says. What is added or changed without a word on how is taken as something without
    /// content.
    pub(super) fn close(
        self,
        collection: CollectionId,
        verb: Tag,
        limits: item::Limits,
    ) -> Result<Change, Error> {
        let item = self.item.map(Box::new);
        let some = |item: Option<Box<Item>>| {
            item.unwrap_or_else(|| Box::new(Collector::new(limits).finish()))
        };
        let what = match verb {
            air_sync::ADD => What::Added(some(item)),
            air_sync::CHANGE => What::Changed(some(item)),
            air_sync::DELETE => What::Deleted,
            air_sync::SOFT_DELETE => What::OutOfFilter,
            _ => What::Fetched(self.status.unwrap_or(Status::Success), item),
        };
        let missing = Error::Missing(air_sync::SERVER_ID);
        Ok(Change {
            collection,
            id: self.id.ok_or(missing)?,
            class: self.class,
            what,
        })
    }
}
