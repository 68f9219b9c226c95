//! One connection.

mod alive;
mod append;
mod command;
mod expunge;
mod fetch;
mod idle;
mod list;
mod login;
mod names;
mod notify;
mod open;
mod output;
mod search;
mod status;
mod store;
mod tell;

use crate::mailbox::View;
use crate::server::Server;
use crate::user::{Connected, User};
use crate::wire::{Framed, Framer};
use alive::Alive;
use bytes::{Bytes, BytesMut};
use command::Command;
use idle::Idle;
use notify::Notify;
use std::borrow::Cow;
use std::io;
use std::sync::Arc;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};

/// Output is sent when it grows past this many bytes, so that a large answer takes little memory.
const FLUSH_AT: usize = 64 * 1024;

/// A client that logged in.
struct Owner {
    user: Arc<User>,
    /// Counts this connection as the user's.
    connected: Connected,
    changes: watch::Receiver<u64>,
    /// How many of the user's orders were obeyed.
    obeyed: usize,
}

/// An open folder.
struct Selected {
    view: View,
    read_only: bool,
}

/// What a client switched on with ENABLE or by using it (RFC 7162, section 3.1).
#[derive(Default)]
struct Enabled {
    condstore: bool,
    qresync: bool,
}

pub(crate) struct Session<S> {
    stream: S,
    server: Arc<Server>,
    framer: Framer,
    input: BytesMut,
    output: Vec<u8>,
    owner: Option<Owner>,
    selected: Option<Selected>,
    enabled: Enabled,
    notify: Option<Notify>,
    idle: Option<Idle>,
    alive: Alive,
    /// An ID with content was sent after the login.
    identified: bool,
    /// Nothing is sent any more.
    frozen: bool,
    /// The connection ends when the output is sent.
    ended: bool,
}

/// The text of a tagged answer; none if the connection ends without it.
struct Reply(Option<Cow<'static, str>>);

impl From<&'static str> for Reply {
    fn from(text: &'static str) -> Self {
        Self(Some(Cow::Borrowed(text)))
    }
}

impl From<String> for Reply {
    fn from(text: String) -> Self {
        Self(Some(Cow::Owned(text)))
    }
}

/// What ended a wait.
enum Woken {
    /// Input, or with `false` its end.
    Read(bool),
    Changed,
    Time,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Session<S> {
    pub(crate) fn new(stream: S, server: Arc<Server>) -> Self {
        Self {
            stream,
            framer: Framer::default(),
            input: BytesMut::new(),
            output: Vec::new(),
            owner: None,
            selected: None,
            enabled: Enabled::default(),
            notify: None,
            idle: None,
            alive: Alive::new(),
            identified: false,
            frozen: false,
            ended: false,
            server,
        }
    }

    /// Serves the connection until either side ends it.
    pub(crate) async fn run(mut self) -> io::Result<()> {
        let texts = &self.server.profile.texts();
        let greeting = texts
            .greeting
            .replace("{capabilities}", &texts.before_login);
        self.say(&greeting);
        while let Some(line) = self.next_line().await? {
            self.serve(&line).await?;
            if self.ended {
                break;
            }
        }
        self.flush().await?;
        self.stream.shutdown().await
    }

    /// Answers one command.
    async fn serve(&mut self, line: &[u8]) -> io::Result<()> {
        let command = match Command::parse(line) {
            Ok(command) => command,
            Err(tag) => {
                self.say(&format!("{tag} BAD cannot read this command"));
                return Ok(());
            }
        };
        self.alive
            .heard(&command.name, self.server.profile.quirks());
        self.record(&command, line);
        let reply = self.command(&command).await?;
        if !self.ended {
            self.tell_after(&command.name);
        }
        if let Some(text) = reply.0 {
            self.say(&format!("{} {text}", command.tag));
        }
        Ok(())
    }

    fn record(&self, command: &Command, line: &[u8]) {
        if let Some(owner) = &self.owner {
            let untagged = line.get(command.tag.len() + 1..).unwrap_or_default();
            owner.user.record(untagged, self.server.command_log);
        }
    }

    /// The next line or command with literals; `None` when the client hung up, or shall.
    async fn next_line(&mut self) -> io::Result<Option<Bytes>> {
        loop {
            match self.framer.next(&mut self.input) {
                Ok(Framed::Command(line)) => return Ok(Some(line)),
                Ok(Framed::Continue) => self.say("+ go ahead"),
                Ok(Framed::More) => {
                    if !self.more().await? {
                        return Ok(None);
                    }
                }
                Err(_) => {
                    self.say("* BYE command too long");
                    return Ok(None);
                }
            }
        }
    }

    /// Sends what is due and waits for input; meanwhile does what a server does unasked. `false`
    /// when the client hung up, or shall.
    async fn more(&mut self) -> io::Result<bool> {
        loop {
            self.flush().await?;
            if self.frozen {
                return self.play_dead().await;
            }
            if self.ended {
                return Ok(false);
            }
            let deadline = self.deadline();
            let woken = tokio::select! {
                read = self.stream.read_buf(&mut self.input) => Woken::Read(read? > 0),
                () = changed(self.owner.as_mut()) => Woken::Changed,
                () = reached(deadline) => Woken::Time,
            };
            // What was ordered or due before the client spoke comes first, whatever woke us.
            self.obey();
            self.do_what_is_due();
            match woken {
                _ if self.frozen || self.ended => {}
                Woken::Read(more) => return Ok(more),
                Woken::Changed => self.tell_unasked(),
                Woken::Time => {}
            }
        }
    }

    /// Answers nothing, until the client hangs up.
    async fn play_dead(&mut self) -> io::Result<bool> {
        self.input.clear();
        while self.stream.read_buf(&mut self.input).await? > 0 {
            self.input.clear();
        }
        Ok(false)
    }

    async fn flush(&mut self) -> io::Result<()> {
        if self.frozen {
            self.output.clear();
        }
        if self.output.is_empty() {
            return Ok(());
        }
        self.stream.write_all(&self.output).await?;
        self.output.clear();
        self.output.shrink_to(4 * 1024);
        self.stream.flush().await
    }
}

/// Waits for something to change for the user.
async fn changed(owner: Option<&mut Owner>) {
    if let Some(owner) = owner
        && owner.changes.changed().await.is_ok()
    {
        return;
    }
    std::future::pending::<()>().await;
}

async fn reached(deadline: Option<Instant>) {
    match deadline {
        Some(deadline) => sleep_until(deadline).await,
        None => std::future::pending().await,
    }
}
