//! One connection.

mod auth;
mod fetch;

use crate::mailbox::{Mailbox, UID_VALIDITY, uid_at};
use crate::server::{Idling, Server};
use crate::wire::{Framed, Framer, Words};
use bytes::{Bytes, BytesMut};
use std::io;
use std::sync::Arc;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::sync::watch;

/// Output is sent when it grows past this many bytes, so that a large answer takes little memory.
const FLUSH_AT: usize = 64 * 1024;
const BEFORE_LOGIN: &str =
    "IMAP4rev1 LITERAL+ SASL-IR ID IDLE AUTH=PLAIN AUTH=XOAUTH2 AUTH=OAUTHBEARER";
const AFTER_LOGIN: &str = "IMAP4rev1 LITERAL+ ID IDLE";

/// An open folder.
struct Selected {
    mailbox: Arc<Mailbox>,
    changes: watch::Receiver<usize>,
    /// The last EXISTS this client was told.
    told: usize,
}

pub(crate) struct Session<S> {
    stream: S,
    server: Arc<Server>,
    framer: Framer,
    input: BytesMut,
    output: Vec<u8>,
    user: Option<String>,
    selected: Option<Selected>,
}

/// The end of a command: the text of its tagged answer, or the end of the connection.
enum Answer {
    Tagged(&'static str),
    Close,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Session<S> {
    pub(crate) fn new(stream: S, server: Arc<Server>) -> Self {
        Self {
            stream,
            server,
            framer: Framer::default(),
            input: BytesMut::new(),
            output: Vec::new(),
            user: None,
            selected: None,
        }
    }

    /// Serves the connection until either side ends it.
    pub(crate) async fn run(mut self) -> io::Result<()> {
        self.say(&format!("* OK [CAPABILITY {BEFORE_LOGIN}] mailsim ready"));
        while let Some(line) = self.next_line().await? {
            let mut words = Words::new(&line);
            let Some(tag) = words.next() else {
                self.say("* BAD empty line");
                continue;
            };
            match self.command(words).await? {
                Answer::Tagged(text) => {
                    self.tell_exists();
                    self.say(&format!("{tag} {text}"));
                }
                Answer::Close => {
                    self.say(&format!("{tag} OK bye"));
                    self.flush().await?;
                    break;
                }
            }
        }
        self.stream.shutdown().await
    }

    async fn command(&mut self, mut words: Words<'_>) -> io::Result<Answer> {
        let name = words.next().unwrap_or_default().to_ascii_uppercase();
        let answer = match name.as_str() {
            "CAPABILITY" => self.capability(),
            "ID" => {
                self.say("* ID (\"name\" \"mailsim\")");
                "OK ID done"
            }
            "NOOP" | "CHECK" => "OK done",
            "LOGOUT" => {
                self.say("* BYE logging out");
                return Ok(Answer::Close);
            }
            "LOGIN" if self.user.is_none() => self.login(words),
            "AUTHENTICATE" if self.user.is_none() => self.authenticate(words).await?,
            "LOGIN" | "AUTHENTICATE" => "BAD already logged in",
            _ if self.user.is_none() => "NO log in first",
            "LIST" | "LSUB" => self.list(words),
            "STATUS" => self.status(words),
            "SELECT" | "EXAMINE" => self.open(words, name == "EXAMINE"),
            "CLOSE" => {
                self.selected = None;
                "OK closed"
            }
            "IDLE" => return self.idle().await,
            "UID" | "FETCH" => self.fetch(words, name == "UID").await?,
            _ => "BAD unknown command",
        };
        Ok(Answer::Tagged(answer))
    }

    fn capability(&mut self) -> &'static str {
        let capabilities = match self.user {
            None => BEFORE_LOGIN,
            Some(_) => AFTER_LOGIN,
        };
        self.say(&format!("* CAPABILITY {capabilities}"));
        "OK CAPABILITY done"
    }

    fn list(&mut self, mut words: Words<'_>) -> &'static str {
        let pattern = (words.next(), words.next()).1.unwrap_or_default();
        if pattern.is_empty() {
            self.say("* LIST (\\Noselect) \"/\" \"\"");
        } else if pattern == "*" || pattern == "%" || pattern.eq_ignore_ascii_case("INBOX") {
            self.say("* LIST (\\HasNoChildren) \"/\" INBOX");
        }
        "OK LIST done"
    }

    fn status(&mut self, mut words: Words<'_>) -> &'static str {
        let Some(mailbox) = self.folder(words.next()) else {
            return "NO [NONEXISTENT] no such folder";
        };
        let Some(items) = words.rest() else {
            return "BAD STATUS items expected";
        };
        let count = mailbox.count();
        let mut values = Vec::new();
        for item in items.trim_matches(['(', ')']).split(' ') {
            let item = item.to_ascii_uppercase();
            let value = match item.as_str() {
                "MESSAGES" | "UNSEEN" => count.to_string(),
                "RECENT" => "0".to_owned(),
                "UIDNEXT" => uid_at(count).to_string(),
                "UIDVALIDITY" => UID_VALIDITY.to_string(),
                _ => return "BAD unknown STATUS item",
            };
            values.push(format!("{item} {value}"));
        }
        self.say(&format!("* STATUS INBOX ({})", values.join(" ")));
        "OK STATUS done"
    }

    fn open(&mut self, mut words: Words<'_>, read_only: bool) -> &'static str {
        self.selected = None;
        let Some(mailbox) = self.folder(words.next()) else {
            return "NO [NONEXISTENT] no such folder";
        };
        let (changes, told) = (mailbox.watch(), mailbox.count());
        self.say("* FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft)");
        self.server.announce(&mailbox, told);
        self.say(&format!("* {told} EXISTS"));
        self.say("* 0 RECENT");
        self.say(&format!("* OK [UIDVALIDITY {UID_VALIDITY}] valid"));
        self.say(&format!("* OK [UIDNEXT {}] next", uid_at(told)));
        self.selected = Some(Selected {
            mailbox,
            changes,
            told,
        });
        match read_only {
            true => "OK [READ-ONLY] EXAMINE done",
            false => "OK [READ-WRITE] SELECT done",
        }
    }

    /// IDLE (RFC 2177): tells of new mail at once, until DONE.
    async fn idle(&mut self) -> io::Result<Answer> {
        self.say("+ idling");
        self.tell_exists();
        self.flush().await?;
        let server = Arc::clone(&self.server);
        let _idling = Idling::enter(&server.idling);
        loop {
            match self.framer.next(&mut self.input) {
                Ok(Framed::Command(line)) if line.eq_ignore_ascii_case(b"DONE") => {
                    return Ok(Answer::Tagged("OK IDLE done"));
                }
                Ok(Framed::More) => {}
                _ => return Ok(Answer::Tagged("BAD DONE expected")),
            }
            let Some(selected) = &mut self.selected else {
                if !self.read().await? {
                    return Err(io::ErrorKind::UnexpectedEof.into());
                }
                continue;
            };
            tokio::select! {
                read = self.stream.read_buf(&mut self.input) => {
                    if read? == 0 {
                        return Err(io::ErrorKind::UnexpectedEof.into());
                    }
                }
                changed = selected.changes.changed() => {
                    changed.map_err(io::Error::other)?;
                    self.tell_exists();
                    self.flush().await?;
                }
            }
        }
    }

    /// The user's folder of this name; there is only INBOX.
    fn folder(&self, name: Option<String>) -> Option<Arc<Mailbox>> {
        let user = self.user.as_deref()?;
        let known = name.is_some_and(|name| name.eq_ignore_ascii_case("INBOX"));
        known.then(|| self.server.mailbox(user))
    }

    /// Queues an EXISTS if there is mail that this client was not told of.
    fn tell_exists(&mut self) {
        let Some(selected) = &mut self.selected else {
            return;
        };
        let count = selected.mailbox.count();
        if count > selected.told {
            selected.told = count;
            self.server.announce(&selected.mailbox, count);
            self.say(&format!("* {count} EXISTS"));
        }
    }

    fn say(&mut self, line: &str) {
        self.output.extend_from_slice(line.as_bytes());
        self.output.extend_from_slice(b"\r\n");
    }

    /// The next line or command with literals; `None` when the client hung up.
    async fn next_line(&mut self) -> io::Result<Option<Bytes>> {
        loop {
            match self.framer.next(&mut self.input) {
                Ok(Framed::Command(line)) => return Ok(Some(line)),
                Ok(Framed::Continue) => self.say("+ go ahead"),
                Ok(Framed::More) => {
                    self.flush().await?;
                    if !self.read().await? {
                        return Ok(None);
                    }
                }
                Err(_) => {
                    self.say("* BYE command too long");
                    self.flush().await?;
                    return Ok(None);
                }
            }
        }
    }

    /// Reads what the client sent; `false` at its end.
    async fn read(&mut self) -> io::Result<bool> {
        Ok(self.stream.read_buf(&mut self.input).await? > 0)
    }

    async fn flush(&mut self) -> io::Result<()> {
        if self.output.is_empty() {
            return Ok(());
        }
        self.stream.write_all(&self.output).await?;
        self.output.clear();
        self.output.shrink_to(4 * 1024);
        self.stream.flush().await
    }
}
