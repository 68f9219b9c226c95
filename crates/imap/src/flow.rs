//! The conversation with an IMAP server: responses in; commands, changes and faults out.
//!
//! Greeting, CAPABILITY, STARTTLS, login, ID, EXAMINE of every folder, then reading and IDLE for as long
//! as the server lets. [`ImapFlow::advance`](ImapFlow) decides what comes next from what is known, so
//! that there is one place that orders the conversation:
//!
//! - a folder that may hold unread mail (*dirty*) is read before anything waits;
//! - the first folder is IDLEd; the others are visited in rounds, EXAMINE and read;
//! - without IDLE every folder is polled the same way.
//!
//! Invariant: an EXISTS that may mean new mail is never left unread when the flow parks.

mod command;
mod fault;
mod folder;
mod hold;
mod idle;
mod login;
mod name;
mod open;
mod read;
mod sasl;

use crate::quirks::Quirks;
use crate::wire::{Capabilities, Code, Condition, Decoder, Response, StatusText, WireError};
use command::{Kind, Pending};
use folder::FolderState;
use pushmail_domain::{
    Authentication, ContentLevel, Endpoint, Fault, FaultKind, Folder, FolderCursor,
};
use pushmail_upstream::{Change, Flow, Moment, Output};
use std::collections::VecDeque;
use std::time::Duration;

/// How long things may take, and how much may come.
pub mod limits {
    use std::time::Duration;

    /// For the greeting, for TLS, and for every command as a whole, however slowly its answer drips in.
    /// Reading mail starts anew with every message, of which there are at most [`MESSAGES`].
    pub const COMMAND: Duration = Duration::from_secs(60);
    /// From DONE to the end of IDLE.
    pub const DONE: Duration = Duration::from_secs(30);
    /// Most responses to one command, new messages not counted.
    pub const RESPONSES: u32 = 100_000;
    /// Most bytes of responses to one command, new messages not counted.
    pub const BYTES: u64 = 64 * 1024 * 1024;
    /// Most responses about new messages to one command that reads mail. A mailbox that holds more is read
    /// by several connections, each of which resumes behind what was announced.
    pub const MESSAGES: u32 = 100_000;
    /// How often a read is repeated that brought mail and ended with NO.
    pub const REPEATS: u32 = 2;
}

/// What a conversation needs to know.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The server, and how the connection to it is protected.
    pub endpoint: Endpoint,
    /// The name to log in with.
    pub user: String,
    /// What to log in with; wiped as soon as the login is over.
    pub authentication: Authentication,
    /// The folders to watch, at least one, with how far each has been read; `None` for a folder that
    /// never was. The first one is IDLEd.
    pub folders: Vec<(Folder, Option<FolderCursor>)>,
    /// How much of each mail is wanted.
    pub content: ContentLevel,
    /// How to treat the server: [`Quirks::of_host`]. Where that has no rule, the greeting may still find one.
    pub quirks: &'static Quirks,
    /// The program's name and version, for ID (RFC 2971).
    pub client: (String, String),
}

/// One connection's conversation with an IMAP server (RFC 9051, RFC 3501).
///
/// Its first deadline is at zero: the driver's first tick starts the clock for the greeting.
pub struct ImapFlow {
    endpoint: Endpoint,
    user: String,
    content: ContentLevel,
    quirks: &'static Quirks,
    client: (String, String),
    /// Gone once logged in.
    credential: Option<Authentication>,
    phase: Phase,
    decoder: Decoder,
    outputs: VecDeque<Output>,
    /// Commands without their answer, oldest first; two at most.
    pending: VecDeque<Pending>,
    tags: u32,
    capabilities: Option<Capabilities>,
    secure: bool,
    authenticated: bool,
    identified: bool,
    live: bool,
    folders: Vec<FolderState>,
    selected: Option<usize>,
    baselines: Vec<FolderCursor>,
    reset: Vec<FolderCursor>,
    waiting: idle::Waiting,
    budget: Budget,
}

/// Where the conversation stands, apart from its commands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    New,
    Greeting { deadline: Duration },
    Running,
    Securing { deadline: Duration },
    Finished,
}

/// What came since the last command, new messages not counted.
#[derive(Default)]
struct Budget {
    responses: u32,
    bytes: u64,
}

impl ImapFlow {
    /// The conversation on a connection that was just made; for implicit TLS, after its handshake.
    pub fn new(settings: Settings) -> Self {
        let folders = settings
            .folders
            .into_iter()
            .map(|(folder, cursor)| FolderState::new(folder, cursor))
            .collect();
        Self {
            endpoint: settings.endpoint,
            user: settings.user,
            content: settings.content,
            quirks: settings.quirks,
            client: settings.client,
            credential: Some(settings.authentication),
            phase: Phase::New,
            decoder: Decoder::new(),
            outputs: VecDeque::new(),
            pending: VecDeque::new(),
            tags: 0,
            capabilities: None,
            secure: false,
            authenticated: false,
            identified: false,
            live: false,
            folders,
            selected: None,
            baselines: Vec::new(),
            reset: Vec::new(),
            waiting: idle::Waiting::default(),
            budget: Budget::default(),
        }
    }

    /// Starts the clock at the first sign of life from the driver.
    fn start(&mut self, at: Moment) {
        if self.phase != Phase::New {
            return;
        }
        let deadline = at.elapsed + limits::COMMAND;
        self.phase = Phase::Greeting { deadline };
        if self.folders.is_empty() {
            self.fail(
                FaultKind::Internal,
                "no folder is configured for this account",
            );
        }
    }

    fn finish(&mut self, fault: Fault) {
        if self.phase != Phase::Finished {
            self.phase = Phase::Finished;
            self.pending.clear();
            self.credential = None;
            self.decoder = Decoder::new();
            // TLS that was about to start does not: its handshake would hide the fault.
            self.outputs
                .retain(|output| !matches!(output, Output::StartTls));
            self.outputs.push_back(Output::Finished(fault));
        }
    }

    /// Ends the conversation; `message` continues a sentence that begins with the server's name.
    fn fail(&mut self, kind: FaultKind, message: &str) {
        let server = fault::printable(&self.endpoint.to_string());
        self.finish(Fault::new(kind, format!("{server}: {message}")));
    }

    fn fail_wire(&mut self, error: WireError) {
        let kind = match error {
            WireError::TooLarge(_) => FaultKind::TooLarge,
            WireError::Syntax(_) => FaultKind::Protocol,
        };
        let message = match self.phase {
            Phase::Greeting { .. } => {
                format!("the server's greeting cannot be taken: {error}; check host and port")
            }
            _ => format!("the server sent what cannot be taken: {error}"),
        };
        self.fail(kind, &message);
    }

    /// Counts a response, and ends a conversation that sends without end.
    fn spend(&mut self) {
        self.budget.responses += 1;
        self.budget.bytes += self.decoder.weight() as u64;
        if self.budget.responses > limits::RESPONSES || self.budget.bytes > limits::BYTES {
            self.fail(
                FaultKind::TooLarge,
                "the server sent more than any command asked for",
            );
        }
    }

    /// Takes the last response off the budget again.
    fn refund(&mut self) {
        self.budget.responses -= 1;
        self.budget.bytes -= self.decoder.weight() as u64;
    }

    fn respond(&mut self, response: Response, at: Moment) {
        if let Phase::Greeting { .. } = self.phase {
            return self.greeted(response);
        }
        match response {
            Response::Tagged {
                tag,
                condition,
                text,
            } => self.tagged(&tag, condition, text, at),
            Response::Continue(_) => self.continued(at),
            Response::Status(Condition::Bye, text) => self.said_bye(&text),
            Response::Status(_, text) => self.noted(text),
            Response::Capability(capabilities) => self.capabilities = Some(capabilities),
            Response::Id(text) => self.identify_server(&text),
            Response::Exists(count) => self.exists(count, at),
            Response::Expunge(sequence) => self.expunged(sequence),
            Response::Vanished { .. } => self.forget_count(),
            Response::Fetch(fetch) => self.fetched(*fetch, at),
            Response::Recent(_)
            | Response::MailboxStatus(_)
            | Response::List(_)
            | Response::Search(_)
            | Response::Enabled(_)
            | Response::Other => {}
        }
    }

    /// A command ended. Answers come in the order of the commands.
    fn tagged(&mut self, tag: &str, condition: Condition, text: StatusText, at: Moment) {
        let Some(pending) = self.pending.pop_front_if(|pending| pending.tag == tag) else {
            return self.fail(
                FaultKind::Protocol,
                "the server answered a command that was not sent",
            );
        };
        if condition != Condition::Ok && self.refused(&pending.kind, condition, &text) {
            return;
        }
        match pending.kind {
            Kind::Capability => self.got_capabilities(),
            Kind::StartTls => self.begin_tls(at),
            Kind::Authenticate(_) | Kind::Login(_) => self.logged_in(text),
            Kind::Id => {}
            Kind::Examine(opening) => self.examined(opening, text, at),
            Kind::Highest(highest) => self.found_highest(&highest, at),
            Kind::Read(read) => self.has_read(*read, condition, at),
            Kind::Idle(idle) => self.idle_ended(&idle, condition),
        }
    }

    /// An untagged OK, NO or BAD: its code counts.
    fn noted(&mut self, text: StatusText) {
        match text.code {
            Some(Code::Capability(capabilities)) => self.capabilities = Some(capabilities),
            Some(code) => self.noted_code(&code),
            None => {}
        }
    }

    /// Decides what comes next. Nothing is sent while a command is outstanding, except that IDLE is ended.
    fn advance(&mut self, at: Moment) {
        if self.phase != Phase::Running {
            return;
        }
        match self.pending.front().map(|pending| &pending.kind) {
            None => self.next_command(at),
            Some(Kind::Idle(idle)) if idle.is_waiting() => self.in_idle(at),
            Some(_) => {}
        }
    }

    fn next_command(&mut self, at: Moment) {
        if self.log_in_further(at) {
            return;
        }
        if let Some(folder) = self.next_unopened() {
            return self.examine(folder, at);
        }
        self.go_live();
        if let Some(folder) = self.dirty() {
            return self.read(folder, at);
        }
        if let Some(folder) = self.next_due() {
            return self.examine(folder, at);
        }
        self.wait(at);
    }

    /// Tells the account, once, that every folder is open.
    fn go_live(&mut self) {
        if self.live {
            return;
        }
        self.live = true;
        let baselines = std::mem::take(&mut self.baselines);
        let folders = self.folders.iter().map(|state| state.folder.clone());
        let live = Change::Live {
            folders: folders.collect(),
            baselines,
            missing: Vec::new(),
        };
        let reset = std::mem::take(&mut self.reset);
        let reset = reset.into_iter().map(Change::FolderReset);
        let changes = std::iter::once(live).chain(reset);
        self.outputs.extend(changes.map(Output::Change));
    }
}

impl Flow for ImapFlow {
    fn receive(&mut self, bytes: &[u8], at: Moment) {
        self.start(at);
        let mut rest = bytes;
        while self.phase != Phase::Finished && !rest.is_empty() {
            if let Phase::Securing { .. } = self.phase {
                return self.fail(
                    FaultKind::Protocol,
                    "the server sent data before STARTTLS completed",
                );
            }
            match self.decoder.next(&mut rest) {
                Ok(Some(response)) => {
                    self.spend();
                    if self.phase != Phase::Finished {
                        self.respond(response, at);
                    }
                }
                Ok(None) => {}
                Err(error) => return self.fail_wire(error),
            }
        }
        self.advance(at);
    }

    fn secured(&mut self, at: Moment) {
        if let Phase::Securing { .. } = self.phase {
            self.phase = Phase::Running;
            self.secure = true;
            self.capabilities = None;
            self.advance(at);
        }
    }

    fn closed(&mut self, _at: Moment) {
        if self.live {
            self.fail(FaultKind::Closed, "the server closed the connection");
        } else {
            let during = self.stage();
            let message = format!("the server closed the connection {during}");
            self.fail(FaultKind::Unreachable, &message);
        }
    }

    fn tick(&mut self, at: Moment) {
        self.start(at);
        if self.deadline().is_none_or(|deadline| at.elapsed < deadline) {
            return;
        }
        let waits = match self.pending.front().map(|pending| &pending.kind) {
            None => self.phase == Phase::Running,
            Some(Kind::Idle(idle)) => idle.is_waiting(),
            Some(_) => false,
        };
        if waits {
            self.waited(at);
            return self.advance(at);
        }
        let message = format!("the server did not answer in time {}", self.stage());
        self.fail(FaultKind::Timeout, &message);
    }

    fn deadline(&self) -> Option<Duration> {
        match self.phase {
            Phase::New => Some(Duration::ZERO),
            Phase::Greeting { deadline } | Phase::Securing { deadline } => Some(deadline),
            Phase::Running => match self.pending.front() {
                Some(pending) => Some(pending.deadline),
                None => self.waiting.until,
            },
            Phase::Finished => None,
        }
    }

    fn next_output(&mut self) -> Option<Output> {
        let output = self.outputs.pop_front();
        if self.outputs.is_empty() {
            self.outputs.shrink_to(4);
        }
        output
    }
}
