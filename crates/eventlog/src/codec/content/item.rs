//! What is said of an item.

use super::{decode_message, encode_message};
use pushmail_domain::{
    AppointmentContent, ContactContent, ItemContent, ItemData, Marks, TaskContent, Timestamp,
};
use pushmail_proto::log::v1;
use v1::item_content::{self as stored, Data};

pub(super) fn encode(item: &ItemContent) -> v1::ItemContent {
    let data = match &item.data {
        ItemData::Nothing => None,
        ItemData::Message(message) => Some(Data::Message(encode_message(message))),
        ItemData::Marks(marks) => Some(Data::Marks(stored::Marks {
            seen: marks.seen,
            flagged: marks.flagged,
        })),
        ItemData::Appointment(appointment) => {
            Some(Data::Appointment(encode_appointment(appointment)))
        }
        ItemData::Contact(contact) => Some(Data::Contact(stored::Contact {
            name: contact.name.clone(),
            company: contact.company.clone(),
            email: contact.email.clone(),
        })),
        ItemData::Task(task) => Some(Data::Task(stored::Task {
            subject: task.subject.clone(),
            start: task.start.map(Timestamp::micros),
            due: task.due.map(Timestamp::micros),
            complete: task.complete,
        })),
    };
    v1::ItemContent {
        server_id: item.server_id.clone(),
        data,
    }
}

pub(super) fn decode(item: v1::ItemContent) -> ItemContent {
    let data = match item.data {
        None => ItemData::Nothing,
        Some(Data::Message(message)) => ItemData::Message(Box::new(decode_message(message))),
        Some(Data::Marks(marks)) => ItemData::Marks(Marks {
            seen: marks.seen,
            flagged: marks.flagged,
        }),
        Some(Data::Appointment(appointment)) => {
            ItemData::Appointment(Box::new(decode_appointment(appointment)))
        }
        Some(Data::Contact(contact)) => ItemData::Contact(Box::new(ContactContent {
            name: contact.name,
            company: contact.company,
            email: contact.email,
        })),
        Some(Data::Task(task)) => ItemData::Task(Box::new(TaskContent {
            subject: task.subject,
            start: task.start.map(Timestamp::from_micros),
            due: task.due.map(Timestamp::from_micros),
            complete: task.complete,
        })),
    };
    ItemContent {
        server_id: item.server_id,
        data,
    }
}

fn encode_appointment(appointment: &AppointmentContent) -> stored::Appointment {
    stored::Appointment {
        subject: appointment.subject.clone(),
        location: appointment.location.clone(),
        organizer: appointment.organizer.clone(),
        start: appointment.start.map(Timestamp::micros),
        end: appointment.end.map(Timestamp::micros),
        all_day: appointment.all_day,
    }
}

fn decode_appointment(appointment: stored::Appointment) -> AppointmentContent {
    AppointmentContent {
        subject: appointment.subject,
        location: appointment.location,
        organizer: appointment.organizer,
        start: appointment.start.map(Timestamp::from_micros),
        end: appointment.end.map(Timestamp::from_micros),
        all_day: appointment.all_day,
    }
}
