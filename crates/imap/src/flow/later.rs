//! What is told once the account is live.

use super::limits;
use super::outputs::Queued;
use pushmail_domain::FolderId;
use pushmail_upstream::{Change, Output};
use std::collections::VecDeque;

/// How many changes of messages wait, and how many of their bytes; folders that change more are told as a whole.
const CHANGES: usize = 32;
const BYTES: usize = 8 * 1024;
/// About what one takes by itself.
const CHANGE: usize = 192;
/// How many changes of folders wait.
const FOLDERS: usize = 2 * limits::FOLDERS;
/// How many bytes of their names.
const NAMES: usize = 2 * limits::NAMES;

/// Changes that wait, in order.
#[derive(Default)]
pub(super) struct Later {
    queue: VecDeque<Queued>,
    /// How many of them are about messages, and how many bytes they take.
    changes: (usize, usize),
    /// How many are about folders, and how many bytes their names take.
    folders: (usize, usize),
}

impl Later {
    /// Takes a change; `false` if folders change more than waits.
    pub(super) fn add(&mut self, queued: Queued) -> bool {
        match Weight::of(&queued) {
            Weight::Folder(bytes) => {
                self.folders.0 += 1;
                self.folders.1 += bytes;
                self.queue.push_back(queued);
            }
            Weight::Messages(folder, _) if self.is_told_as_whole(folder) => {}
            Weight::Messages(folder, bytes) => {
                let (count, sum) = (self.changes.0 + 1, self.changes.1 + bytes);
                if count > CHANGES || sum > BYTES {
                    let resync = as_whole(folder, &queued);
                    self.queue.extend(resync.map(Queued::from));
                } else {
                    self.changes = (count, sum);
                    self.queue.push_back(queued);
                }
            }
        }
        self.folders.0 <= FOLDERS && self.folders.1 <= NAMES
    }

    fn is_told_as_whole(&self, folder: FolderId) -> bool {
        self.queue.iter().any(|queued| match queued {
            Queued::Output(output) => match &**output {
                Output::Change(Change::Resync { folder: told, .. }) => *told == folder,
                _ => false,
            },
            Queued::Told(_) => false,
        })
    }

    pub(super) fn into_queue(self) -> VecDeque<Queued> {
        self.queue
    }
}

/// What a change is about, and about how many bytes it takes.
enum Weight {
    Folder(usize),
    Messages(FolderId, usize),
}

impl Weight {
    fn of(queued: &Queued) -> Self {
        let text = |flags: &[String]| {
            let flags = flags.iter();
            CHANGE + flags.map(|flag| 24 + flag.len()).sum::<usize>()
        };
        let output = match queued {
            Queued::Told(told) => return Self::Messages(told.folder(), told.weight()),
            Queued::Output(output) => &**output,
        };
        match output {
            Output::Change(change) => match change {
                Change::Flags(flags) => Self::Messages(flags.key.folder, text(&flags.flags)),
                Change::Vanished(gone) => Self::Messages(gone.folder, CHANGE + gone.uids.len() * 8),
                Change::Snapshot(newest) => {
                    let messages = newest.messages.iter();
                    let bytes = messages.map(|(_, flags)| 32 + text(flags)).sum();
                    Self::Messages(newest.folder, bytes)
                }
                Change::Resync { folder, .. } => Self::Messages(*folder, 0),
                Change::FolderRenamed { folder, old_name } => {
                    Self::Folder(folder.name.len() + old_name.len())
                }
                Change::FolderCreated { folder, .. } | Change::FolderDeleted { folder } => {
                    Self::Folder(folder.name.len())
                }
                _ => Self::Folder(0),
            },
            _ => Self::Folder(0),
        }
    }
}

/// More changed in the folder than waits.
fn as_whole(folder: FolderId, queued: &Queued) -> Option<Change> {
    let output = match queued {
        Queued::Told(told) => {
            let noticed_at = told.noticed_at();
            return Some(Change::Resync { folder, noticed_at });
        }
        Queued::Output(output) => &**output,
    };
    let noticed_at = match output {
        Output::Change(change) => match change {
            Change::Flags(flags) => flags.noticed_at,
            Change::Vanished(gone) => gone.noticed_at,
            Change::Snapshot(newest) => newest.noticed_at,
            Change::Resync { noticed_at, .. } => *noticed_at,
            _ => return None,
        },
        _ => return None,
    };
    Some(Change::Resync { folder, noticed_at })
}

#[cfg(test)]
mod tests {
    use super::*;
    use pushmail_domain::{AccountId, Folder, MessageKey, Timestamp};
    use pushmail_upstream::ChangedFlags;

    fn folder() -> FolderId {
        FolderId::of_name(AccountId::from_bytes([1; 16]), "INBOX", 7)
    }

    fn flags(uid: u32) -> Queued {
        Queued::from(Change::Flags(Box::new(ChangedFlags {
            key: MessageKey {
                folder: folder(),
                uid_validity: 7,
                uid,
            },
            flags: vec!["\\Seen".to_owned()],
            mod_seq: None,
            noticed_at: Timestamp::from_micros(0),
        })))
    }

    #[test]
    fn a_flood_of_flags_is_told_as_one() {
        let mut later = Later::default();
        for uid in 1..100_000 {
            assert!(later.add(flags(uid)));
        }
        assert_eq!(later.into_queue().len(), CHANGES + 1);
    }

    #[test]
    fn folders_that_change_without_end_are_refused() {
        let mut later = Later::default();
        let renamed = || {
            let (id, name) = (folder(), "new".to_owned());
            let old_name = "old".to_owned();
            Queued::from(Change::FolderRenamed {
                folder: Folder::new(id, name),
                old_name,
            })
        };
        assert_eq!((0..).take_while(|_| later.add(renamed())).count(), FOLDERS);
    }
}
