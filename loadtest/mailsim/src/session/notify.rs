//! NOTIFY (RFC 5465).

mod request;
mod status;

use super::fetch::Item;
use super::tell::Told;
use super::{Reply, Session};
use crate::mailbox::{NameEvent, is_below};
use crate::wire::Args;
use request::{Events, Refused, Scope};
use status::States;

/// What a client wants to be told of, and what it was told.
pub(super) struct Notify {
    selected: Option<OfSelected>,
    /// The first that names a folder counts.
    groups: Vec<(Scope, Events)>,
    told: States,
    /// How many events of names were told.
    names: u64,
    /// The client has idled.
    idled: bool,
}

/// What the client wants to be told of its open folder without asking.
struct OfSelected {
    /// Expunges wait for a command.
    delayed: bool,
    events: Events,
    /// What to tell of every new message.
    new_items: Option<Vec<Item>>,
}

impl Notify {
    /// What to tell of the open folder without a command.
    pub(super) fn unasked(&self) -> Option<Told> {
        let selected = self.selected.as_ref()?;
        let events = selected.events;
        Some(Told {
            new: events.new,
            expunges: events.expunge && !selected.delayed,
            flags: events.flags,
        })
    }

    /// What to tell of every new message in the open folder.
    pub(super) fn new_items(&self) -> Option<&[Item]> {
        self.selected.as_ref()?.new_items.as_deref()
    }

    fn events_of(&self, name: &str) -> Events {
        let group = self.groups.iter().find(|(scope, _)| scope.holds(name));
        group.map(|(_, events)| *events).unwrap_or_default()
    }

    fn wants_name(&self, event: &NameEvent) -> bool {
        let wants = |name: &str| self.events_of(name).names;
        match event {
            NameEvent::Created(name) | NameEvent::Deleted(name) => wants(name),
            NameEvent::Renamed { old, new } => wants(old) || wants(new),
        }
    }
}

impl Scope {
    fn holds(&self, name: &str) -> bool {
        match self {
            Self::Inboxes => name == "INBOX",
            Self::All => true,
            Self::Mailboxes(names) => names.iter().any(|one| one == name),
            Self::Subtree(roots) => roots
                .iter()
                .any(|root| root == name || is_below(root, name)),
        }
    }
}

impl<S> Session<S> {
    pub(super) fn set_notify(&mut self, args: Args<'_>) -> Reply {
        let request = match request::parse(args) {
            Ok(request) => request,
            Err(Refused::Syntax) => return "BAD cannot read this NOTIFY".into(),
            Err(Refused::Event) => {
                let text = &self.server.profile.texts().bad_event;
                return text.replace("{events}", request::KNOWN).into();
            }
        };
        if request.is_some() && self.server.profile.quirks().notify_enables_condstore {
            self.enable_condstore();
            self.say_modseq();
        }
        self.notify = None;
        let (Some(owner), Some(request)) = (&self.owner, request) else {
            return "OK NOTIFY done".into();
        };
        let (told, names) = owner
            .user
            .mailbox
            .read(|folders| (States::all(folders), folders.event_count()));
        self.notify = Some(Box::new(Notify {
            selected: request.selected,
            groups: request.groups,
            told,
            names,
            idled: false,
        }));
        if request.status {
            self.tell_status();
        }
        "OK NOTIFY done".into()
    }
}
