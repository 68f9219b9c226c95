//! How appointments, contacts, tasks and drafts are printed.

use super::rfc3339;
use pushmail_proto::v1::{ItemDetail, item_detail::Item};
use serde::Serialize;

/// What an item says. What it does not have is left out.
#[derive(Debug, Default, Serialize)]
pub(crate) struct ItemLine {
    /// The subject, or the name.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(crate) subject: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(crate) location: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(crate) organizer: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(crate) company: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(crate) email: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) start: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) end: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) due: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) complete: Option<bool>,
}

impl ItemLine {
    pub(super) fn new(detail: Option<ItemDetail>) -> Option<Self> {
        Some(match detail?.item? {
            Item::Message(mail) => Self {
                subject: mail.subject,
                ..Self::default()
            },
            Item::Appointment(appointment) => Self {
                subject: appointment.subject,
                location: appointment.location,
                organizer: appointment.organizer,
                start: appointment.start.as_ref().and_then(rfc3339),
                end: appointment.end.as_ref().and_then(rfc3339),
                ..Self::default()
            },
            Item::Contact(contact) => Self {
                subject: contact.name,
                company: contact.company,
                email: contact.email,
                ..Self::default()
            },
            Item::Task(task) => Self {
                subject: task.subject,
                start: task.start.as_ref().and_then(rfc3339),
                due: task.due.as_ref().and_then(rfc3339),
                complete: Some(task.complete),
                ..Self::default()
            },
        })
    }

    /// The item in words.
    pub(super) fn human(&self) -> String {
        let from = self.start.as_deref().or(self.due.as_deref());
        let parts = [
            Some(self.subject.as_str()),
            from,
            Some(self.location.as_str()),
            Some(self.email.as_str()),
        ];
        let parts = parts.into_iter().flatten().filter(|part| !part.is_empty());
        parts.collect::<Vec<_>>().join(", ")
    }
}
