//! How a Sync went.

use crate::status::{Common, statuses};

statuses! {
    /// How a Sync went, in all or for a collection or an item (MS-ASCMD, section 2.2.3.177.17).
    Status, else Common(Common) "One that all commands share.";
    /// It went well.
    Success = 1 Fine;
    /// The sync key is not the last one, or the one before that.
    InvalidSyncKey = 3 Rebaseline;
    /// The request is wrong.
    ProtocolError = 4 Bug;
    /// An error of the server.
    ServerError = 5 Retry;
    /// An item cannot be converted.
    ConversionError = 6 Item;
    /// The server has changed the item too.
    Conflict = 7 Item;
    /// The folder or the item does not exist.
    ObjectNotFound = 8 HierarchyChanged;
    /// The mailbox is full.
    OutOfSpace = 9 Account;
    /// Folders have changed.
    HierarchyChanged = 12 HierarchyChanged;
    /// The server has not kept the request that an empty or a partial one builds on.
    Incomplete = 13 SendInFull;
    /// The wait is too short or too long: the answer has the one that is allowed.
    WaitOutOfRange = 14 Adjust;
    /// There are too many collections: the answer has the number that is allowed.
    TooManyCollections = 15 Adjust;
    /// Something happened that will pass.
    Retry = 16 Retry;
}
