//! The hand on a mailbox of a real server: an IMAP client of its own.

use super::{Flags, Hand, Held, HeldFolder, HeldMessage, Rebuilt, comparable};
use crate::mailserver::bare;
use anyhow::Context as _;
use pushmail_testkit::imap_client::Client;
use pushmail_testkit::{Kind, MailServer};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// How often a folder's deletion is tried again.
const DELETES: u32 = 5;

pub(super) struct RealHand {
    server: Arc<MailServer>,
    user: String,
    client: Client,
}

impl RealHand {
    pub(super) fn new(server: Arc<MailServer>, user: &str) -> Self {
        let client = server.login(user);
        let user = user.to_owned();
        Self {
            server,
            user,
            client,
        }
    }

    fn is_there(&mut self, folder: &str) -> bool {
        let status = format!("STATUS \"{folder}\" (UIDNEXT)");
        self.client.command(&status).is_ok()
    }

    /// Leaves the open folder: some servers do not change one that is open.
    fn leave(&mut self) {
        self.client.select("INBOX");
    }
}

/// A set of UIDs as commands take it.
fn set(uids: &[u32]) -> String {
    let uids: Vec<String> = uids.iter().map(u32::to_string).collect();
    uids.join(",")
}

impl Hand for RealHand {
    fn name(&self, path: &str) -> String {
        self.server.folder(path)
    }

    fn is_fast(&self) -> bool {
        false
    }

    fn separator(&self) -> char {
        match self.server.kind() {
            Kind::Dovecot | Kind::Cyrus => '/',
            Kind::Courier => '.',
        }
    }

    fn folders(&mut self) -> anyhow::Result<Vec<String>> {
        let listed = self.client.folders();
        if listed.iter().all(|name| self.is_there(name)) {
            return Ok(listed);
        }
        // A session of Dovecot may go on listing folders under names that they have no more.
        self.client = self.server.login(&self.user);
        Ok(self.client.folders())
    }

    fn flags(&mut self, folder: &str) -> anyhow::Result<BTreeMap<u32, Flags>> {
        self.client.select(folder);
        let flags = self.client.flags().into_iter();
        Ok(flags.map(|(uid, flags)| (uid, comparable(flags))).collect())
    }

    fn deliver(&mut self, mail: Vec<u8>) -> anyhow::Result<()> {
        self.server.deliver(&self.user, &mail);
        Ok(())
    }

    fn append(&mut self, folder: &str, mail: Vec<u8>) -> anyhow::Result<()> {
        self.client.append(folder, "", &mail);
        Ok(())
    }

    fn copy(&mut self, from: &str, uids: &[u32], to: &str) -> anyhow::Result<()> {
        self.client.select(from);
        self.client.copy(&set(uids), to);
        Ok(())
    }

    fn move_to(&mut self, from: &str, uids: &[u32], to: &str) -> anyhow::Result<()> {
        self.client.select(from);
        self.client.move_to(&set(uids), to);
        Ok(())
    }

    fn expunge(&mut self, folder: &str, uids: &[u32]) -> anyhow::Result<()> {
        self.client.select(folder);
        self.client.remove(&set(uids));
        Ok(())
    }

    fn flag(&mut self, folder: &str, uids: &[u32], flag: &str, on: bool) -> anyhow::Result<()> {
        self.client.select(folder);
        let sign = if on { '+' } else { '-' };
        self.client
            .store(&set(uids), &format!("{sign}FLAGS.SILENT ({flag})"));
        Ok(())
    }

    fn create(&mut self, folder: &str) -> anyhow::Result<()> {
        self.client.create(folder);
        Ok(())
    }

    fn rename(&mut self, from: &str, to: &str) -> anyhow::Result<()> {
        self.leave();
        self.client.rename(from, to);
        Ok(())
    }

    fn delete(&mut self, folder: &str) -> anyhow::Result<()> {
        self.leave();
        // Cyrus keeps what is deleted under a name with the time in seconds, which may be taken.
        for _ in 0..DELETES {
            if self.client.command(&format!("DELETE \"{folder}\"")).is_ok() {
                return Ok(());
            }
            std::thread::sleep(Duration::from_millis(500));
        }
        self.client.delete(folder);
        Ok(())
    }

    fn rebuild(&mut self, folder: &str) -> anyhow::Result<Option<Rebuilt>> {
        self.delete(folder)?;
        self.client.create(folder);
        Ok(None)
    }

    fn held(&mut self) -> anyhow::Result<Held> {
        self.client = self.server.login(&self.user);
        let mut held = Held::new();
        for folder in self.folders()? {
            let status = self.client.status(&folder, "UIDVALIDITY");
            let uid_validity = status.get("UIDVALIDITY").context("no UIDVALIDITY")?;
            // Courier takes no messages for a folder that is open to read only.
            self.client.select(&folder);
            let mut flags = self.client.flags();
            let messages = self.client.messages().into_iter();
            let messages = messages.map(|(uid, message_id)| {
                let flags = flags.remove(&uid).unwrap_or_default();
                let held = HeldMessage {
                    message_id: bare(&message_id),
                    flags: comparable(flags),
                };
                (uid, held)
            });
            let held_folder = HeldFolder {
                uid_validity: u32::try_from(*uid_validity)?,
                messages: messages.collect(),
            };
            held.insert(folder, held_folder);
        }
        Ok(held)
    }
}
