//! All folders of one user.

use super::flags::Flags;
use super::folder::Folder;
use super::mail::Mail;
use super::names::{canonical, is_below, parents};
use bytes::Bytes;
use pushmail_domain::Timestamp;
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

/// UIDVALIDITY of the first folder; every later one has a larger one.
const FIRST_VALIDITY: u32 = 1_700_000_000;

/// How many created, deleted and renamed names are remembered for NOTIFY.
const NAME_EVENTS: usize = 256;

/// A change of the list of names (RFC 5465, section 5.4).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum NameEvent {
    Created(String),
    Deleted(String),
    Renamed { old: String, new: String },
}

#[derive(Clone)]
pub(crate) struct Folders {
    by_name: BTreeMap<String, Box<Folder>>,
    events: VecDeque<NameEvent>,
    /// How many events there ever were.
    event_count: u64,
    next_folder: u64,
    next_validity: u32,
    next_mail: u64,
    /// The folder that also holds every message of all others but trash and junk, as Gmail's
    /// labels have it.
    all_mail: Option<Arc<str>>,
}

impl Folders {
    /// An INBOX without messages.
    pub(crate) fn new(all_mail: Option<Arc<str>>) -> Self {
        let mut folders = Self {
            by_name: BTreeMap::new(),
            events: VecDeque::new(),
            event_count: 0,
            next_folder: 1,
            next_validity: FIRST_VALIDITY,
            next_mail: 1,
            all_mail,
        };
        folders.ensure("INBOX");
        folders
    }

    /// Every folder with its name, sorted.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &Folder)> {
        let all = self.by_name.iter();
        all.map(|(name, folder)| (name.as_str(), &**folder))
    }

    pub(crate) fn get(&self, name: &str) -> Option<&Folder> {
        self.by_name.get(&canonical(name)).map(|folder| &**folder)
    }

    pub(crate) fn get_mut(&mut self, name: &str) -> Option<&mut Folder> {
        let folder = self.by_name.get_mut(&canonical(name));
        folder.map(|folder| &mut **folder)
    }

    /// The folder with this id, whatever its name is now.
    pub(crate) fn by_id(&self, id: u64) -> Option<(&str, &Folder)> {
        self.iter().find(|(_, folder)| folder.id == id)
    }

    pub(crate) fn by_id_mut(&mut self, id: u64) -> Option<&mut Folder> {
        let mut all = self.by_name.values_mut();
        all.find(|folder| folder.id == id)
            .map(|folder| &mut **folder)
    }

    pub(crate) fn has_children(&self, name: &str) -> bool {
        let mut later = self.by_name.range(name.to_owned()..);
        later.any(|(other, _)| is_below(name, other))
    }

    /// The folder of this name, made if it is missing, with the folders above it.
    pub(crate) fn ensure(&mut self, name: &str) -> &mut Folder {
        let name = canonical(name);
        for parent in parents(&name) {
            self.add(parent);
        }
        self.add(&name)
    }

    /// Makes a folder, or one of a name that only holds others; false if it is there.
    pub(crate) fn create(&mut self, name: &str) -> bool {
        let name = canonical(name);
        let there = self.get(&name).is_some_and(|folder| folder.selectable);
        if there || name.is_empty() {
            return false;
        }
        self.ensure(&name).selectable = true;
        true
    }

    /// Removes a folder with its messages. With folders below it, it stays as a name that only
    /// holds others (RFC 3501, section 6.3.4). False if it is not there, is such a name already,
    /// or is INBOX.
    pub(crate) fn delete(&mut self, name: &str) -> bool {
        let name = canonical(name);
        let Some(folder) = self.by_name.get(&name).filter(|_| name != "INBOX") else {
            return false;
        };
        if !self.has_children(&name) {
            self.by_name.remove(&name);
            self.record(NameEvent::Deleted(name));
            return true;
        }
        let selectable = folder.selectable;
        if selectable {
            self.by_name.remove(&name);
            self.add(&name).selectable = false;
        }
        selectable
    }

    /// Renames a folder and those below it. False if it is not there, if the new name or a name
    /// below it is taken, or for INBOX.
    pub(crate) fn rename(&mut self, old: &str, new: &str) -> bool {
        let (old, new) = (canonical(old), canonical(new));
        let moved: Vec<String> = self
            .by_name
            .keys()
            .filter(|name| **name == old || is_below(&old, name))
            .cloned()
            .collect();
        let target = |name: &str| format!("{new}{}", &name[old.len()..]);
        let taken = moved
            .iter()
            .any(|name| self.by_name.contains_key(&target(name)));
        let allowed = old != "INBOX" && !new.is_empty() && !is_below(&old, &new);
        if !allowed || taken || !self.by_name.contains_key(&old) {
            return false;
        }
        for parent in parents(&new) {
            self.add(parent);
        }
        for name in moved {
            if let Some(folder) = self.by_name.remove(&name) {
                let new = target(&name);
                self.by_name.insert(new.clone(), folder);
                self.record(NameEvent::Renamed { old: name, new });
            }
        }
        true
    }

    /// A new message that is in no folder yet.
    pub(crate) fn mail(&mut self, raw: Bytes, internal_date: Timestamp) -> Arc<Mail> {
        let id = self.next_mail;
        self.next_mail += 1;
        Arc::new(Mail::new(raw, internal_date, id))
    }

    /// Puts a message into a folder, which is made if it is missing; its UID there.
    pub(crate) fn append(&mut self, name: &str, mail: Arc<Mail>, flags: Flags) -> u32 {
        let name = canonical(name);
        let hidden = self.get(&name).is_some_and(Folder::is_trash_or_junk);
        let all_mail = self.all_mail.clone().filter(|_| !hidden);
        if let Some(all) = all_mail.filter(|all| **all != *name) {
            let everything = self.ensure(&all);
            let known = everything.messages().iter().any(|m| m.mail.id == mail.id);
            if !known {
                everything.append(Arc::clone(&mail), flags.clone());
            }
        }
        self.ensure(&name).append(mail, flags)
    }

    /// Gives a message these flags; with labels, in every folder that shows it. False if it is
    /// not there.
    pub(crate) fn set_flags(&mut self, folder: u64, uid: u32, flags: &Flags) -> bool {
        let Some(folder) = self.by_id_mut(folder) else {
            return false;
        };
        let Some(id) = folder.get(uid).map(|message| message.mail.id) else {
            return false;
        };
        folder.set_flags(uid, flags.clone());
        if self.all_mail.is_some() {
            for folder in self.by_name.values_mut() {
                let same = folder.messages().iter().find(|m| m.mail.id == id);
                if let Some(uid) = same.map(|message| message.uid) {
                    folder.set_flags(uid, flags.clone());
                }
            }
        }
        true
    }

    /// Copies messages into a folder, which is made if it is missing: (old UID, new UID).
    pub(crate) fn copy(&mut self, from: u64, uids: &[u32], to: &str) -> Vec<(u32, u32)> {
        let Some((_, folder)) = self.by_id(from) else {
            return Vec::new();
        };
        let found = uids.iter().filter_map(|uid| folder.get(*uid));
        let found: Vec<_> = found
            .map(|m| (m.uid, Arc::clone(&m.mail), m.flags.clone()))
            .collect();
        found
            .into_iter()
            .map(|(uid, mail, flags)| (uid, self.append(to, mail, flags)))
            .collect()
    }

    /// Gives a folder a new UIDVALIDITY and new UIDs; the UIDVALIDITY.
    pub(crate) fn renumber(&mut self, name: &str) -> Option<u32> {
        let validity = self.next_validity;
        self.get_mut(name)?.renumber(validity);
        self.next_validity += 1;
        Some(validity)
    }

    /// How many events of names there ever were.
    pub(crate) fn event_count(&self) -> u64 {
        self.event_count
    }

    /// The events since that count; `None` if some of them are forgotten.
    pub(crate) fn events_since(&self, count: u64) -> Option<Vec<NameEvent>> {
        let new = usize::try_from(self.event_count - count).ok()?;
        let skip = self.events.len().checked_sub(new)?;
        Some(self.events.iter().skip(skip).cloned().collect())
    }

    fn add(&mut self, name: &str) -> &mut Folder {
        if !self.by_name.contains_key(name) {
            self.record(NameEvent::Created(name.to_owned()));
        }
        let (id, validity) = (self.next_folder, self.next_validity);
        self.by_name.entry(name.to_owned()).or_insert_with(|| {
            self.next_folder += 1;
            self.next_validity += 1;
            Box::new(Folder::new(id, validity))
        })
    }

    fn record(&mut self, event: NameEvent) {
        if self.events.len() == NAME_EVENTS {
            self.events.pop_front();
        }
        self.events.push_back(event);
        self.event_count += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rename_takes_the_folders_below_with_it() {
        let mut folders = Folders::new(None);
        folders.ensure("a/b");
        let id = folders.get("a/b").unwrap().id;
        let before = folders.event_count();
        assert!(!folders.rename("a", "a/c"));
        assert!(!folders.rename("a", "inbox"));
        assert!(folders.rename("a", "x/y"));
        assert_eq!(folders.by_id(id).unwrap().0, "x/y/b");
        assert!(folders.get("a").is_none() && folders.has_children("x"));
        let events = folders.events_since(before).unwrap();
        assert_eq!(events.len(), 3, "{events:?}");
        assert!(!folders.delete("INBOX") && folders.delete("x/y"));
        assert!(!folders.get("x/y").unwrap().selectable && !folders.delete("x/y"));
        assert!(folders.delete("x/y/b") && folders.delete("x/y") && folders.get("x/y").is_none());
        assert!(folders.create("x/y") && !folders.create("x/y"));
    }

    #[test]
    fn a_copy_keeps_the_identity_of_a_message() {
        let mut folders = Folders::new(None);
        let mail = folders.mail(Bytes::from_static(b"\r\n"), Timestamp::from_micros(1));
        let uid = folders.append("inbox", mail, Flags::new(["\\Seen"]));
        let inbox = folders.get("INBOX").unwrap().id;
        let copied = folders.copy(inbox, &[uid, 999], "Work");
        assert_eq!(copied, [(uid, super::super::FIRST_UID)]);
        let copy = &folders.get("Work").unwrap().messages()[0];
        assert_eq!(
            copy.mail.id,
            folders.get("INBOX").unwrap().messages()[0].mail.id
        );
        assert!(copy.flags.contains("\\Seen"));
    }
}
