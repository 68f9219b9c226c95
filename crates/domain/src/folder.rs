//! Folders of an account.

use crate::id::{AccountId, FolderId};
use serde::{Deserialize, Serialize};

impl FolderId {
    /// The id of a folder that no registry assigns one to (`pushmail watch`): made of the account and the name.
    pub fn of_name(account: AccountId, name: &str) -> Self {
        let mut text = account.as_bytes().to_vec();
        text.extend_from_slice(name.as_bytes());
        let hash = ring::digest::digest(&ring::digest::SHA256, &text);
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&hash.as_ref()[..16]);
        Self::from_bytes(bytes)
    }
}

/// A folder that an account watches.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Folder {
    /// Its identity.
    pub id: FolderId,
    /// Its name at the server, as UTF-8 with the server's own hierarchy separator.
    pub name: String,
}
