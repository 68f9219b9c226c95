//! What is told of items of a mailbox at a server of Exchange ActiveSync.

use pushmail_domain::{
    AppointmentContent, Arrival, ContactContent, FolderId, ItemClass, Marks, TaskContent, Timestamp,
};

/// Something happened to an item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ItemChange {
    /// Its folder.
    pub folder: FolderId,
    /// What it is.
    pub class: ItemClass,
    /// Its ServerId (MS-ASCMD, section 2.2.3.166.8).
    pub server_id: String,
    /// How often the server gave up the folder's ServerIds.
    pub generation: u32,
    /// The SyncKey that it was read from.
    pub sync_key: Box<str>,
    /// The folder is read from its beginning, because its key was refused: news is what came after this and was not
    /// announced before. Of a mail that has changed: it may be new all the same, by the same rule.
    pub rebuilt: Option<Timestamp>,
    /// What happened.
    pub what: ItemWhat,
    /// When the server's notice arrived.
    pub noticed_at: Timestamp,
    /// When the item had been read.
    pub fetched_at: Timestamp,
}

/// What happened to an item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ItemWhat {
    /// It appeared.
    New(Box<Item>),
    /// It is another one now.
    Changed(Box<Item>),
    /// Marks of a mail changed.
    Marked(Marks),
    /// It is gone.
    Deleted,
}

/// An item, as much of it as is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// Tells it from what it was before.
    pub hash: [u8; 16],
    /// What it says.
    pub view: ItemView,
}

/// What an item says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ItemView {
    /// A mail.
    Mail(Box<Mail>),
    /// An appointment or a meeting.
    Appointment(Box<AppointmentContent>),
    /// A contact.
    Contact(Box<ContactContent>),
    /// A task.
    Task(Box<TaskContent>),
    /// Nothing that is shown.
    Nothing,
}

/// A mail. What its MIME says counts more than what the server says of it, which is there if the MIME is not.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Mail {
    /// How it came into its folder.
    pub arrival: Arrival,
    /// When it came (MS-ASEMAIL, section 2.2.2.22).
    pub received: Option<Timestamp>,
    /// Its size in bytes, as far as the server says; else of what came of it.
    pub size: u64,
    /// Its marks.
    pub marks: Marks,
    /// The first bytes of its MIME: header and the start of the body.
    pub head: Vec<u8>,
    /// The sender, as the server says.
    pub from: String,
    /// The recipients, as the server says.
    pub to: String,
    /// The subject, as the server says.
    pub subject: String,
    /// The first words of its text, if no MIME came.
    pub text: String,
}
