//! What a device believes of one mailbox: the events applied one after the other, each held against what was told
//! before it. Pure.

mod announced;

use crate::hand::{Flags, Held, HeldFolder};
use crate::received::Received;
use announced::Announced;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// A promise that was broken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Violation {
    /// The mail server.
    pub(crate) server: String,
    pub(crate) account: String,
    /// The folder's name, or its id where no name is known.
    pub(crate) folder: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) uid: Option<u32>,
    pub(crate) what: String,
}

/// What was told of a message.
#[derive(Debug, Clone, Default)]
pub(crate) struct Believed {
    /// Its flags; `None` where a resync made them uncertain.
    pub(crate) flags: Option<Flags>,
    /// Whether its deletion has to be told: not where a resync told all of them at once.
    pub(crate) owed: bool,
}

/// What was told of a folder.
#[derive(Debug, Clone, Default)]
pub(crate) struct BelievedFolder {
    pub(crate) name: String,
    /// As far as it was told.
    pub(crate) uid_validity: Option<u32>,
    pub(crate) messages: BTreeMap<u32, Believed>,
    /// Deletions that were told.
    pub(crate) gone: BTreeSet<u32>,
    /// Its UIDVALIDITY changed: not all that it holds was told under the new one.
    pub(crate) reset: bool,
    /// A reset or resync let the gateway forget it: flags may be told that were told before.
    forgotten: bool,
}

/// A device's picture of one mailbox.
pub(crate) struct Device {
    /// By id.
    pub(crate) folders: BTreeMap<String, BelievedFolder>,
    pub(crate) announced: Announced,
    /// What was wrong with events by themselves: folder, UID, what.
    pub(crate) wrong: Vec<(String, Option<u32>, String)>,
    /// UIDs below which a folder of this UIDVALIDITY kept messages from before it.
    rebuilt: BTreeMap<u32, u32>,
    /// Whether a message is announced once, however many folders show it.
    labels: bool,
}

impl Device {
    /// What a device knows that has read the mailbox when it was registered.
    pub(crate) fn new(
        first: &Held,
        ids: &BTreeMap<String, String>,
        rebuilt: BTreeMap<u32, u32>,
        labels: bool,
    ) -> Self {
        let folders = first.iter().filter_map(|(name, held)| {
            let id = ids.get(name)?.clone();
            Some((id, BelievedFolder::read(name, held)))
        });
        Self {
            folders: folders.collect(),
            announced: Announced::default(),
            wrong: Vec::new(),
            rebuilt,
            labels,
        }
    }

    /// Takes in an event; one and the same event only once.
    pub(crate) fn take(&mut self, event: &Received) {
        match event.kind.as_str() {
            "folder.created" => self.created(event),
            "account.state" => {}
            _ if !self.folders.contains_key(&event.about.folder_id) => {
                self.object(event, "before its folder was known");
            }
            "message.new" => self.message(event),
            "message.flags" => self.flags(event),
            "message.deleted" => self.deleted(event),
            "folder.renamed" => {
                let name = event.about.folder.clone().unwrap_or_default();
                if let Some(folder) = self.folder(event) {
                    folder.name = name;
                }
            }
            "folder.deleted" => {
                self.folders.remove(&event.about.folder_id);
            }
            "folder.reset" => {
                let uid_validity = event.about.uid_validity;
                if let Some(folder) = self.folder(event) {
                    folder.restart(uid_validity);
                }
            }
            "folder.resync" => {
                if let Some(folder) = self.folder(event) {
                    folder.doubt();
                }
            }
            _ => self.object(event, "of a type that is not known"),
        }
    }

    fn created(&mut self, event: &Received) {
        let folder = BelievedFolder {
            name: event.about.folder.clone().unwrap_or_default(),
            ..BelievedFolder::default()
        };
        let known = self.folders.insert(event.about.folder_id.clone(), folder);
        if known.is_some() {
            self.object(event, "although the folder was there");
        }
    }

    fn message(&mut self, event: &Received) {
        let Some((folder, uid)) = self.of_message(event) else {
            return;
        };
        let (uid_validity, reset) = (folder.uid_validity, folder.reset);
        if folder.gone.contains(&uid) {
            self.object(event, "after its deletion");
        } else if folder.messages.contains_key(&uid) {
            self.object(event, "although it was known");
        }
        let flags = Some(event.about.flags.clone().unwrap_or_default());
        if let Some(folder) = self.folder(event) {
            folder.messages.insert(uid, Believed { flags, owed: true });
        }
        let bound = uid_validity.and_then(|validity| self.rebuilt.get(&validity));
        let kept = reset && bound.is_some_and(|bound| uid < *bound);
        let id = event.message_id.clone().unwrap_or_default();
        if self.announced.recently(&id) && (kept || self.labels) {
            self.object(event, "although the message was announced before");
        }
        self.announced.add(id);
    }

    fn flags(&mut self, event: &Received) {
        let Some((folder, uid)) = self.of_message(event) else {
            return;
        };
        let flags = Some(event.about.flags.clone().unwrap_or_default());
        let (gone, forgotten) = (folder.gone.contains(&uid), folder.forgotten);
        let believed = folder.messages.entry(uid).or_default();
        let same = believed.flags == flags;
        believed.flags = flags;
        if gone {
            self.object(event, "after its deletion");
        } else if same && !forgotten {
            self.object(event, "although nothing changed");
        }
    }

    fn deleted(&mut self, event: &Received) {
        let Some((folder, uid)) = self.of_message(event) else {
            return;
        };
        folder.messages.remove(&uid);
        if !folder.gone.insert(uid) {
            self.object(event, "again");
        }
    }

    /// The folder and UID of an event about a message.
    fn of_message(&mut self, event: &Received) -> Option<(&mut BelievedFolder, u32)> {
        let About { uid_validity, uid } = About::of(event);
        let known = self.folder(event)?.uid_validity.get_or_insert(uid_validity);
        if *known != uid_validity {
            self.object(event, "under a UIDVALIDITY that was not told");
            return None;
        }
        Some((self.folder(event)?, uid))
    }

    fn folder(&mut self, event: &Received) -> Option<&mut BelievedFolder> {
        self.folders.get_mut(&event.about.folder_id)
    }

    fn object(&mut self, event: &Received, what: &str) {
        let id = &event.about.folder_id;
        let folder = self.folders.get(id).map_or(id, |folder| &folder.name);
        let what = format!("{} {what} ({})", event.kind, event.event);
        self.wrong.push((folder.clone(), event.about.uid, what));
    }
}

/// Which message an event is about.
struct About {
    uid_validity: u32,
    uid: u32,
}

impl About {
    fn of(event: &Received) -> Self {
        Self {
            uid_validity: event.about.uid_validity.unwrap_or_default(),
            uid: event.about.uid.unwrap_or_default(),
        }
    }
}

impl BelievedFolder {
    fn read(name: &str, held: &HeldFolder) -> Self {
        let messages = held.messages.iter().map(|(uid, message)| {
            let flags = Some(message.flags.clone());
            (*uid, Believed { flags, owed: true })
        });
        Self {
            name: name.to_owned(),
            uid_validity: Some(held.uid_validity),
            messages: messages.collect(),
            ..Self::default()
        }
    }

    fn restart(&mut self, uid_validity: Option<u32>) {
        self.uid_validity = uid_validity;
        self.messages.clear();
        self.gone.clear();
        self.reset = true;
        self.forgotten = true;
    }

    /// What was told before counts no more.
    fn doubt(&mut self) {
        for message in self.messages.values_mut() {
            *message = Believed::default();
        }
        self.forgotten = true;
    }
}

#[cfg(test)]
pub(crate) mod tests;
