//! A Sync that an empty one stands for (MS-ASCMD, section 2.2.1.21.1).

use super::query::Query;
use super::request::Request;
use crate::eas::device::Device;
use crate::eas::folder::FolderId;
use std::time::Duration;

/// A Sync to which nothing was said. What is wanted of the folders is kept with them, and the keys are still the same.
pub(in crate::eas) struct Cached {
    folders: Box<[Folder]>,
    window: Option<u16>,
    wait: Option<u16>,
}

struct Folder {
    id: FolderId,
    window: u16,
    get_changes: bool,
}

impl Cached {
    /// None if the client told something: that is not to be done again.
    pub(super) fn of(request: &Request) -> Option<Self> {
        let folders = request.collections.iter();
        let folders = folders.map(|query| {
            Some(Folder {
                id: query.id.filter(|_| query.told.is_empty())?,
                window: small(query.window),
                get_changes: query.get_changes,
            })
        });
        Some(Self {
            folders: folders.collect::<Option<_>>()?,
            window: request.window.map(small),
            wait: request.wait.map(|wait| small(wait.as_secs() as usize)),
        })
    }

    pub(super) fn request(&self, device: &mut Device) -> Request {
        let queries = self.folders.iter().map(|folder| Query {
            name: folder.id.to_string(),
            id: Some(folder.id),
            key: device.collection(folder.id).key().to_string(),
            get_changes: folder.get_changes,
            window: folder.window.into(),
            choice: None,
            deletes_as_moves: true,
            told: Vec::new(),
        });
        Request {
            collections: queries.collect(),
            window: self.window.map(usize::from),
            wait: self.wait.map(|wait| Duration::from_secs(wait.into())),
        }
    }
}

/// Windows and waits are bounded, far below this.
fn small(number: usize) -> u16 {
    u16::try_from(number).unwrap_or(u16::MAX)
}
