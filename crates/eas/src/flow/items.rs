//! What a change of an item means to an account.

use super::watched::{Reading, Watched};
use crate::Text;
use crate::command::sync::{Change, What};
use crate::item::{Appointment, BodyType, Contact, Data, Email, FlagStatus, Item, Task};
use pushmail_domain::cursor::came_before;
use pushmail_domain::{
    AppointmentContent, Arrival, ContactContent, ItemClass, Marks, TaskContent, Timestamp,
};
use pushmail_upstream::Moment;
use pushmail_upstream::item::{Item as Told, ItemChange, ItemView, ItemWhat, Mail};
use std::time::Duration;

/// Mail that is older than this when it comes was copied, moved or uploaded.
const OLD: Duration = Duration::from_secs(24 * 60 * 60);
/// So many characters of a text are kept.
const LONGEST: usize = 998;

/// What is told of a change, read from this key; `None` if nothing is. Without `all`, only what appears is, and what may
/// have: SOGo tells of new mail as changed to whoever comes with a key that is not the last one.
pub(super) fn told(
    folder: &Watched,
    change: &Change,
    (key, all): (&str, bool),
    at: Moment,
) -> Option<ItemChange> {
    let what = match &change.what {
        What::Added(item) => ItemWhat::New(Box::new(shown(folder.class, item, at.now))),
        What::Changed(item) if all || may_be_new(folder, item) => {
            changed(folder.class, item, at.now)
        }
        What::Changed(_) => return None,
        What::Deleted if !all => return None,
        What::Deleted => ItemWhat::Deleted,
        What::OutOfFilter | What::Fetched(..) => return None,
    };
    let rebuilt = match (folder.reading, &change.what) {
        (Reading::Rebuilt { since }, _) => Some(since),
        (_, What::Changed(item)) if may_be_new(folder, item) => Some(folder.read_at),
        (Reading::Baseline | Reading::Changes, _) => None,
    };
    Some(ItemChange {
        folder: folder.id,
        class: folder.class,
        server_id: change.id.as_str().to_owned(),
        generation: folder.generation,
        sync_key: key.into(),
        rebuilt,
        what,
        noticed_at: at.now,
        fetched_at: at.now,
    })
}

/// Whether a mail that has changed may never have been told: it has come whole, and not long before the last look.
fn may_be_new(folder: &Watched, item: &Item) -> bool {
    let Data::Email(email) = &item.data else {
        return false;
    };
    let is_whole = email.from.is_some() && item.body.is_some();
    let is_old = |received| came_before(received, folder.read_at);
    is_whole && email.received.is_some_and(|received| !is_old(received))
}

/// A change of a mail has only what has changed: marks, or the text of a draft.
fn changed(class: ItemClass, item: &Item, now: Timestamp) -> ItemWhat {
    if let Data::Email(email) = &item.data
        && is_about_marks(email, item)
    {
        return ItemWhat::Marked(marks(email));
    }
    ItemWhat::Changed(Box::new(shown(class, item, now)))
}

fn is_about_marks(email: &Email, item: &Item) -> bool {
    let has_marks = email.read.is_some() || email.flag.is_some();
    let has_text = email.subject.is_some() || email.to.is_some() || item.body.is_some();
    has_marks && !has_text
}

fn marks(email: &Email) -> Marks {
    Marks {
        seen: email.read,
        flagged: email.flag.map(|flag| flag == FlagStatus::Active),
    }
}

fn shown(class: ItemClass, item: &Item, now: Timestamp) -> Told {
    let view = match (class, &item.data) {
        (ItemClass::Message, Data::Email(email)) => {
            ItemView::Mail(Box::new(mail(email, item, now)))
        }
        (ItemClass::Message, Data::Other) => {
            ItemView::Mail(Box::new(mail(&Email::default(), item, now)))
        }
        (_, Data::Appointment(appointment)) => {
            ItemView::Appointment(Box::new(shown_appointment(appointment)))
        }
        (_, Data::Contact(contact)) => ItemView::Contact(Box::new(shown_contact(contact))),
        (_, Data::Task(task)) => ItemView::Task(Box::new(shown_task(task))),
        (_, Data::Email(_) | Data::Other) => ItemView::Nothing,
    };
    let hash = *item.hash.as_bytes();
    Told { hash, view }
}

fn mail(email: &Email, item: &Item, now: Timestamp) -> Mail {
    let body = item.body.as_ref();
    let is_mime = body.is_some_and(|body| body.kind == BodyType::Mime);
    let data = body.map(|body| body.data.to_vec()).unwrap_or_default();
    let size = body.and_then(|body| body.size);
    let is_plain = body.is_some_and(|body| body.kind == BodyType::PlainText);
    Mail {
        arrival: match email.received {
            Some(received) if received < now.before(OLD) => Arrival::Added,
            _ => Arrival::Delivered,
        },
        received: email.received,
        size: size.unwrap_or(data.len() as u64),
        marks: marks(email),
        from: text(email.from.as_ref()),
        to: text(email.to.as_ref()),
        subject: text(email.subject.as_ref()),
        text: match is_plain {
            true => String::from_utf8_lossy(&data)
                .chars()
                .take(LONGEST)
                .collect(),
            false => String::new(),
        },
        head: if is_mime { data } else { Vec::new() },
    }
}

fn shown_appointment(appointment: &Appointment) -> AppointmentContent {
    AppointmentContent {
        subject: text(appointment.subject.as_ref()),
        location: text(appointment.location.as_ref()),
        organizer: text(appointment.organizer.as_ref()),
        start: appointment.start,
        end: appointment.end,
        all_day: appointment.all_day.unwrap_or(false),
    }
}

fn shown_contact(contact: &Contact) -> ContactContent {
    let parts = [contact.first_name.as_ref(), contact.last_name.as_ref()];
    let full = parts.map(text);
    let full = full.join(" ").trim().to_owned();
    ContactContent {
        name: match full.is_empty() {
            true => text(contact.file_as.as_ref()),
            false => full,
        },
        company: text(contact.company.as_ref()),
        email: text(contact.email.as_ref()),
    }
}

fn shown_task(task: &Task) -> TaskContent {
    TaskContent {
        subject: text(task.subject.as_ref()),
        start: task.start,
        due: task.due,
        complete: task.complete.unwrap_or(false),
    }
}

/// A text as it is shown: on one line, and not too long.
fn text(text: Option<&Text>) -> String {
    let words = text
        .map(|text| text.split_whitespace())
        .into_iter()
        .flatten();
    let line = words.collect::<Vec<_>>().join(" ");
    line.chars()
        .filter(|one| !one.is_control())
        .take(LONGEST)
        .collect()
}
