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
mod owner;
mod parked;
mod search;
mod status;
mod store;
mod tell;
mod wait;

use crate::line::Line;
use crate::mailbox::View;
use crate::server::Server;
use crate::wire::{Framed, Framer};
use alive::Alive;
use bytes::{Bytes, BytesMut};
use command::Command;
use idle::Idle;
use notify::Notify;
use owner::Owner;
use std::borrow::Cow;
use std::io;
use std::sync::Arc;
use wait::Waited;

/// Output is sent when it grows past this many bytes, so that a large answer takes little memory.
const FLUSH_AT: usize = 64 * 1024;

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

/// What is said on a connection, and what the client was told. `S` is the connection: a [`Line`], or one that waits.
pub(crate) struct Session<S> {
    pub(crate) stream: S,
    server: Arc<Server>,
    framer: Framer,
    input: BytesMut,
    output: Vec<u8>,
    owner: Option<Owner>,
    selected: Option<Selected>,
    enabled: Enabled,
    notify: Option<Box<Notify>>,
    idle: Option<Idle>,
    alive: Alive,
    /// The client has said something that was not read yet.
    called: bool,
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

/// What the client says.
enum Heard {
    Line(Bytes),
    /// Nothing, and nothing is under way.
    Quiet,
    /// It hung up, or shall.
    End,
}

impl Session<Line> {
    /// A session that is about to greet its client.
    pub(crate) fn new(stream: Line, server: Arc<Server>) -> Self {
        let mut session = Self {
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
            called: false,
            identified: false,
            frozen: false,
            ended: false,
            server,
        };
        let texts = &session.server.profile.texts();
        let greeting = texts
            .greeting
            .replace("{capabilities}", &texts.before_login);
        session.say(&greeting);
        session
    }

    /// Serves the connection until either side ends it, or until it can be parked: the session then comes back.
    pub(crate) async fn converse(mut self) -> io::Result<Option<Self>> {
        while !self.ended {
            let quiet = match self.idle {
                Some(_) => self.go_on_idling().await?,
                None => self.next_command().await?,
            };
            if quiet {
                return Ok(Some(self));
            }
        }
        self.flush().await?;
        self.stream.shutdown().await?;
        Ok(None)
    }

    /// Answers the next command; `true` if the session can be parked instead.
    async fn next_command(&mut self) -> io::Result<bool> {
        match self.next_line().await? {
            Heard::Line(line) => self.serve(&line).await?,
            Heard::Quiet => return Ok(true),
            Heard::End => self.ended = true,
        }
        Ok(false)
    }

    /// Does what a command wants, and answers it unless it is an IDLE that goes on.
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
        if self.idle.is_none() {
            self.answer(&command.tag, &command.name, reply);
        }
        Ok(())
    }

    /// The next line or command with literals.
    async fn next_line(&mut self) -> io::Result<Heard> {
        loop {
            match self.framer.next(&mut self.input) {
                Ok(Framed::Command(line)) => return Ok(Heard::Line(line)),
                Ok(Framed::Continue) => self.say("+ go ahead"),
                Ok(Framed::More) => match self.more().await? {
                    Waited::Input => {}
                    Waited::Quiet => return Ok(Heard::Quiet),
                    Waited::End => return Ok(Heard::End),
                },
                Err(_) => {
                    self.say("* BYE command too long");
                    return Ok(Heard::End);
                }
            }
        }
    }
}

impl<S> Session<S> {
    fn record(&self, command: &Command, line: &[u8]) {
        if let Some(owner) = &self.owner {
            let untagged = line.get(command.tag.len() + 1..).unwrap_or_default();
            owner.user.record(untagged, self.server.command_log);
        }
    }

    /// Tells what is due after a command, and answers it.
    fn answer(&mut self, tag: &str, command: &str, reply: Reply) {
        if !self.ended {
            self.tell_after(command);
        }
        if let Some(text) = reply.0 {
            self.say(&format!("{tag} {text}"));
        }
    }
}
