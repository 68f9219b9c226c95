//! A small IMAP client (RFC 9051, RFC 3501) with which tests change mailboxes and read them back.
//!
//! It waits for one answer after the other and has no TLS. What does not return a `Result` panics
//! when the server refuses; the message tells the command's name and the server's answer.

mod answers;
mod wire;

pub use wire::Untagged;

use crate::server::PASSWORD;
use answers::{flags, listed, message_id, numbers};
use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use wire::{Wire, quoted};

/// A session.
pub struct Client {
    wire: Wire,
    capabilities: Vec<String>,
}

impl Client {
    /// A session in which the user is logged in.
    ///
    /// # Errors
    /// When there is no server or it refuses the login.
    pub fn login(addr: SocketAddr, user: &str) -> io::Result<Self> {
        let mut client = Self {
            wire: Wire::connect(addr)?,
            capabilities: Vec::new(),
        };
        client.command(&format!("LOGIN {user} {PASSWORD}"))?;
        for answer in client.command("CAPABILITY")? {
            if let Some(names) = answer.line.strip_prefix("* CAPABILITY ") {
                client.capabilities = names.split(' ').map(str::to_owned).collect();
            }
        }
        Ok(client)
    }

    /// What the server says that it can do, once the user is logged in.
    pub fn capabilities(&self) -> &[String] {
        &self.capabilities
    }

    /// Whether it says that it can do this.
    pub fn can(&self, capability: &str) -> bool {
        self.capabilities.iter().any(|name| name == capability)
    }

    /// Sends a command, without its tag, and returns the untagged answers to it.
    ///
    /// # Errors
    /// When it is not answered by OK.
    pub fn command(&mut self, command: &str) -> io::Result<Vec<Untagged>> {
        self.wire.send(&format!("t {command}\r\n"))?;
        self.finish(command)
    }

    /// Makes a folder; its name is as the server has it.
    #[track_caller]
    pub fn create(&mut self, folder: &str) {
        self.quietly(&format!("CREATE {}", quoted(folder)));
    }

    /// Renames a folder.
    #[track_caller]
    pub fn rename(&mut self, from: &str, to: &str) {
        self.quietly(&format!("RENAME {} {}", quoted(from), quoted(to)));
    }

    /// Deletes a folder.
    #[track_caller]
    pub fn delete(&mut self, folder: &str) {
        self.quietly(&format!("DELETE {}", quoted(folder)));
    }

    /// The names of all folders, sorted.
    #[track_caller]
    pub fn folders(&mut self) -> Vec<String> {
        let answers = must(self.command(r#"LIST "" "*""#));
        let mut names: Vec<String> = answers.iter().filter_map(listed).collect();
        names.sort();
        names
    }

    /// Opens a folder; what the server tells about it.
    #[track_caller]
    pub fn select(&mut self, folder: &str) -> Vec<Untagged> {
        must(self.command(&format!("SELECT {}", quoted(folder))))
    }

    /// Opens a folder to read only; what the server tells about it.
    #[track_caller]
    pub fn examine(&mut self, folder: &str) -> Vec<Untagged> {
        must(self.command(&format!("EXAMINE {}", quoted(folder))))
    }

    /// The numbers that a folder has for items such as `MESSAGES UIDNEXT`.
    #[track_caller]
    pub fn status(&mut self, folder: &str, items: &str) -> BTreeMap<String, u64> {
        let answers = must(self.command(&format!("STATUS {} ({items})", quoted(folder))));
        answers.iter().flat_map(numbers).collect()
    }

    /// Puts a message into a folder, with flags such as `\Seen`.
    #[track_caller]
    pub fn append(&mut self, folder: &str, flags: &str, raw: &[u8]) {
        must(self.try_append(folder, flags, raw));
    }

    /// Changes flags of messages of the open folder: `change` is such as `+FLAGS (\Seen)`.
    #[track_caller]
    pub fn store(&mut self, uids: &str, change: &str) {
        self.quietly(&format!("UID STORE {uids} {change}"));
    }

    /// Copies messages of the open folder.
    #[track_caller]
    pub fn copy(&mut self, uids: &str, to: &str) {
        self.quietly(&format!("UID COPY {uids} {}", quoted(to)));
    }

    /// Moves messages of the open folder: by MOVE (RFC 6851), or as clients do where that is missing.
    #[track_caller]
    pub fn move_to(&mut self, uids: &str, to: &str) {
        if self.can("MOVE") {
            self.quietly(&format!("UID MOVE {uids} {}", quoted(to)));
        } else {
            self.copy(uids, to);
            self.remove(uids);
        }
    }

    /// Marks messages of the open folder as deleted and expunges these (RFC 4315).
    #[track_caller]
    pub fn remove(&mut self, uids: &str) {
        self.store(uids, r"+FLAGS.SILENT (\Deleted)");
        self.quietly(&format!("UID EXPUNGE {uids}"));
    }

    /// Expunges all messages of the open folder that are marked as deleted.
    #[track_caller]
    pub fn expunge(&mut self) {
        self.quietly("EXPUNGE");
    }

    /// What the open folder holds: UIDs and Message-IDs with their angle brackets, in UID order.
    #[track_caller]
    pub fn messages(&mut self) -> Vec<(u32, String)> {
        must(self.try_messages())
    }

    /// The flags of the open folder's messages, sorted, without `\Recent`, by UID.
    #[track_caller]
    pub fn flags(&mut self) -> BTreeMap<u32, Vec<String>> {
        let answers = must(self.command("UID FETCH 1:* (UID FLAGS)"));
        answers.iter().filter_map(flags).collect()
    }

    /// Begins IDLE (RFC 2177); [`Self::read`] then reads what comes.
    #[track_caller]
    pub fn idle(&mut self) {
        must(self.wire.send("t IDLE\r\n"));
        must(self.continuation());
    }

    /// Ends IDLE; what came in the meantime and was not read.
    #[track_caller]
    pub fn done(&mut self) -> Vec<Untagged> {
        must(self.wire.send("DONE\r\n"));
        must(self.finish("IDLE"))
    }

    /// The next untagged answer, for which it waits up to half a minute.
    #[track_caller]
    pub fn read(&mut self) -> Untagged {
        must(self.wire.read())
    }

    /// Ends the session.
    #[track_caller]
    pub fn logout(mut self) {
        self.quietly("LOGOUT");
    }

    /// See [`Self::messages`].
    pub(crate) fn try_messages(&mut self) -> io::Result<Vec<(u32, String)>> {
        let fetch = "UID FETCH 1:* (UID BODY.PEEK[HEADER.FIELDS (MESSAGE-ID)])";
        let answers = self.command(fetch)?;
        let mut found: Vec<_> = answers.iter().filter_map(message_id).collect();
        found.sort_unstable();
        Ok(found)
    }

    fn try_append(&mut self, folder: &str, flags: &str, raw: &[u8]) -> io::Result<()> {
        let (folder, size) = (quoted(folder), raw.len());
        self.wire
            .send(&format!("t APPEND {folder} ({flags}) {{{size}}}\r\n"))?;
        self.continuation()?;
        self.wire.send_bytes(raw)?;
        self.wire.send("\r\n")?;
        self.finish("APPEND").map(drop)
    }

    #[track_caller]
    fn quietly(&mut self, command: &str) {
        must(self.command(command));
    }

    fn continuation(&mut self) -> io::Result<()> {
        loop {
            let answer = self.wire.read()?;
            if answer.line.starts_with('+') {
                return Ok(());
            }
            if answer.line.starts_with("t ") {
                return Err(io::Error::other(answer.line));
            }
        }
    }

    fn finish(&mut self, command: &str) -> io::Result<Vec<Untagged>> {
        let mut answers = Vec::new();
        loop {
            let answer = self.wire.read()?;
            if answer.line.starts_with("t OK") {
                return Ok(answers);
            }
            if answer.line.starts_with("t ") {
                let words: Vec<&str> = command.split(' ').take(2).collect();
                return Err(io::Error::other(format!(
                    "{}: {}",
                    words.join(" "),
                    answer.line
                )));
            }
            answers.push(answer);
        }
    }
}

#[track_caller]
fn must<T>(done: io::Result<T>) -> T {
    done.unwrap_or_else(|error| panic!("IMAP: {error}"))
}
