//! Folders, as ActiveSync names and shows them.

use super::item::Kind;
use crate::mailbox::{Folder, Folders};
use std::fmt;
use std::hash::{DefaultHasher, Hash, Hasher};

/// The id of the first folder of mail; those before it are not mail.
const FIRST_MAIL: u32 = 4;

/// What a client calls a folder: it stays when the folder gets another name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct FolderId(u32);

/// What a folder is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// The folder with this id in the mailbox.
    Mail(u64),
    Items(Kind),
}

/// A folder as the hierarchy shows it.
pub(super) struct Listed {
    pub(super) id: FolderId,
    /// None at the top.
    pub(super) parent: Option<FolderId>,
    pub(super) name: String,
    /// MS-ASCMD, section 2.2.3.186.3.
    pub(super) kind: u8,
}

impl FolderId {
    fn of_mail(folder: &Folder) -> Self {
        let id = u32::try_from(folder.id).unwrap_or(u32::MAX);
        Self(id.saturating_add(FIRST_MAIL))
    }

    pub(super) const fn of_items(kind: Kind) -> Self {
        match kind {
            Kind::Calendar => Self(1),
            Kind::Contacts => Self(2),
            Kind::Tasks => Self(3),
        }
    }

    /// Reads what a client sent: an id that may be one of ours.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let id = Self(text.parse().ok()?);
        (id.to_string() == text).then_some(id)
    }

    pub(super) fn place(self) -> Place {
        let kinds = [Kind::Calendar, Kind::Contacts, Kind::Tasks];
        let kind = kinds.into_iter().find(|kind| Self::of_items(*kind) == self);
        kind.map_or_else(
            || Place::Mail(self.0.saturating_sub(FIRST_MAIL).into()),
            Place::Items,
        )
    }

    /// The name of its class (MS-ASCMD, section 2.2.3.27).
    pub(super) fn class(self) -> &'static str {
        match self.place() {
            Place::Mail(_) => "Email",
            Place::Items(kind) => kind.class(),
        }
    }

    /// Whether there is such a folder.
    pub(super) fn exists(self, folders: &Folders) -> bool {
        match self.place() {
            Place::Mail(id) => folders.by_id(id).is_some(),
            Place::Items(_) => true,
        }
    }

    /// Whether there is such a folder, and it can be synchronised.
    pub(super) fn is_in(self, folders: &Folders) -> bool {
        match self.place() {
            Place::Mail(id) => folders
                .by_id(id)
                .is_some_and(|(_, folder)| folder.selectable),
            Place::Items(_) => true,
        }
    }
}

impl fmt::Display for FolderId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Listed {
    /// All folders of a user.
    pub(super) fn all(folders: &Folders) -> Vec<Self> {
        let items = [Kind::Calendar, Kind::Contacts, Kind::Tasks];
        let items = items.into_iter().map(Self::of_items);
        let mail = folders
            .iter()
            .map(|(name, folder)| Self::of_mail(folders, name, folder));
        items.chain(mail).collect()
    }

    fn of_items(kind: Kind) -> Self {
        Self {
            id: FolderId::of_items(kind),
            parent: None,
            name: kind.class().to_owned(),
            kind: match kind {
                Kind::Tasks => 7,
                Kind::Calendar => 8,
                Kind::Contacts => 9,
            },
        }
    }

    fn of_mail(folders: &Folders, path: &str, folder: &Folder) -> Self {
        let (parent, name) = path.rsplit_once('/').unwrap_or(("", path));
        let inbox = path == "INBOX";
        Self {
            id: FolderId::of_mail(folder),
            parent: folders.get(parent).map(FolderId::of_mail),
            name: if inbox { "Inbox" } else { name }.to_owned(),
            kind: if inbox { 2 } else { kind_of(folder) },
        }
    }

    /// Tells whether what is shown has changed.
    pub(super) fn look(&self) -> u32 {
        let mut hasher = DefaultHasher::new();
        (self.parent.map(|parent| parent.0), &self.name, self.kind).hash(&mut hasher);
        hasher.finish() as u32
    }
}

fn kind_of(folder: &Folder) -> u8 {
    match folder.special_use.as_deref() {
        // A user's, of no class: it cannot be synchronised.
        _ if !folder.selectable => 1,
        Some("\\Drafts") => 3,
        Some("\\Trash") => 4,
        Some("\\Sent") => 5,
        _ => 12,
    }
}
