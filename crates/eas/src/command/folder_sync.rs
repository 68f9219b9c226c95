//! FolderSync (MS-ASCMD, section 2.2.1.5): which folders there are.

mod folder;

use super::{CollectionId, Error, SyncKey, read};
use crate::status::{Common, statuses};
pub use folder::{Folder, FolderKind};
use pushmail_wbxml::pages::folder_hierarchy as hierarchy;
use pushmail_wbxml::{Element, Limits};

/// Asks for all folders, or for what has changed since.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// The key of the last answer; the initial one asks for all folders.
    pub sync_key: SyncKey,
}

/// What has changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// How it went. Unless it is fine, there is nothing else.
    pub status: Status,
    /// The key for the next request.
    pub sync_key: Option<SyncKey>,
    /// The changes, in order.
    pub changes: Vec<Change>,
}

/// A change of the hierarchy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// A folder was added.
    Added(Folder),
    /// A folder was renamed or moved.
    Updated(Folder),
    /// A folder was deleted.
    Deleted(CollectionId),
}

statuses! {
    /// How a FolderSync went (MS-ASCMD, section 2.2.3.177.5).
    Status, else Common(Common) "One that all commands share.";
    /// It went well.
    Success = 1 Fine;
    /// An error of the server. If it stays, begin again from the initial key.
    ServerError = 6 Retry;
    /// The sync key is not the last one.
    InvalidSyncKey = 9 Rebaseline;
    /// The request is wrong.
    BadFormat = 10 Bug;
    /// An error that the server does not know.
    UnknownError = 11 BackOff;
    /// An unusual error. Begin again from the initial key.
    CodeUnknown = 12 Rebaseline;
}

impl Request {
    /// As WBXML. It is the same in all versions.
    pub fn encode(&self) -> Vec<u8> {
        let key = Element::of_text(hierarchy::SYNC_KEY, self.sync_key.as_str());
        Element::new(hierarchy::FOLDER_SYNC).with(key).encode()
    }
}

impl Answer {
    /// Reads an answer.
    ///
    /// # Errors
    /// [`Error`] if it is none.
    pub fn parse(bytes: &[u8], limits: Limits) -> Result<Self, Error> {
        let root = read::document(bytes, hierarchy::FOLDER_SYNC, limits)?;
        let status = read::number_in(&root, hierarchy::STATUS)?;
        let changes = root.find(&[hierarchy::CHANGES]);
        let changes = changes.into_iter().flat_map(Element::children);
        Ok(Self {
            status: Status::of(status.ok_or(Error::Missing(hierarchy::STATUS))?),
            sync_key: read::id_in(&root, hierarchy::SYNC_KEY, SyncKey::new)?,
            changes: changes.filter_map(change).collect::<Result<_, _>>()?,
        })
    }
}

/// A child of Changes; `None` if it is no change, such as Count.
fn change(element: &Element) -> Option<Result<Change, Error>> {
    Some(match element.tag() {
        hierarchy::ADD => Folder::of(element).map(Change::Added),
        hierarchy::UPDATE => Folder::of(element).map(Change::Updated),
        hierarchy::DELETE => folder::id_of(element).map(Change::Deleted),
        _ => return None,
    })
}
