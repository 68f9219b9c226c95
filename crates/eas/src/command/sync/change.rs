//! A change of an item.

use super::super::{Class, CollectionId, ServerId};
use super::Status;
use crate::item::Item;

/// A change of an item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The folder.
    pub collection: CollectionId,
    /// The item.
    pub id: ServerId,
    /// What the item is, if the server says so.
    pub class: Option<Class>,
    /// What happened to it.
    pub what: What,
}

/// What happened to an item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// It is new, or has come within the filter (MS-ASCMD, section 2.2.3.7.2).
    Added(Box<Item>),
    /// It has changed (MS-ASCMD, section 2.2.3.24).
    Changed(Box<Item>),
    /// It was deleted, or moved to another folder (MS-ASCMD, section 2.2.3.42.2).
    Deleted,
    /// It is there still, but no longer within the filter (MS-ASCMD, section 2.2.3.172).
    OutOfFilter,
    /// It is what [`Query::fetch`](super::Query::fetch) asked for (MS-ASCMD, section 2.2.3.67.2).
    Fetched(Status, Option<Box<Item>>),
}
