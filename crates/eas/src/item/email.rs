//! A mail (MS-ASEMAIL, section 2.2.2).

use super::captured::Captured;
use crate::content::{Blob, Text};
use pushmail_domain::Timestamp;
use pushmail_wbxml::pages::{email, email2};

/// A mail. There is no Message-ID here: only the MIME has it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Email {
    /// Subject.
    pub subject: Option<Text>,
    /// From, as its header has it.
    pub from: Option<Text>,
    /// To, as its header has it.
    pub to: Option<Text>,
    /// When it came.
    pub received: Option<Timestamp>,
    /// Whether it is read.
    pub read: Option<bool>,
    /// Whether somebody marked it for later; from 12.0 on.
    pub flag: Option<FlagStatus>,
    /// How important it is.
    pub importance: Option<Importance>,
    /// What it is, such as `IPM.Note` or `IPM.Schedule.Meeting.Request`.
    pub message_class: Option<Text>,
    /// The same for all mail of a conversation; from 14.0 on.
    pub conversation_id: Option<Blob>,
    /// Where it stands in the conversation; from 14.0 on.
    pub conversation_index: Option<Blob>,
    /// Whether it is not sent yet; from 16.0 on.
    pub draft: Option<bool>,
}

/// Whether somebody marked a mail for later (MS-ASEMAIL, section 2.2.2.74).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FlagStatus {
    /// Not, or not any more: 0, or nothing.
    Cleared,
    /// It was, and is done: 1.
    Complete,
    /// It is: 2.
    Active,
}

/// How important a mail is (MS-ASEMAIL, section 2.2.2.38).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Importance {
    /// Less than most: 0.
    Low,
    /// Like most: 1.
    Normal,
    /// More than most: 2.
    High,
}

impl Email {
    pub(super) fn of(captured: &Captured) -> Self {
        Self {
            subject: captured.text(&[email::SUBJECT]),
            from: captured.text(&[email::FROM]),
            to: captured.text(&[email::TO]),
            received: captured.time(&[email::DATE_RECEIVED]),
            read: captured.boolean(&[email::READ]),
            flag: flag(captured),
            importance: captured.number(&[email::IMPORTANCE]).map(importance),
            message_class: captured.text(&[email::MESSAGE_CLASS]),
            conversation_id: captured.blob(&[email2::CONVERSATION_ID]),
            conversation_index: captured.blob(&[email2::CONVERSATION_INDEX]),
            draft: captured.boolean(&[email2::IS_DRAFT]),
        }
    }
}

/// An empty Flag takes the mark away (MS-ASEMAIL, section 2.2.2.34).
fn flag(captured: &Captured) -> Option<FlagStatus> {
    let status = captured.number(&[email::FLAG, email::STATUS]);
    captured.has(&[email::FLAG]).then_some(match status {
        Some(1) => FlagStatus::Complete,
        Some(2) => FlagStatus::Active,
        _ => FlagStatus::Cleared,
    })
}

const fn importance(number: u8) -> Importance {
    match number {
        0 => Importance::Low,
        2 => Importance::High,
        _ => Importance::Normal,
    }
}
