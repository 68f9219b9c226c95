//! The hand on one mailbox: what other clients and the delivery agent do, and what the mailbox holds.

mod real;
mod sim;

use crate::mailserver::MailServer;
use std::collections::{BTreeMap, BTreeSet};

/// Flags and keywords in lower case, without `\Recent`.
pub(crate) type Flags = BTreeSet<String>;

/// Flags as a server writes them, made comparable.
pub(crate) fn comparable(flags: impl IntoIterator<Item = String>) -> Flags {
    let lower = flags.into_iter().map(|flag| flag.to_ascii_lowercase());
    lower.filter(|flag| flag != r"\recent").collect()
}

/// A folder as its server holds it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct HeldFolder {
    pub(crate) uid_validity: u32,
    /// By UID.
    pub(crate) messages: BTreeMap<u32, HeldMessage>,
}

/// A message as its server holds it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct HeldMessage {
    /// Without angle brackets.
    pub(crate) message_id: String,
    pub(crate) flags: Flags,
}

/// What a mailbox holds in the folders that `*` stands for, by name.
pub(crate) type Held = BTreeMap<String, HeldFolder>;

/// A folder got another UIDVALIDITY and kept its messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Rebuilt {
    pub(crate) uid_validity: u32,
    /// UIDs below it were given anew.
    pub(crate) uid_next: u32,
}

/// Works on one mailbox and waits for the server. Folders go by the server's names for them.
pub(crate) trait Hand: Send {
    /// The server's name for a folder given as `A/B`.
    fn name(&self, path: &str) -> String;
    /// Whether a thousand changes take no time worth mentioning.
    fn is_fast(&self) -> bool;
    /// What stands between the levels of a name.
    fn separator(&self) -> char;
    /// The names of the folders that `*` stands for.
    fn folders(&mut self) -> anyhow::Result<Vec<String>>;
    /// The flags of a folder's messages, by UID.
    fn flags(&mut self, folder: &str) -> anyhow::Result<BTreeMap<u32, Flags>>;
    fn deliver(&mut self, mail: Vec<u8>) -> anyhow::Result<()>;
    fn append(&mut self, folder: &str, mail: Vec<u8>) -> anyhow::Result<()>;
    fn copy(&mut self, from: &str, uids: &[u32], to: &str) -> anyhow::Result<()>;
    fn move_to(&mut self, from: &str, uids: &[u32], to: &str) -> anyhow::Result<()>;
    fn expunge(&mut self, folder: &str, uids: &[u32]) -> anyhow::Result<()>;
    /// Sets a flag of messages, or takes it from them.
    fn flag(&mut self, folder: &str, uids: &[u32], flag: &str, set: bool) -> anyhow::Result<()>;
    fn create(&mut self, folder: &str) -> anyhow::Result<()>;
    fn rename(&mut self, from: &str, to: &str) -> anyhow::Result<()>;
    fn delete(&mut self, folder: &str) -> anyhow::Result<()>;
    /// Gives the folder another UIDVALIDITY. `None`: by removing it and making another of its name.
    fn rebuild(&mut self, folder: &str) -> anyhow::Result<Option<Rebuilt>>;
    /// All that the mailbox holds.
    fn held(&mut self) -> anyhow::Result<Held>;
}

/// A hand on the user's mailbox. Blocks.
pub(crate) fn on(server: &MailServer, user: &str) -> Box<dyn Hand> {
    match server {
        MailServer::Real(real) => Box::new(real::RealHand::new(real.clone(), user)),
        MailServer::Sim(sim, _) | MailServer::Eas(sim) => {
            Box::new(sim::SimHand::new(sim.clone(), user))
        }
    }
}
