//! Items of a mailbox at a server of Exchange ActiveSync: mail, appointments, contacts and tasks.

use crate::event::MessageContent;
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};

/// What a folder holds (MS-ASCMD, section 2.2.3.27.5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ItemClass {
    /// Mail.
    Message,
    /// Appointments and meetings.
    Calendar,
    /// Contacts.
    Contact,
    /// Tasks.
    Task,
}

/// What the server calls a folder, and what it holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Collection {
    /// Its ServerId (MS-ASCMD, section 2.2.3.166.3): 1 to 512 bytes, to be sent back as it came.
    pub server_id: String,
    /// What it holds.
    pub class: ItemClass,
}

/// What an event says of an item: sealed in the log (invariant 7).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ItemContent {
    /// Its ServerId (MS-ASCMD, section 2.2.3.166.8), 1 to 512 bytes: what `Messages.Fetch` asks for.
    pub server_id: String,
    /// What it is; as much of it as the account's content level allows.
    pub data: ItemData,
}

/// What an item is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ItemData {
    /// Not said: it is gone, or the content level leaves it out.
    Nothing,
    /// A mail.
    Message(Box<MessageContent>),
    /// The marks of a mail that the change was about.
    Marks(Marks),
    /// An appointment or a meeting.
    Appointment(Box<AppointmentContent>),
    /// A contact.
    Contact(Box<ContactContent>),
    /// A task.
    Task(Box<TaskContent>),
}

/// Marks of a mail; `None` for one that the change was not about.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Marks {
    /// Whether it is read (MS-ASEMAIL, section 2.2.2.58).
    pub seen: Option<bool>,
    /// Whether somebody marked it for later (MS-ASEMAIL, section 2.2.2.34).
    pub flagged: Option<bool>,
}

/// An appointment or a meeting (MS-ASCAL, section 2.2.2). Of one that recurs, the times are those of its first time.
/// Texts are UTF-8 and bounded; what it does not have is empty or `None`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AppointmentContent {
    /// Its subject.
    pub subject: String,
    /// Where it is.
    pub location: String,
    /// Who invites.
    pub organizer: String,
    /// When it starts.
    pub start: Option<Timestamp>,
    /// When it ends.
    pub end: Option<Timestamp>,
    /// Whether it takes all day.
    pub all_day: bool,
}

/// A contact (MS-ASCNTC, section 2.2.2).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ContactContent {
    /// The name to show.
    pub name: String,
    /// The company.
    pub company: String,
    /// The first address for mail.
    pub email: String,
}

/// A task (MS-ASTASK, section 2.2.2).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TaskContent {
    /// Its subject.
    pub subject: String,
    /// When it begins.
    pub start: Option<Timestamp>,
    /// When it has to be done.
    pub due: Option<Timestamp>,
    /// Whether it is done.
    pub complete: bool,
}
