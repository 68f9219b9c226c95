//! What an account told, as tests compare it.

use pushmail_domain::{AccountPhase, EventKind};
use pushmail_eventlog::Stored;

/// An event, as far as tests compare it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Told {
    Mail(u32),
    Flags(u32),
    Deleted(u32),
    /// The type of an event about a folder, or of one that is not delivered.
    Folder(&'static str),
    State(AccountPhase),
}

pub(crate) const LIVE: Told = Told::State(AccountPhase::Live);

pub(crate) fn told(events: &[Stored]) -> Vec<Told> {
    let told = |stored: &Stored| match stored.event.kind {
        EventKind::MessageNew { message, .. } => Told::Mail(message.uid),
        EventKind::AccountState { phase } => Told::State(phase),
        EventKind::MessageFlags { message } => Told::Flags(message.uid),
        EventKind::MessageDeleted { message } => Told::Deleted(message.uid),
        kind => Told::Folder(kind.name()),
    };
    events.iter().map(told).collect()
}
