//! The hand on a simulated mailbox.

use super::{Flags, Hand, Held, HeldFolder, HeldMessage, Rebuilt, comparable};
use crate::mailserver::bare;
use anyhow::{Context as _, ensure};
use pushmail_mailsim::{FIRST_UID, Mailsim};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Folders below it have special uses, or only hold others: `*` does not stand for them.
const HIDDEN: &str = "[Gmail]";

pub(super) struct SimHand {
    sim: Arc<Mailsim>,
    user: String,
}

impl SimHand {
    pub(super) fn new(sim: Arc<Mailsim>, user: &str) -> Self {
        let user = user.to_owned();
        Self { sim, user }
    }
}

impl Hand for SimHand {
    fn name(&self, path: &str) -> String {
        path.to_owned()
    }

    fn is_fast(&self) -> bool {
        true
    }

    fn separator(&self) -> char {
        '/'
    }

    fn folders(&mut self) -> anyhow::Result<Vec<String>> {
        let all = self.sim.folders(&self.user).into_iter();
        Ok(all.filter(|name| !name.starts_with(HIDDEN)).collect())
    }

    fn flags(&mut self, folder: &str) -> anyhow::Result<BTreeMap<u32, Flags>> {
        let messages = self.sim.messages_in(&self.user, folder).into_iter();
        let flags = messages.map(|message| (message.uid, comparable(message.flags)));
        Ok(flags.collect())
    }

    fn deliver(&mut self, mail: Vec<u8>) -> anyhow::Result<()> {
        self.sim.deliver(&self.user, mail);
        Ok(())
    }

    fn append(&mut self, folder: &str, mail: Vec<u8>) -> anyhow::Result<()> {
        self.sim.deliver_to(&self.user, folder, mail);
        Ok(())
    }

    fn copy(&mut self, from: &str, uids: &[u32], to: &str) -> anyhow::Result<()> {
        self.sim.copy_messages(&self.user, from, uids, to);
        Ok(())
    }

    fn move_to(&mut self, from: &str, uids: &[u32], to: &str) -> anyhow::Result<()> {
        self.sim.move_messages(&self.user, from, uids, to);
        Ok(())
    }

    fn expunge(&mut self, folder: &str, uids: &[u32]) -> anyhow::Result<()> {
        self.sim.expunge(&self.user, folder, uids);
        Ok(())
    }

    fn flag(&mut self, folder: &str, uids: &[u32], flag: &str, set: bool) -> anyhow::Result<()> {
        let before = self.flags(folder)?;
        for uid in uids {
            let mut flags = before.get(uid).cloned().unwrap_or_default();
            match set {
                true => flags.insert(flag.to_ascii_lowercase()),
                false => flags.remove(&flag.to_ascii_lowercase()),
            };
            let flags: Vec<&str> = flags.iter().map(String::as_str).collect();
            self.sim.set_flags(&self.user, folder, *uid, &flags);
        }
        Ok(())
    }

    fn create(&mut self, folder: &str) -> anyhow::Result<()> {
        ensure!(self.sim.create_folder(&self.user, folder), "no {folder}");
        Ok(())
    }

    fn rename(&mut self, from: &str, to: &str) -> anyhow::Result<()> {
        ensure!(self.sim.rename_folder(&self.user, from, to), "no {to}");
        Ok(())
    }

    fn delete(&mut self, folder: &str) -> anyhow::Result<()> {
        ensure!(self.sim.delete_folder(&self.user, folder), "{folder} stays");
        Ok(())
    }

    fn rebuild(&mut self, folder: &str) -> anyhow::Result<Option<Rebuilt>> {
        let uid_validity = self.sim.change_uidvalidity(&self.user, folder);
        let count = self.sim.messages_in(&self.user, folder).len();
        Ok(Some(Rebuilt {
            uid_validity: uid_validity.context("the folder is not there")?,
            uid_next: FIRST_UID + u32::try_from(count)?,
        }))
    }

    fn held(&mut self) -> anyhow::Result<Held> {
        let mut held = Held::new();
        for folder in self.folders()? {
            let uid_validity = self.sim.uid_validity(&self.user, &folder);
            let messages = self.sim.messages_in(&self.user, &folder).into_iter();
            let messages = messages.map(|message| {
                let held = HeldMessage {
                    message_id: bare(&message.message_id),
                    flags: comparable(message.flags),
                };
                (message.uid, held)
            });
            let held_folder = HeldFolder {
                uid_validity: uid_validity.context("the folder is not there")?,
                messages: messages.collect(),
            };
            held.insert(folder, held_folder);
        }
        Ok(held)
    }
}
