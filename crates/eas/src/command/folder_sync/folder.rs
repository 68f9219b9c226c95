//! A folder of the hierarchy.

use super::super::{Class, CollectionId, Error, read};
use crate::content::Text;
use pushmail_wbxml::Element;
use pushmail_wbxml::pages::folder_hierarchy as hierarchy;

/// A folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Folder {
    /// Its id.
    pub id: CollectionId,
    /// The folder that it is in; none at the top.
    pub parent: Option<CollectionId>,
    /// Its name.
    pub name: Text,
    /// What it is.
    pub kind: FolderKind,
}

/// What a folder is (MS-ASCMD, section 2.2.3.186.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FolderKind {
    /// A user's, of no certain class: 1.
    Generic,
    /// Inbox: 2.
    Inbox,
    /// Drafts: 3.
    Drafts,
    /// Deleted items: 4.
    DeletedItems,
    /// Sent items: 5.
    SentItems,
    /// Outbox: 6.
    Outbox,
    /// The user's tasks: 7.
    Tasks,
    /// The user's calendar: 8.
    Calendar,
    /// The user's contacts: 9.
    Contacts,
    /// The user's notes: 10.
    Notes,
    /// The user's journal: 11.
    Journal,
    /// A user's folder of mail: 12.
    UserMail,
    /// A user's calendar: 13.
    UserCalendar,
    /// A user's contacts: 14.
    UserContacts,
    /// A user's tasks: 15.
    UserTasks,
    /// A user's journal: 16.
    UserJournal,
    /// A user's notes: 17.
    UserNotes,
    /// One that the server does not know: 18.
    Unknown,
    /// Whom the user wrote to lately: 19.
    RecipientCache,
    /// One that the specification does not list.
    Other(u16),
}

impl FolderKind {
    /// The kind with this number.
    pub const fn of(number: u16) -> Self {
        match number {
            1 => Self::Generic,
            2 => Self::Inbox,
            3 => Self::Drafts,
            4 => Self::DeletedItems,
            5 => Self::SentItems,
            6 => Self::Outbox,
            7 => Self::Tasks,
            8 => Self::Calendar,
            9 => Self::Contacts,
            10 => Self::Notes,
            11 => Self::Journal,
            12 => Self::UserMail,
            13 => Self::UserCalendar,
            14 => Self::UserContacts,
            15 => Self::UserTasks,
            16 => Self::UserJournal,
            17 => Self::UserNotes,
            18 => Self::Unknown,
            19 => Self::RecipientCache,
            other => Self::Other(other),
        }
    }

    /// What such a folder holds; `None` if that cannot be told, or cannot be synchronised.
    pub const fn class(self) -> Option<Class> {
        match self {
            Self::Inbox
            | Self::Drafts
            | Self::DeletedItems
            | Self::SentItems
            | Self::Outbox
            | Self::UserMail => Some(Class::Email),
            Self::Calendar | Self::UserCalendar => Some(Class::Calendar),
            Self::Contacts | Self::UserContacts => Some(Class::Contacts),
            Self::Tasks | Self::UserTasks => Some(Class::Tasks),
            Self::Notes | Self::UserNotes => Some(Class::Notes),
            Self::Generic
            | Self::Journal
            | Self::UserJournal
            | Self::Unknown
            | Self::RecipientCache
            | Self::Other(_) => None,
        }
    }
}

impl Folder {
    pub(super) fn of(element: &Element) -> Result<Self, Error> {
        let name = element.find(&[hierarchy::DISPLAY_NAME]);
        let name = name.map(|name| name.text().into_owned());
        let parent = read::id_in(element, hierarchy::PARENT_ID, CollectionId::new)?;
        let kind = read::number_in(element, hierarchy::TYPE)?;
        Ok(Self {
            id: id_of(element)?,
            parent: parent.filter(|parent| parent.as_str() != "0"),
            name: Text::from(name.unwrap_or_default()),
            kind: kind.map_or(FolderKind::Unknown, FolderKind::of),
        })
    }
}

pub(super) fn id_of(element: &Element) -> Result<CollectionId, Error> {
    let id = read::id_in(element, hierarchy::SERVER_ID, CollectionId::new)?;
    id.ok_or(Error::Missing(hierarchy::SERVER_ID))
}
