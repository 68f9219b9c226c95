//! NOTIFY (RFC 5465): one connection is told of changes in every watched folder.
//!
//! `selected` tells of the open folder at once, which is right only where QRESYNC names messages by UID; else
//! `selected-delayed`. Other folders' changes come as STATUS, folders' own as LIST. With `STATUS` the server also
//! says how every folder stands now, so that nothing is missed between looking and listening.

use super::command::Kind;
use super::{ImapFlow, name};
use crate::wire::{Capability, Condition};
use pushmail_upstream::Moment;
use serde::{Deserialize, Serialize};

/// Longer commands are avoided: all personal folders are asked for instead.
const LONGEST: usize = 4 * 1024;

/// How often a server may give up before the folders are looked at in rounds instead.
const OVERFLOWS: u8 = 3;

/// Whether the server tells of changes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Notify {
    /// It was not asked.
    #[default]
    Off,
    /// It said that it stopped (NOTIFICATIONOVERFLOW).
    Lost,
    On,
    Refused,
}

impl Notify {
    pub(super) const fn is_on(self) -> bool {
        matches!(self, Self::On)
    }

    /// Whether it has to be asked again.
    pub(super) const fn is_due(self) -> bool {
        matches!(self, Self::Lost)
    }
}

impl ImapFlow {
    pub(super) fn notify_if_due(&mut self, at: Moment) -> bool {
        let unset = matches!(self.notify, Notify::Off | Notify::Lost);
        if !unset || !self.has_others() || !self.offers(Capability::Notify) {
            return false;
        }
        self.notify = Notify::Refused;
        let line = self.notify_line();
        self.command(&line, Kind::Notify, at);
        true
    }

    fn notify_line(&self) -> String {
        let flags = if self.wants_all() { " FlagChange" } else { "" };
        let messages = format!("MessageNew MessageExpunge{flags}");
        let selected = match self.qresync {
            Some(true) => "selected",
            _ => "selected-delayed",
        };
        let others = match self.watched_names() {
            Some(names) => {
                format!("(mailboxes ({names}) ({messages} MailboxName)) (personal (MailboxName))")
            }
            None => format!("(personal ({messages} MailboxName))"),
        };
        format!("NOTIFY SET STATUS ({selected} ({messages})) {others}")
    }

    /// The folders' names, quoted; `None` if all are watched or the names are too long.
    fn watched_names(&self) -> Option<String> {
        if self.selects_all() {
            return None;
        }
        let names: Vec<String> = self
            .folders
            .iter()
            .map(|state| name::quoted(&name::modified_utf7(&state.name)))
            .collect();
        let names = names.join(" ");
        (names.len() <= LONGEST).then_some(names)
    }

    pub(super) fn notify_ended(&mut self, condition: Condition) {
        // It may have been given up again before it was answered.
        let lost = self.notify.is_due() || self.overflows > OVERFLOWS;
        if condition == Condition::Ok && !lost {
            self.notify = Notify::On;
        }
    }

    /// As after NOTIFY NONE (RFC 5465, section 5.8): it is set again, and every folder looked at.
    pub(super) fn notify_overflowed(&mut self, at: Moment) {
        self.overflows = self.overflows.saturating_add(1);
        self.notify = match self.overflows {
            0..=OVERFLOWS => Notify::Lost,
            _ => Notify::Refused,
        };
        self.survey_again();
        if let Some(folder) = self.selected {
            self.folders[folder].may_hold_mail(at.now);
            self.folders[folder].fresh |= self.live;
            self.may_have_changed(folder, at);
        }
    }
}
