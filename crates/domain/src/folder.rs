//! Folders of an account.

use crate::id::{AccountId, FolderId};
use crate::item::Collection;
use serde::{Deserialize, Serialize};

impl FolderId {
    /// The id of a folder whose server gives it a MAILBOXID (RFC 8474, section 4), which survives renames.
    pub fn of_mailbox_id(account: AccountId, mailbox_id: &str) -> Self {
        Self::of_parts(account, &[b"mailboxid", mailbox_id.as_bytes()])
    }

    /// The id of a folder with a ServerId (MS-ASCMD, section 2.2.3.166.3), which survives renames.
    pub fn of_server_id(account: AccountId, server_id: &str) -> Self {
        Self::of_parts(account, &[b"serverid", server_id.as_bytes()])
    }

    /// The id of a folder without MAILBOXID, given when it is first seen and kept across renames by the
    /// registry. A folder made anew under an old name has another UIDVALIDITY, so it is another folder.
    pub fn of_name(account: AccountId, name: &str, uid_validity: u32) -> Self {
        let uid_validity = uid_validity.to_be_bytes();
        Self::of_parts(account, &[b"name", name.as_bytes(), &uid_validity])
    }

    fn of_parts(account: AccountId, parts: &[&[u8]]) -> Self {
        let mut text = account.as_bytes().to_vec();
        for part in parts {
            text.extend_from_slice(&(part.len() as u64).to_be_bytes());
            text.extend_from_slice(part);
        }
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
    /// What it is at a server of Exchange ActiveSync; `None` at an IMAP server.
    #[serde(default)]
    pub collection: Option<Box<Collection>>,
}

impl Folder {
    /// A folder of an IMAP server.
    pub fn new(id: FolderId, name: impl Into<String>) -> Self {
        Self {
            id,
            name: name.into(),
            collection: None,
        }
    }
}
