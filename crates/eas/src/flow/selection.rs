//! Which folders are watched.

use crate::command::Class;
use crate::command::folder_sync::{Folder, FolderKind};
use pushmail_domain::ItemClass;
use serde::{Deserialize, Serialize};

/// The user's own folders by a name that no server gives, and the inbox as IMAP calls it.
const SPECIAL: [(&str, FolderKind); 4] = [
    ("INBOX", FolderKind::Inbox),
    ("\\Calendar", FolderKind::Calendar),
    ("\\Contacts", FolderKind::Contacts),
    ("\\Tasks", FolderKind::Tasks),
];
/// Stands for every folder, but for some that hold nothing new.
const ALL: &str = "*";

/// The names of the folders to watch, in their order.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Selection(Vec<String>);

impl Selection {
    pub(super) const fn new(names: Vec<String>) -> Self {
        Self(names)
    }

    /// The place of the first name that the folder has; `None` if it is not watched.
    pub(super) fn place(&self, folder: &Folder) -> Option<usize> {
        class(folder)?;
        let named = self.0.iter().position(|name| is_called(folder, name));
        named.or_else(|| {
            let all = self.0.iter().position(|name| name == ALL);
            all.filter(|_| !is_passed_over(folder.kind))
        })
    }

    /// All of them, for people.
    pub(super) fn names(&self) -> String {
        self.0.join(", ")
    }

    /// The names that none of these folders has.
    pub(super) fn missing(&self, folders: &[Folder]) -> Vec<String> {
        let is_there = |name: &String| folders.iter().any(|folder| is_called(folder, name));
        let names = self.0.iter().filter(|name| *name != ALL);
        names.filter(|name| !is_there(name)).cloned().collect()
    }
}

/// What the folder holds; `None` if that is nothing that is watched.
pub(super) fn class(folder: &Folder) -> Option<ItemClass> {
    Some(match folder.kind.class()? {
        Class::Email => ItemClass::Message,
        Class::Calendar => ItemClass::Calendar,
        Class::Contacts => ItemClass::Contact,
        Class::Tasks => ItemClass::Task,
        Class::Notes => return None,
    })
}

fn is_called(folder: &Folder, name: &str) -> bool {
    let special = SPECIAL
        .into_iter()
        .find(|(special, _)| special.eq_ignore_ascii_case(name));
    match special {
        Some((_, kind)) => folder.kind == kind,
        None => *folder.name == *name,
    }
}

const fn is_passed_over(kind: FolderKind) -> bool {
    matches!(
        kind,
        FolderKind::Drafts
            | FolderKind::DeletedItems
            | FolderKind::SentItems
            | FolderKind::Outbox
            | FolderKind::RecipientCache
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Text;
    use crate::command::CollectionId;

    fn folder(name: &str, kind: FolderKind) -> Folder {
        Folder {
            id: CollectionId::new("1").unwrap(),
            parent: None,
            name: Text::from(name.to_owned()),
            kind,
        }
    }

    fn selection(names: &[&str]) -> Selection {
        Selection::new(names.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn the_users_own_folders_are_known_whatever_the_server_calls_them() {
        let selection = selection(&["inbox", "\\Calendar"]);
        let inbox = folder("Posteingang", FolderKind::Inbox);
        assert_eq!(selection.place(&inbox), Some(0));
        assert_eq!(
            selection.place(&folder("Kalender", FolderKind::Calendar)),
            Some(1)
        );
        let other = folder("Kalender", FolderKind::UserCalendar);
        assert_eq!(selection.place(&other), None);
        assert_eq!(selection.missing(&[inbox]), ["\\Calendar"]);
    }

    #[test]
    fn everything_leaves_out_what_holds_nothing_new_unless_it_is_named() {
        let all = selection(&["*"]);
        assert_eq!(all.place(&folder("Lists", FolderKind::UserMail)), Some(0));
        assert_eq!(all.place(&folder("Sent", FolderKind::SentItems)), None);
        assert_eq!(all.place(&folder("Journal", FolderKind::Journal)), None);
        let named = selection(&["*", "Sent"]);
        assert_eq!(named.place(&folder("Sent", FolderKind::SentItems)), Some(1));
    }
}
