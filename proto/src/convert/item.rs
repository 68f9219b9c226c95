//! Items of mailboxes at servers of Exchange ActiveSync.

use super::{arrival, message, timestamp};
use crate::v1;
use pushmail_domain::{
    AppointmentContent, Content, EventKind, FolderId, ItemClass, ItemContent, ItemData, Marks,
    TaskContent,
};
use v1::event::Kind;

/// What happened to an item: of a mail, in the words that IMAP's events have too.
pub(super) fn kind(kind: &EventKind, content: Option<Content>) -> Option<Kind> {
    let ItemContent { server_id, data } = match content {
        Some(Content::Item(item)) => *item,
        _ => ItemContent {
            server_id: String::new(),
            data: ItemData::Nothing,
        },
    };
    let told = Told { server_id, data };
    Some(match *kind {
        EventKind::ItemNew {
            folder,
            class: ItemClass::Message,
            arrival: how,
        } => Kind::MessageNew(v1::MessageNew {
            arrival: arrival(how).into(),
            ..told.message_new(folder)
        }),
        EventKind::ItemNew { folder, class, .. } => Kind::ItemNew(told.appeared(folder, class)),
        EventKind::ItemChanged { folder, class } => Kind::ItemChanged(told.changed(folder, class)),
        EventKind::ItemMarked { folder } => Kind::MessageFlags(told.marked(folder)),
        EventKind::ItemDeleted {
            folder,
            class: ItemClass::Message,
        } => Kind::MessageDeleted(v1::MessageDeleted {
            folder_id: folder.to_string(),
            server_id: told.server_id,
            ..v1::MessageDeleted::default()
        }),
        EventKind::ItemDeleted { folder, class } => Kind::ItemDeleted(v1::ItemDeleted {
            folder_id: folder.to_string(),
            class: self::class(class).into(),
            server_id: told.server_id,
        }),
        _ => return None,
    })
}

/// What is told of an item.
struct Told {
    server_id: String,
    data: ItemData,
}

impl Told {
    fn message_new(self, folder: FolderId) -> v1::MessageNew {
        let message = match self.data {
            ItemData::Message(content) => Some(message(*content)),
            _ => None,
        };
        v1::MessageNew {
            folder_id: folder.to_string(),
            server_id: self.server_id,
            message,
            ..v1::MessageNew::default()
        }
    }

    fn appeared(self, folder: FolderId, class: ItemClass) -> v1::ItemNew {
        v1::ItemNew {
            folder_id: folder.to_string(),
            class: self::class(class).into(),
            server_id: self.server_id,
            detail: detail(self.data),
        }
    }

    fn changed(self, folder: FolderId, class: ItemClass) -> v1::ItemChanged {
        v1::ItemChanged {
            folder_id: folder.to_string(),
            class: self::class(class).into(),
            server_id: self.server_id,
            detail: detail(self.data),
        }
    }

    fn marked(self, folder: FolderId) -> v1::MessageFlags {
        let marks = match self.data {
            ItemData::Marks(marks) => marks,
            _ => Marks::default(),
        };
        v1::MessageFlags {
            folder_id: folder.to_string(),
            server_id: self.server_id,
            seen: marks.seen,
            flagged: marks.flagged,
            ..v1::MessageFlags::default()
        }
    }
}

fn detail(data: ItemData) -> Option<v1::ItemDetail> {
    use v1::item_detail::Item;
    let item = match data {
        ItemData::Nothing | ItemData::Marks(_) => return None,
        ItemData::Message(content) => Item::Message(message(*content)),
        ItemData::Appointment(content) => Item::Appointment(appointment(*content)),
        ItemData::Contact(contact) => Item::Contact(v1::Contact {
            name: contact.name,
            company: contact.company,
            email: contact.email,
        }),
        ItemData::Task(content) => Item::Task(task(*content)),
    };
    Some(v1::ItemDetail { item: Some(item) })
}

fn appointment(content: AppointmentContent) -> v1::Appointment {
    v1::Appointment {
        subject: content.subject,
        location: content.location,
        organizer: content.organizer,
        start: content.start.map(timestamp),
        end: content.end.map(timestamp),
        all_day: content.all_day,
    }
}

fn task(content: TaskContent) -> v1::Task {
    v1::Task {
        subject: content.subject,
        start: content.start.map(timestamp),
        due: content.due.map(timestamp),
        complete: content.complete,
    }
}

const fn class(class: ItemClass) -> v1::ItemClass {
    match class {
        ItemClass::Message => v1::ItemClass::Message,
        ItemClass::Calendar => v1::ItemClass::Calendar,
        ItemClass::Contact => v1::ItemClass::Contact,
        ItemClass::Task => v1::ItemClass::Task,
    }
}

/// The filterable type of what happened to an item; `None` if it is about none.
pub(super) const fn event_type(kind: &EventKind) -> Option<v1::EventType> {
    use v1::EventType;
    Some(match kind {
        EventKind::ItemNew { class, .. } => match class {
            ItemClass::Message => EventType::MessageNew,
            ItemClass::Calendar => EventType::CalendarNew,
            ItemClass::Contact => EventType::ContactNew,
            ItemClass::Task => EventType::TaskNew,
        },
        EventKind::ItemChanged { class, .. } => match class {
            ItemClass::Message => EventType::MessageChanged,
            ItemClass::Calendar => EventType::CalendarChanged,
            ItemClass::Contact => EventType::ContactChanged,
            ItemClass::Task => EventType::TaskChanged,
        },
        EventKind::ItemMarked { .. } => EventType::MessageFlags,
        EventKind::ItemDeleted { class, .. } => match class {
            ItemClass::Message => EventType::MessageDeleted,
            ItemClass::Calendar => EventType::CalendarDeleted,
            ItemClass::Contact => EventType::ContactDeleted,
            ItemClass::Task => EventType::TaskDeleted,
        },
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use pushmail_domain::{Arrival, MessageContent};

    const FOLDER: FolderId = FolderId::from_bytes([3; 16]);

    fn content(data: ItemData) -> Option<Content> {
        let server_id = "5:1".to_owned();
        Some(Content::Item(Box::new(ItemContent { server_id, data })))
    }

    #[test]
    fn a_mail_is_told_in_the_words_of_imap_and_named_by_its_server_id() {
        let new = EventKind::ItemNew {
            folder: FOLDER,
            class: ItemClass::Message,
            arrival: Arrival::Added,
        };
        let mail = MessageContent {
            subject: "Lunch".into(),
            ..MessageContent::default()
        };
        let told = kind(&new, content(ItemData::Message(Box::new(mail))));
        let Some(Kind::MessageNew(told)) = told else {
            panic!("not a message: {told:?}");
        };
        assert_eq!((told.uid, &*told.server_id), (0, "5:1"));
        assert_eq!(told.arrival(), v1::Arrival::Added);
        assert_eq!(told.message.unwrap().subject, "Lunch");
        assert_eq!(event_type(&new), Some(v1::EventType::MessageNew));
    }

    #[test]
    fn only_the_marks_that_changed_are_told() {
        let marked = EventKind::ItemMarked { folder: FOLDER };
        let marks = Marks {
            seen: Some(true),
            flagged: None,
        };
        let told = kind(&marked, content(ItemData::Marks(marks)));
        let Some(Kind::MessageFlags(told)) = told else {
            panic!("not marks: {told:?}");
        };
        assert_eq!((told.seen, told.flagged), (Some(true), None));
    }

    #[test]
    fn an_item_whose_content_cannot_be_opened_has_its_routing() {
        let (folder, class) = (FOLDER, ItemClass::Task);
        let told = kind(&EventKind::ItemDeleted { folder, class }, None);
        let Some(Kind::ItemDeleted(told)) = told else {
            panic!("not an item: {told:?}");
        };
        assert_eq!(told.class(), v1::ItemClass::Task);
        assert_eq!(told.folder_id, FOLDER.to_string());
    }
}
