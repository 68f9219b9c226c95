//! Does what a device was told agree with what its mailbox holds at the end? Pure.

use crate::device::{BelievedFolder, Device, Violation};
use crate::hand::{Held, HeldFolder, HeldMessage};
use crate::mailserver::Abilities;
use crate::received::Received;
use crate::workload::Story;
use std::collections::{BTreeMap, HashSet};

/// Of how many of a folder's newest messages the flags are right without CONDSTORE.
const NEWEST: usize = 256;

/// One mailbox from the beginning to the end.
pub(crate) struct Case {
    pub(crate) server: String,
    pub(crate) abilities: Abilities,
    pub(crate) account: String,
    /// What it held when it was registered.
    pub(crate) first: Held,
    /// The folders' ids then, by name.
    pub(crate) ids: BTreeMap<String, String>,
    /// What it holds at the end.
    pub(crate) last: Held,
    pub(crate) story: Story,
}

/// What came of it.
#[derive(Debug, Default)]
pub(crate) struct Findings {
    pub(crate) violations: Vec<Violation>,
    /// Messages that are there and were never announced.
    pub(crate) lost: u64,
    /// Messages that came while they were watched and were announced, in whatever folder.
    pub(crate) told: u64,
    /// Deletions that were not told where that is not promised.
    pub(crate) missed_deletions: u64,
}

impl Case {
    /// Judges the account's events, in the order in which they were received; each event once.
    pub(crate) fn judge(&self, events: &[&Received]) -> Findings {
        let rebuilt = self.story.rebuilt.clone();
        let mut device = Device::new(&self.first, &self.ids, rebuilt, self.abilities.labels);
        events.iter().for_each(|event| device.take(event));
        let mut judgement = Judgement {
            case: self,
            device: &device,
            known_before: message_ids(&self.first),
            findings: Findings::default(),
        };
        for (folder, uid, what) in &device.wrong {
            judgement.object(folder, *uid, what);
        }
        judgement.findings.told = device.announced.other_than(&judgement.known_before);
        judgement.folders();
        judgement.identities();
        judgement.findings
    }
}

fn message_ids(held: &Held) -> HashSet<&str> {
    let messages = held.values().flat_map(|folder| folder.messages.values());
    messages
        .map(|message| message.message_id.as_str())
        .collect()
}

struct Judgement<'a> {
    case: &'a Case,
    device: &'a Device,
    known_before: HashSet<&'a str>,
    findings: Findings,
}

impl Judgement<'_> {
    fn object(&mut self, folder: &str, uid: Option<u32>, what: &str) {
        self.findings.violations.push(Violation {
            server: self.case.server.clone(),
            account: self.case.account.clone(),
            folder: folder.to_owned(),
            uid,
            what: what.to_owned(),
        });
    }

    /// The folders that were told are those that are there, with what they hold.
    fn folders(&mut self) {
        let (case, device) = (self.case, self.device);
        let mut told: BTreeMap<&str, &BelievedFolder> = BTreeMap::new();
        for folder in device.folders.values() {
            if told.insert(&folder.name, folder).is_some() {
                self.object(&folder.name, None, "two folders of this name were told");
            }
            if !case.last.contains_key(&folder.name) {
                self.object(&folder.name, None, "the folder is not there any more");
            }
        }
        for (name, held) in &case.last {
            match told.get(name.as_str()) {
                Some(folder) => self.folder(name, held, folder),
                None => self.object(name, None, "the folder was not told"),
            }
        }
    }

    fn folder(&mut self, name: &str, held: &HeldFolder, told: &BelievedFolder) {
        if told
            .uid_validity
            .is_some_and(|told| told != held.uid_validity)
        {
            return self.object(name, None, "another UIDVALIDITY was told last");
        }
        let older = held.messages.len().saturating_sub(NEWEST);
        for (place, (uid, message)) in held.messages.iter().enumerate() {
            let exact = self.case.abilities.condstore || place >= older;
            self.message(name, *uid, message, told, exact);
        }
        let gone = told
            .messages
            .iter()
            .filter(|(uid, message)| message.owed && !held.messages.contains_key(uid));
        for (uid, _) in gone {
            match self.case.abilities.qresync {
                true => self.object(name, Some(*uid), "the deletion was not told"),
                false => self.findings.missed_deletions += 1,
            }
        }
    }

    fn message(
        &mut self,
        name: &str,
        uid: u32,
        held: &HeldMessage,
        folder: &BelievedFolder,
        exact: bool,
    ) {
        if folder.gone.contains(&uid) {
            self.object(name, Some(uid), "it was told as deleted and is there");
        }
        let announced = self.device.announced.ever(&held.message_id);
        let Some(told) = folder.messages.get(&uid) else {
            // Of these, only what was never announced is news.
            let excused = folder.reset || self.case.abilities.labels;
            let known = announced || self.known_before.contains(held.message_id.as_str());
            if !(excused && known) {
                self.findings.lost += 1;
                self.object(name, Some(uid), "it was not announced");
            }
            return;
        };
        if let Some(flags) = &told.flags
            && exact
            && *flags != held.flags
        {
            let what = format!("flags told {flags:?}, flags there {:?}", held.flags);
            self.object(name, Some(uid), &what);
        }
    }

    /// Where folders have an identity, those that were there all the time kept theirs.
    fn identities(&mut self) {
        if !self.case.abilities.identity {
            return;
        }
        for (now, first) in &self.case.story.names {
            let id = self.case.ids.get(first);
            let told = id.and_then(|id| self.device.folders.get(id));
            if told.is_none_or(|folder| folder.name != *now) {
                self.object(now, None, &format!("it is not told as what was {first}"));
            }
        }
    }
}

#[cfg(test)]
mod tests;
