//! What a folder holds, as a device's memory is compared with it.

use super::choice::Filter;
use super::folder::{FolderId, Place};
use super::item::{Item, Kind};
use super::items::Items;
use crate::mailbox::{Folder, Folders, Message};
use pushmail_domain::Timestamp;

/// The mail and the items of a user.
#[derive(Clone, Copy)]
pub(super) struct Stock<'s> {
    pub(super) folders: &'s Folders,
    pub(super) items: &'s Items,
    pub(super) now: Timestamp,
}

/// An item that is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Present {
    /// What it is called here, in its folder.
    pub(super) item: u32,
    /// Another one after each change that clients are told of.
    pub(super) version: u32,
    /// It is within the filter.
    pub(super) inside: bool,
}

/// What can be told of a mail besides its content: bits of its version.
pub(super) const READ: u32 = 1;
pub(super) const FLAGGED: u32 = 2;

impl<'s> Stock<'s> {
    /// The items of a folder, by number.
    pub(super) fn present(&self, folder: FolderId, filter: Filter) -> Vec<Present> {
        let mut all: Vec<Present> = match folder.place() {
            Place::Mail(id) => self.mails(id, filter),
            Place::Items(kind) => {
                let items = self.items.of(kind);
                items
                    .map(|(item, stored)| Present {
                        item,
                        version: stored.version,
                        inside: filter.admits(&stored.item, self.now),
                    })
                    .collect()
            }
        };
        all.sort_unstable_by_key(|present| present.item);
        // A mail that was copied into its own folder is shown once.
        all.dedup_by_key(|present| present.item);
        all
    }

    /// Another number after each change of the folder.
    pub(super) fn changes(&self, folder: FolderId) -> u64 {
        match folder.place() {
            Place::Mail(id) => self.folder(id).map_or(0, |folder| folder.modseq),
            Place::Items(_) => self.items.changes(),
        }
    }

    pub(super) fn mail(&self, folder: u64, item: u32) -> Option<&'s Message> {
        let mut all = self.folder(folder)?.messages().iter();
        all.find(|message| number(message) == item)
    }

    pub(super) fn item(&self, kind: Kind, item: u32) -> Option<&'s Item> {
        self.items.get(kind, item)
    }

    fn folder(&self, id: u64) -> Option<&'s Folder> {
        self.folders.by_id(id).map(|(_, folder)| folder)
    }

    fn mails(&self, folder: u64, filter: Filter) -> Vec<Present> {
        let messages = self.folder(folder).map(Folder::messages);
        let messages = messages.unwrap_or_default().iter();
        messages
            .map(|message| Present {
                item: number(message),
                version: version(message),
                inside: filter.admits_mail(message.mail.internal_date, self.now),
            })
            .collect()
    }
}

/// A mail's number: the same for good, whatever its UID.
pub(super) fn number(message: &Message) -> u32 {
    u32::try_from(message.mail.id).unwrap_or(u32::MAX)
}

/// What is told of a mail's flags.
pub(super) fn version(message: &Message) -> u32 {
    let bit = |flag, bit| if message.flags.contains(flag) { bit } else { 0 };
    bit("\\Seen", READ) | bit("\\Flagged", FLAGGED)
}
