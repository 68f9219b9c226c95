//! What a Sync says of folders, and of itself.

use super::super::{Class, CollectionId, SyncKey};
use super::Status;

/// What a Sync says of a folder, besides the changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Collection {
    /// The folder.
    pub id: CollectionId,
    /// What it holds, if the server says so: up to 12.1.
    pub class: Option<Class>,
    /// How it went. A server that does not say is taken to say that it went well.
    pub status: Status,
    /// The key for the next request. To be kept before that is sent, and no sooner than the changes.
    pub sync_key: Option<SyncKey>,
    /// Whether there are more changes.
    pub more_available: bool,
}

/// What a Sync says of itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Answer {
    /// How it went. A server that does not say says that it went well.
    pub status: Status,
    /// What is allowed instead, with [`Status::WaitOutOfRange`], in the unit of the request, and with
    /// [`Status::TooManyCollections`].
    pub limit: Option<u32>,
    /// The answer was empty: nothing is new.
    pub is_empty: bool,
}
