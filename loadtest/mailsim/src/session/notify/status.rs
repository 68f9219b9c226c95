//! What NOTIFY tells of folders that are not open (RFC 5465, sections 5.1 to 5.4).

use super::{Events, Notify, Session};
use crate::mailbox::{Announcement, Folder, Folders, NameEvent};
use crate::profile::Features;
use crate::session::list::list_line;
use crate::wire::folder_name;

/// The state of a folder as it was told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Counted {
    validity: u32,
    uid_next: u32,
    expunged_at: u64,
    flags_at: u64,
}

impl Counted {
    pub(super) fn of(folder: &Folder) -> Self {
        Self {
            validity: folder.validity,
            uid_next: folder.uid_next,
            expunged_at: folder.expunged_at,
            flags_at: folder.flags_at,
        }
    }

    /// Whether messages came or went since `self`, as far as the events say so.
    fn moved(&self, now: &Self, events: Events) -> bool {
        let came = self.validity != now.validity || self.uid_next != now.uid_next;
        let went = self.expunged_at != now.expunged_at;
        events.new && came || events.expunge && went
    }
}

/// What was told of the folders, sorted by their ids. Most users have few.
pub(super) struct States(Vec<(u64, Counted)>);

impl States {
    /// Of all of them their state of now.
    pub(super) fn all(folders: &Folders) -> Self {
        let told = folders.iter();
        let told = told.map(|(_, folder)| (folder.id, Counted::of(folder)));
        let mut told: Vec<_> = told.collect();
        told.sort_unstable_by_key(|(id, _)| *id);
        told.shrink_to_fit();
        Self(told)
    }

    /// Takes this for told; what was told before, at first zeroes.
    fn replace(&mut self, id: u64, now: Counted) -> Counted {
        match self.0.binary_search_by_key(&id, |(id, _)| *id) {
            Ok(index) => std::mem::replace(&mut self.0[index].1, now),
            Err(index) => {
                self.0.insert(index, (id, now));
                Counted::default()
            }
        }
    }
}

/// How a STATUS is written.
struct Form {
    /// Tell UIDVALIDITY always, not only the first time and when it changes.
    always_validity: bool,
    with_modseq: bool,
}

impl<S> Session<S> {
    /// Tells what happened to the names and in folders that are not open.
    pub(in crate::session) fn tell_others(&mut self) {
        self.tell_of(false);
    }

    /// Tells the state of every folder whose messages the client wants to be told of.
    pub(super) fn tell_status(&mut self) {
        self.tell_of(true);
    }

    /// Some servers tell the state of every folder again when the first IDLE begins.
    pub(in crate::session) fn tell_status_again(&mut self) {
        let again = self.server.profile.quirks().status_after_idle;
        let Some(notify) = &mut self.notify else {
            return;
        };
        if !std::mem::replace(&mut notify.idled, true) && again {
            self.tell_status();
        }
    }

    fn tell_of(&mut self, all: bool) {
        let (Some(owner), Some(notify)) = (&self.owner, &mut self.notify) else {
            return;
        };
        let open = self.selected.as_ref().map(|selected| selected.view.folder);
        let features = self.server.profile.features();
        let form = Form {
            always_validity: !self.server.profile.quirks().notify_without_validity,
            with_modseq: self.enabled.condstore,
        };
        let (server, user) = (&self.server, &owner.user);
        let (lines, announced) = user.mailbox.note(|folders| {
            let mut lines = name_lines(notify, folders, features);
            let mut announced: Vec<Announcement> = Vec::new();
            for changed in changed_folders(notify, folders, open, all) {
                lines.extend(changed.line(folders, &form));
                announced.extend(folders.announce(changed.id, &user.name, server.clock.now()));
            }
            (lines, announced)
        });
        self.server.announced(announced);
        for line in lines {
            self.say(&line);
        }
    }
}

/// A folder of which something is to be told.
struct Changed {
    id: u64,
    /// Messages came or went; else only flags changed.
    moved: bool,
    /// The UIDVALIDITY was not told yet, or all is to be told.
    new_validity: bool,
}

impl Changed {
    fn line(&self, folders: &Folders, form: &Form) -> Option<String> {
        let (name, folder) = folders.by_id(self.id)?;
        let mut values = Vec::new();
        if self.moved {
            values.push(format!("MESSAGES {}", folder.messages().len()));
            values.push(format!("UIDNEXT {}", folder.uid_next));
        }
        if form.always_validity || self.new_validity {
            values.push(format!("UIDVALIDITY {}", folder.validity));
        }
        values.push(format!("UNSEEN {}", folder.unseen()));
        if form.with_modseq {
            let modseq = if folder.no_modseq { 0 } else { folder.modseq };
            values.push(format!("HIGHESTMODSEQ {modseq}"));
        }
        let values = values.join(" ");
        Some(format!("* STATUS {} ({values})", folder_name(name)))
    }
}

/// The folders of which something is to be told, which then counts as told.
fn changed_folders(
    notify: &mut Notify,
    folders: &Folders,
    open: Option<u64>,
    all: bool,
) -> Vec<Changed> {
    let mut changed = Vec::new();
    for (name, folder) in folders.iter() {
        let now = Counted::of(folder);
        let before = notify.told.replace(folder.id, now);
        let events = notify.events_of(name);
        if open == Some(folder.id) || !folder.selectable {
            continue;
        }
        let moved = before.moved(&now, events) || all && events.new;
        if moved || events.flags && before.flags_at != now.flags_at {
            changed.push(Changed {
                id: folder.id,
                moved,
                new_validity: all || before.validity != now.validity,
            });
        }
    }
    changed
}

/// What happened to the names since the client was told.
fn name_lines(notify: &mut Notify, folders: &Folders, features: Features) -> Vec<String> {
    let since = std::mem::replace(&mut notify.names, folders.event_count());
    let events = folders.events_since(since).unwrap_or_default();
    let wanted = events.iter().filter(|event| notify.wants_name(event));
    wanted
        .filter_map(|event| name_line(event, folders, features))
        .collect()
}

fn name_line(event: &NameEvent, folders: &Folders, features: Features) -> Option<String> {
    let now = |name: &str| {
        let folder = folders.get(name)?;
        Some(list_line(name, folder, folders, features))
    };
    match event {
        NameEvent::Created(name) => now(name),
        NameEvent::Renamed { old, new } => Some(format!(
            "{} (\"OLDNAME\" ({}))",
            now(new)?,
            folder_name(old)
        )),
        NameEvent::Deleted(name) => {
            let name = folder_name(name);
            Some(format!("* LIST (\\NonExistent) \"/\" {name}"))
        }
    }
}
