//! A task (MS-ASTASK, section 2.2.2).

use super::captured::Captured;
use crate::content::Text;
use pushmail_domain::Timestamp;
use pushmail_wbxml::pages::tasks;

/// A task.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Task {
    /// Subject.
    pub subject: Option<Text>,
    /// When it begins.
    pub start: Option<Timestamp>,
    /// When it has to be done.
    pub due: Option<Timestamp>,
    /// Whether it is done.
    pub complete: Option<bool>,
}

impl Task {
    pub(super) fn of(captured: &Captured) -> Self {
        Self {
            subject: captured.text(&[tasks::SUBJECT]),
            start: captured.time(&[tasks::UTC_START_DATE]),
            due: captured.time(&[tasks::UTC_DUE_DATE]),
            complete: captured.boolean(&[tasks::COMPLETE]),
        }
    }
}
