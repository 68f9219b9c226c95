//! One user's mail.

mod ears;
mod flags;
mod folder;
mod folders;
mod mail;
mod names;
mod shared;
mod view;

pub(crate) use flags::{Edit, Flags};
pub use folder::FIRST_UID;
pub(crate) use folder::Folder;
pub(crate) use folders::{Folders, NameEvent};
pub use mail::{Announcement, StoredMessage};
pub(crate) use mail::{Mail, Message, header_fields, split_field};
pub(crate) use names::{canonical, is_below, matches};
pub(crate) use shared::Shared;
pub(crate) use view::View;

use crate::park::{Call, Park, Seat};
use ears::Ears;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The folders of one user, and which connections hear of their changes.
pub(crate) struct Mailbox {
    folders: Mutex<Shared>,
    ears: Mutex<Ears>,
    /// Where connections are that wait.
    park: Arc<Park>,
}

impl Mailbox {
    /// With these folders, which may be others' too.
    pub(crate) fn new(folders: Arc<Folders>, park: Arc<Park>) -> Self {
        Self {
            folders: Mutex::new(Shared::new(folders)),
            ears: Mutex::default(),
            park,
        }
    }

    pub(crate) fn read<R>(&self, look: impl FnOnce(&Folders) -> R) -> R {
        look(&lock(&self.folders))
    }

    /// Changes what clients are not told of.
    pub(crate) fn note<R>(&self, change: impl FnOnce(&mut Shared) -> R) -> R {
        change(&mut lock(&self.folders))
    }

    /// Changes something and wakes the user's connections.
    pub(crate) fn change<R>(&self, change: impl FnOnce(&mut Shared) -> R) -> R {
        let result = self.note(change);
        self.wake();
        result
    }

    /// Wakes the user's connections.
    pub(crate) fn wake(&self) {
        let ears = lock(&self.ears).ring();
        for (seat, task) in ears {
            match task {
                Some(task) => task.wake(),
                // One that is busy looks before it waits.
                None => self.park.wake(seat, Call::News),
            }
        }
    }

    /// Lets a connection hear; how many changes there were.
    pub(crate) fn listen(&self, seat: Seat) -> u64 {
        lock(&self.ears).add(seat)
    }

    /// Lets a connection hear no more.
    pub(crate) fn leave(&self, seat: Seat) {
        lock(&self.ears).remove(seat);
    }

    /// How many changes there were.
    pub(crate) fn changes(&self) -> u64 {
        lock(&self.ears).changes()
    }

    /// Waits until there were other than these many changes; how many.
    pub(crate) async fn changed(&self, seat: Seat, seen: u64) -> u64 {
        std::future::poll_fn(|context| lock(&self.ears).poll(seat, seen, context)).await
    }

    /// The connection has been parked: its task is gone, and it goes on if there were other than these many changes.
    pub(crate) fn parked(&self, seat: Seat, seen: u64) {
        if lock(&self.ears).forget_task(seat) != seen {
            self.park.wake(seat, Call::News);
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
