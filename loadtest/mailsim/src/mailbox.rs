//! One user's mail.

mod flags;
mod folder;
mod folders;
mod mail;
mod names;
mod view;

pub(crate) use flags::{Edit, Flags};
pub use folder::FIRST_UID;
pub(crate) use folder::Folder;
pub(crate) use folders::{Folders, NameEvent};
pub use mail::{Announcement, StoredMessage};
pub(crate) use mail::{Mail, Message, header_fields, split_field};
pub(crate) use names::{canonical, is_below, matches};
pub(crate) use view::View;

use std::sync::{Mutex, MutexGuard, PoisonError};
use tokio::sync::watch;

/// The folders of one user, and the channel that wakes the user's connections.
pub(crate) struct Mailbox {
    folders: Mutex<Folders>,
    /// Counts the changes.
    changes: watch::Sender<u64>,
}

impl Mailbox {
    pub(crate) fn new(folders: Folders) -> Self {
        Self {
            folders: Mutex::new(folders),
            changes: watch::Sender::new(0),
        }
    }

    pub(crate) fn read<R>(&self, look: impl FnOnce(&Folders) -> R) -> R {
        look(&self.lock())
    }

    /// Changes what clients are not told of.
    pub(crate) fn note<R>(&self, change: impl FnOnce(&mut Folders) -> R) -> R {
        change(&mut self.lock())
    }

    /// Changes something and wakes the user's connections.
    pub(crate) fn change<R>(&self, change: impl FnOnce(&mut Folders) -> R) -> R {
        let result = change(&mut self.lock());
        self.wake();
        result
    }

    pub(crate) fn wake(&self) {
        self.changes.send_modify(|count| *count += 1);
    }

    pub(crate) fn watch(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }

    fn lock(&self) -> MutexGuard<'_, Folders> {
        self.folders.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
