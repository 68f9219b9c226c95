//! What happens in one mailbox while the gateway is killed: deliveries, and changes in several folders.

use crate::hand::{Hand, Held};
use pushmail_domain::Entropy as _;
use pushmail_testkit::SeededEntropy;
use serde::Serialize;
use std::collections::BTreeMap;
use std::time::Duration;

/// The folders that every mailbox begins with, besides INBOX.
const FOLDERS: [&str; 3] = ["Work", "Lists", "Lists/Rust"];
/// How many messages each folder begins with.
const FIRST: u64 = 3;
/// How many the folder `Work` begins with on a fast server if it is to be large: more than are remembered, and more than change one by one.
const MANY: u64 = 520;
/// Most folders at the same time.
const MOST_FOLDERS: usize = 7;
/// Flags that come and go.
const FLAGS: [&str; 4] = [r"\Seen", r"\Flagged", r"\Answered", "$Later"];
/// How often a storm changes every message of a folder.
const STORM: u64 = 4;
/// Numbers of messages of one mailbox are below this.
const MESSAGES: u64 = 1_000_000;

/// A change and how often it comes, by weight.
const CHANGES: [(Change, u64); 11] = [
    (Change::Deliver, 24),
    (Change::Append, 12),
    (Change::Copy, 8),
    (Change::Move, 12),
    (Change::Expunge, 10),
    (Change::Flag, 16),
    (Change::Storm, 4),
    (Change::Create, 4),
    (Change::Rename, 5),
    (Change::Delete, 2),
    (Change::Rebuild, 3),
];

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Change {
    Deliver,
    Append,
    Copy,
    Move,
    Expunge,
    Flag,
    Storm,
    Create,
    Rename,
    Delete,
    Rebuild,
}

impl Change {
    /// Whether Courier takes seconds for it.
    const fn is_slow_at_times(self) -> bool {
        matches!(self, Self::Rename | Self::Delete | Self::Rebuild)
    }
}

/// What was done to a mailbox, as far as its contents at the end do not tell.
#[derive(Debug, Default)]
pub(crate) struct Story {
    /// How often what was done.
    pub(crate) changes: BTreeMap<Change, u64>,
    /// Folders that got another UIDVALIDITY and kept their messages: it, and the UIDNEXT after that.
    pub(crate) rebuilt: BTreeMap<u32, u32>,
    /// The name at the beginning of each folder that was there then and still is, by its name now.
    pub(crate) names: BTreeMap<String, String>,
}

impl Story {
    /// How many messages came.
    pub(crate) fn came(&self) -> u64 {
        let of = |change| self.changes.get(&change).copied().unwrap_or(0);
        of(Change::Deliver) + of(Change::Append)
    }
}

/// The workload of one mailbox.
pub(crate) struct Workload {
    hand: Box<dyn Hand>,
    /// Whose mail it is, for the headers.
    user: String,
    mailbox: u32,
    entropy: SeededEntropy,
    /// Every folder made has a new name, except for rebuilt ones.
    made: u64,
    mails: u64,
    story: Story,
}

impl Workload {
    /// Fills the mailbox with what is there before it is watched.
    pub(crate) fn begin(
        hand: Box<dyn Hand>,
        user: String,
        mailbox: u32,
        seed: u64,
        large: bool,
    ) -> anyhow::Result<(Self, Held)> {
        let mut workload = Self {
            hand,
            user,
            mailbox,
            entropy: SeededEntropy::new(seed.wrapping_mul(MESSAGES) + u64::from(mailbox)),
            made: 0,
            mails: 0,
            story: Story::default(),
        };
        for path in FOLDERS {
            let name = workload.hand.name(path);
            workload.hand.create(&name)?;
        }
        for folder in workload.hand.folders()? {
            let many = large && workload.hand.is_fast() && folder == FOLDERS[0];
            for _ in 0..if many { MANY } else { FIRST } {
                workload.append(&folder)?;
            }
            workload.story.names.insert(folder.clone(), folder);
        }
        let held = workload.hand.held()?;
        Ok((workload, held))
    }

    /// Makes so many changes, with pauses of about this length; what happened, and what is there at the end.
    pub(crate) fn run(mut self, changes: u32, pause: Duration) -> anyhow::Result<(Story, Held)> {
        let twice = u64::try_from(pause.as_millis() * 2)?;
        for _ in 0..changes {
            let pause = self.entropy.below(twice);
            std::thread::sleep(Duration::from_millis(pause));
            let change = self.choose();
            if self.make(change)? {
                *self.story.changes.entry(change).or_default() += 1;
            }
        }
        let held = self.hand.held()?;
        Ok((self.story, held))
    }

    fn choose(&self) -> Change {
        let total = CHANGES.iter().map(|(_, weight)| weight).sum();
        let mut drawn = self.entropy.below(total);
        for (change, weight) in CHANGES {
            if drawn < weight {
                let rare = self.hand.separator() == '.' && change.is_slow_at_times();
                let kept = !rare || self.entropy.below(4) == 0;
                return if kept { change } else { Change::Flag };
            }
            drawn -= weight;
        }
        Change::Deliver
    }

    /// Whether it could be made.
    fn make(&mut self, change: Change) -> anyhow::Result<bool> {
        match change {
            Change::Deliver => {
                let mail = self.mail();
                self.hand.deliver(mail)?;
            }
            Change::Append => {
                let folder = self.folder()?;
                self.append(&folder)?;
            }
            Change::Copy | Change::Move | Change::Expunge | Change::Flag => {
                return self.change_some(change);
            }
            Change::Storm => self.storm()?,
            Change::Create => return self.create(),
            Change::Rename => return self.rename(),
            Change::Delete => return self.delete(),
            Change::Rebuild => return self.rebuild(),
        }
        Ok(true)
    }

    fn mail(&mut self) -> Vec<u8> {
        self.mails += 1;
        let number = u64::from(self.mailbox) * MESSAGES + self.mails;
        pushmail_mailsim::message(number, &self.user)
    }

    fn append(&mut self, folder: &str) -> anyhow::Result<()> {
        let mail = self.mail();
        self.hand.append(folder, mail)
    }

    fn folder(&mut self) -> anyhow::Result<String> {
        let folders = self.hand.folders()?;
        Ok(self.one_of(&folders).unwrap_or_default())
    }

    fn change_some(&mut self, change: Change) -> anyhow::Result<bool> {
        let folder = self.folder()?;
        let all: Vec<u32> = self.hand.flags(&folder)?.into_keys().collect();
        let share = 1 + self.entropy.below(4);
        let some: Vec<u32> = all
            .into_iter()
            .filter(|_| self.entropy.below(4) < share)
            .take(5)
            .collect();
        if some.is_empty() {
            return Ok(false);
        }
        let to = self.folder()?;
        match change {
            Change::Flag => self.flag(&folder, &some)?,
            Change::Expunge => self.hand.expunge(&folder, &some)?,
            _ if to == folder => return Ok(false),
            Change::Copy => self.hand.copy(&folder, &some, &to)?,
            _ => self.hand.move_to(&folder, &some, &to)?,
        }
        Ok(true)
    }

    fn flag(&mut self, folder: &str, uids: &[u32]) -> anyhow::Result<()> {
        let flag = FLAGS[usize::try_from(self.entropy.below(FLAGS.len() as u64))?];
        let set = self.entropy.below(3) > 0;
        self.hand.flag(folder, uids, flag, set)
    }

    /// Changes the flags of all messages of a folder, again and again.
    fn storm(&mut self) -> anyhow::Result<()> {
        let folder = self.folder()?;
        let all: Vec<u32> = self.hand.flags(&folder)?.into_keys().collect();
        for _ in 0..STORM {
            if !all.is_empty() {
                self.flag(&folder, &all)?;
            }
        }
        Ok(())
    }

    fn create(&mut self) -> anyhow::Result<bool> {
        if self.hand.folders()?.len() >= MOST_FOLDERS {
            return Ok(false);
        }
        let name = self.new_name();
        self.hand.create(&name)?;
        self.append(&name)?;
        Ok(true)
    }

    fn rename(&mut self) -> anyhow::Result<bool> {
        let Some(old) = self.other_folder(false)? else {
            return Ok(false);
        };
        let new = self.new_name();
        self.hand.rename(&old, &new)?;
        let names = std::mem::take(&mut self.story.names).into_iter();
        let renamed = names.map(|(now, first)| match self.below(&old, &now) {
            Some(rest) => (format!("{new}{rest}"), first),
            None => (now, first),
        });
        self.story.names = renamed.collect();
        Ok(true)
    }

    fn delete(&mut self) -> anyhow::Result<bool> {
        let Some(folder) = self.other_folder(true)? else {
            return Ok(false);
        };
        self.hand.delete(&folder)?;
        self.story.names.remove(&folder);
        Ok(true)
    }

    fn rebuild(&mut self) -> anyhow::Result<bool> {
        let Some(folder) = self.other_folder(true)? else {
            return Ok(false);
        };
        match self.hand.rebuild(&folder)? {
            Some(rebuilt) => {
                let bounds = &mut self.story.rebuilt;
                bounds.insert(rebuilt.uid_validity, rebuilt.uid_next);
            }
            None => {
                self.story.names.remove(&folder);
            }
        }
        self.append(&folder)?;
        Ok(true)
    }

    /// A folder other than INBOX; if it is to be a `leaf`, without folders below it.
    fn other_folder(&mut self, leaf: bool) -> anyhow::Result<Option<String>> {
        let all = self.hand.folders()?;
        let is_leaf = |name: &str| {
            let mut others = all.iter().filter(|other| *other != name);
            others.all(|other| self.below(name, other).is_none())
        };
        let some: Vec<String> = all
            .iter()
            .filter(|name| *name != "INBOX" && (!leaf || is_leaf(name)))
            .cloned()
            .collect();
        Ok(self.one_of(&some))
    }

    /// What follows the folder's name in that of a folder below it, or of itself.
    fn below<'a>(&self, folder: &str, name: &'a str) -> Option<&'a str> {
        let rest = name.strip_prefix(folder)?;
        (rest.is_empty() || rest.starts_with(self.hand.separator())).then_some(rest)
    }

    fn new_name(&mut self) -> String {
        self.made += 1;
        self.hand.name(&format!("New {}", self.made))
    }

    fn one_of(&self, names: &[String]) -> Option<String> {
        let index = usize::try_from(self.entropy.below(names.len() as u64)).ok()?;
        names.get(index).cloned()
    }
}
