//! Appointments, contacts and tasks, as a test makes them.

mod elements;
mod read;

use super::folder::FolderId;
pub(super) use elements::whole;
use pushmail_domain::Timestamp;
pub(super) use read::read;

/// Something in the calendar, the contacts or the tasks of a user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Item {
    /// In the calendar.
    Appointment(Appointment),
    /// In the contacts.
    Contact(Contact),
    /// In the tasks.
    Task(Task),
}

/// An appointment (MS-ASCAL, section 2.2.2).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Appointment {
    /// Its subject.
    pub subject: String,
    /// Where it is; empty if nowhere.
    pub location: String,
    /// When it starts.
    pub start: Timestamp,
    /// When it ends.
    pub end: Timestamp,
    /// Whether it takes whole days.
    pub all_day: bool,
    /// Who invites; empty if nobody.
    pub organizer: String,
    /// Its text.
    pub body: String,
}

/// A contact (MS-ASCNTC, section 2.2.2). What is empty is not there.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Contact {
    /// First name.
    pub first_name: String,
    /// Last name.
    pub last_name: String,
    /// Company.
    pub company: String,
    /// Address of mail.
    pub email: String,
    /// Notes.
    pub body: String,
}

/// A task (MS-ASTASK, section 2.2.2).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Task {
    /// Its subject.
    pub subject: String,
    /// When it begins.
    pub start: Option<Timestamp>,
    /// When it has to be done.
    pub due: Option<Timestamp>,
    /// Whether it is done.
    pub complete: bool,
    /// Its text.
    pub body: String,
}

/// Which item it is, for the test that made it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ItemId {
    pub(super) kind: Kind,
    pub(super) number: u32,
}

/// What holds items.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Kind {
    Calendar,
    Contacts,
    Tasks,
}

impl Kind {
    /// The name of the class, and of the folder.
    pub(super) const fn class(self) -> &'static str {
        match self {
            Self::Calendar => "Calendar",
            Self::Contacts => "Contacts",
            Self::Tasks => "Tasks",
        }
    }
}

impl Item {
    pub(super) const fn kind(&self) -> Kind {
        match self {
            Self::Appointment(_) => Kind::Calendar,
            Self::Contact(_) => Kind::Contacts,
            Self::Task(_) => Kind::Tasks,
        }
    }
}

impl ItemId {
    /// The ServerId that the item has from 16.0 on (MS-ASCMD, section 2.2.3.166.8).
    pub fn server_id(self) -> String {
        format!("{}:{}", FolderId::of_items(self.kind), self.number)
    }
}
