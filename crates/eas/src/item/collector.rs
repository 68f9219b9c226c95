//! The events of an item put together to an [`Item`].

use super::captured::Captured;
use super::hash::Hasher;
use super::limits::Limits;
use super::{Appointment, Body, Contact, Data, Email, Item, Task};
use crate::command::Class;
use pushmail_wbxml::{Event, Tag};
use std::fmt;

/// Takes the events of an item, those of the element around it excluded. Keeps what is wanted, bounded, and hashes all.
pub(crate) struct Collector {
    hash: Hasher,
    captured: Captured,
    /// The elements that are open.
    path: Vec<Tag>,
    /// By the first element that tells it.
    class: Option<Class>,
}

impl Collector {
    pub(crate) fn new(limits: Limits) -> Self {
        Self {
            hash: Hasher::new(),
            captured: Captured::new(limits),
            path: Vec::new(),
            class: None,
        }
    }

    /// Takes an event; whether it was the end of the element around the item.
    pub(crate) fn take(&mut self, event: &Event<'_>) -> bool {
        match *event {
            Event::Start { tag, .. } => self.start(tag),
            Event::Text { text, more } => {
                self.hash.text(text, more);
                self.captured.append(text.as_bytes());
            }
            Event::Opaque { bytes, left } => {
                self.hash.opaque(bytes, left);
                self.captured.append(bytes);
            }
            Event::End { .. } if self.path.pop().is_none() => return true,
            Event::End { .. } => {
                self.hash.end();
                self.captured.end();
            }
        }
        false
    }

    pub(crate) fn finish(self) -> Item {
        let captured = self.captured;
        let data = match self.class {
            Some(Class::Email) => Data::Email(Box::new(Email::of(&captured))),
            Some(Class::Calendar) => Data::Appointment(Box::new(Appointment::of(&captured))),
            Some(Class::Contacts) => Data::Contact(Box::new(Contact::of(&captured))),
            Some(Class::Tasks) => Data::Task(Box::new(Task::of(&captured))),
            Some(Class::Notes) | None => Data::Other,
        };
        Item {
            data,
            body: Body::of(&captured),
            hash: self.hash.finish(),
        }
    }

    fn start(&mut self, tag: Tag) {
        if self.path.is_empty() && self.class.is_none() {
            self.class = Class::of_page(tag.page());
        }
        self.path.push(tag);
        self.hash.start(tag);
        self.captured.start(&self.path);
    }
}

impl fmt::Debug for Collector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Collector({:?}, {:?})", self.class, self.path)
    }
}
