//! An item, as much of it as a notification shows.

mod body;
mod calendar;
mod captured;
mod collector;
mod contact;
mod email;
mod hash;
mod limits;
mod task;
mod wanted;

pub use body::{Body, BodyType};
pub use calendar::Appointment;
pub(crate) use collector::Collector;
pub use contact::Contact;
pub use email::{Email, FlagStatus, Importance};
pub use hash::ItemHash;
pub use limits::Limits;
pub use task::Task;

/// An item: what ApplicationData (MS-ASCMD, section 2.2.3.11) and Properties (2.2.3.139) hold.
///
/// A change of a mail has only what has changed, so that any field may be missing; of everything else a change has all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// What it is, and what it says.
    pub data: Data,
    /// Its text, or its MIME.
    pub body: Option<Body>,
    /// Tells it from what it was before.
    pub hash: ItemHash,
}

/// What an item is, by the elements that it has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Data {
    /// A mail.
    Email(Box<Email>),
    /// An appointment or a meeting.
    Appointment(Box<Appointment>),
    /// A contact.
    Contact(Box<Contact>),
    /// A task.
    Task(Box<Task>),
    /// A note, or something that has nothing but a body.
    Other,
}
