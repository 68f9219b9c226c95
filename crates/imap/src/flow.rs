//! The conversation with an IMAP server: responses in; commands, changes and faults out.
//!
//! Greeting, CAPABILITY, STARTTLS, login, ID, then the folders, and IDLE for as long as the server lets.
//! [`ImapFlow::advance`](ImapFlow) decides what comes next from what is known, so that there is one place
//! that orders the conversation:
//!
//! - every watched folder is looked at: the main one by EXAMINE, the others by LIST and STATUS, or by the STATUS
//!   that NOTIFY sends (`survey`, `open`, `notify`);
//! - a folder that may hold unread mail (*dirty*), changed flags or deletions (*changed*) is opened and read
//!   before anything waits (`read`, `resync`, `rebuilt`, `care`);
//! - then the main folder is IDLEd. With NOTIFY the server tells of the others; without it they are looked at in
//!   rounds. Without IDLE all are polled (`idle`, `poll`).
//!
//! Invariant: an EXISTS that may mean new mail is never left unread when the flow parks.

mod care;
mod command;
mod confirm;
mod driven;
mod fault;
mod folder;
mod gather;
mod hold;
mod idle;
mod later;
pub mod limits;
mod login;
mod newest;
mod notify;
mod open;
mod outputs;
mod pace;
mod poll;
mod read;
mod rebuilt;
mod rest;
mod resync;
mod sasl;
mod settings;
mod survey;
mod unread;

pub use settings::{Learned, Settings, Suspect};

use crate::name;
use crate::quirks::Quirks;
use crate::wire::{Capabilities, Code, Condition, Decoder, Response, StatusText, WireError};
use command::{Kind, Pending};
use folder::FolderState;
use outputs::Queued;
use pushmail_domain::{
    AccountId, ContentLevel, Endpoint, EventScope, Fault, FaultKind, FolderCursor,
};
use pushmail_upstream::keepalive::KeepAlive;
use pushmail_upstream::{Change, Moment, Output};
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;
use std::time::Duration;

/// One connection's conversation with an IMAP server (RFC 9051, RFC 3501).
///
/// Its first deadline is at zero: the driver's first tick starts the clock for the greeting.
#[derive(Serialize, Deserialize)]
pub struct ImapFlow {
    account: AccountId,
    #[serde(skip, default = "rest::nowhere")]
    endpoint: Endpoint,
    content: ContentLevel,
    events: EventScope,
    #[serde(with = "rest::by_name")]
    quirks: &'static Quirks,
    /// Gone once the account is live.
    #[serde(skip)]
    login: Option<Box<login::Login>>,
    /// By which a text of the server's is known to repeat the credential.
    trace: Option<fault::Trace>,
    phase: Phase,
    /// Gone while nothing comes.
    #[serde(skip)]
    decoder: Option<Box<Decoder>>,
    #[serde(skip)]
    outputs: outputs::Outputs,
    /// What came and waits until the outputs before it are taken.
    #[serde(skip)]
    unread: Option<Box<unread::Unread>>,
    /// Commands without their answer, oldest first.
    #[serde(skip)]
    pending: VecDeque<Pending>,
    tags: u32,
    capabilities: Option<Capabilities>,
    secure: bool,
    authenticated: bool,
    identified: bool,
    /// Whether QRESYNC is enabled; `None` while it was not asked for.
    qresync: Option<bool>,
    live: bool,
    /// How far folders were read that are not among `folders`: one of them may have another name now.
    cursors: Vec<FolderCursor>,
    /// The watched folders; the first is the main one.
    folders: Vec<FolderState>,
    selected: Option<usize>,
    /// Deletions told since the main folder was opened, which opening it again tells once more; a part of them.
    told_gone: Vec<(u32, u32)>,
    survey: survey::Survey,
    notify: notify::Notify,
    /// How often it gave up.
    overflows: u8,
    waiting: idle::Waiting,
    poll: poll::Pause,
    care: Option<care::Care>,
    keep_alive: Option<KeepAlive>,
    budget: Budget,
    pace: pace::Pace,
}

/// Where the conversation stands, apart from its commands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
enum Phase {
    New,
    Greeting { deadline: Duration },
    Running,
    Securing { deadline: Duration },
    Finished,
}

/// What came since the last command, new messages not counted.
#[derive(Default, Serialize, Deserialize)]
struct Budget {
    responses: u32,
    bytes: u64,
}

impl ImapFlow {
    /// The conversation on a connection that was just made; for implicit TLS, after its handshake.
    pub fn new(settings: Settings) -> Self {
        let (survey, folders, cursors) = survey::begin(&settings);
        let care = care::Care::of(settings.learned.suspect, &folders);
        Self {
            account: settings.account,
            endpoint: settings.endpoint,
            content: settings.content,
            events: settings.events,
            quirks: settings.quirks,
            trace: fault::Trace::of(&settings.authentication),
            login: Some(Box::new(login::Login {
                user: settings.user,
                client: settings.client,
                credential: Some(settings.authentication),
            })),
            phase: Phase::New,
            decoder: None,
            outputs: outputs::Outputs::default(),
            unread: None,
            pending: VecDeque::new(),
            tags: 0,
            capabilities: None,
            secure: false,
            authenticated: false,
            identified: false,
            qresync: None,
            live: false,
            cursors,
            folders,
            selected: None,
            told_gone: Vec::new(),
            survey,
            notify: notify::Notify::default(),
            overflows: 0,
            waiting: idle::Waiting::new(settings.learned.deaf),
            poll: poll::Pause::default(),
            care,
            keep_alive: settings.learned.keep_alive,
            budget: Budget::default(),
            pace: pace::Pace::new(),
        }
    }

    /// What this conversation taught, for the account's next one.
    pub fn learned(&self) -> Learned {
        Learned {
            keep_alive: self.keep_alive,
            deaf: self.waiting.is_deaf(),
            suspect: self.suspect(),
        }
    }

    /// Whether changes of flags, deletions and folders are wanted.
    fn wants_all(&self) -> bool {
        self.events == EventScope::All
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
            self.note_suspect();
            self.phase = Phase::Finished;
            self.pending.clear();
            self.login = None;
            self.decoder = None;
            // TLS that was about to start does not: its handshake would hide the fault.
            self.outputs.keep_plain();
            self.unread = None;
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
        self.budget.bytes += self.weight();
        if self.budget.responses > limits::RESPONSES || self.budget.bytes > limits::BYTES {
            self.fail(
                FaultKind::TooLarge,
                "the server sent more than any command asked for",
            );
        }
    }

    /// Ends a conversation whose commands follow each other without end; `true` if it did.
    fn is_out_of_pace(&mut self, at: Moment) -> bool {
        let spent = self.pace.is_spent(at);
        if spent {
            self.fail(
                FaultKind::TooLarge,
                "the server's answers ask for commands without end",
            );
        }
        spent
    }

    /// How many bytes the last response had.
    fn weight(&self) -> u64 {
        let decoder = self.decoder.as_ref();
        decoder.map_or(0, |decoder| decoder.weight() as u64)
    }

    /// Takes the last response off the budget again.
    fn refund(&mut self) {
        self.budget.responses -= 1;
        self.budget.bytes -= self.weight();
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
            Response::Status(Condition::Bye, text) => {
                if !self.idled_too_long(&text, at) {
                    self.said_bye(&text);
                }
            }
            Response::Status(_, text) => self.noted(text, at),
            Response::Capability(capabilities) => self.capabilities = Some(capabilities),
            Response::Enabled(enabled) => self.enabled(enabled),
            Response::Id(text) => self.identify_server(&text),
            Response::Exists(count) => self.exists(count, at),
            Response::Expunge(sequence) => self.expunged(sequence, at),
            Response::Vanished { earlier, uids } => self.vanished(earlier, &uids, at),
            Response::Fetch(fetch) => self.fetched(*fetch, at),
            Response::MailboxStatus(status) => self.told_status(&status, at),
            Response::List(listing) => self.told_list(&listing),
            Response::Search(found) => self.found(found),
            Response::Recent(_) | Response::Other => {}
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
        if condition != Condition::Ok && self.refused(&pending.kind, condition, &text)
            || self.is_out_of_pace(at)
        {
            return;
        }
        match pending.kind {
            Kind::Capability => self.got_capabilities(),
            Kind::StartTls => self.begin_tls(at),
            Kind::Authenticate(_) | Kind::Login(_) => self.logged_in(text),
            Kind::Id | Kind::Enable => {}
            Kind::List => self.listed(condition, at),
            Kind::Status(folder) => self.status_ended(folder, condition, at),
            Kind::Notify => self.notify_ended(condition),
            Kind::Examine(opening) => self.examined(*opening, condition, text, at),
            Kind::Highest(highest) => self.found_highest(&highest, at),
            Kind::Count(count) => self.counted(&count, condition),
            Kind::Recent(recent) => self.found_recent(&recent, condition, at),
            Kind::Lowest(lowest) => self.found_lowest(&lowest, condition, at),
            Kind::Read(read) => self.has_read(*read, condition, at),
            Kind::Changes(changes) => self.has_resynced(*changes, condition, at),
            Kind::Idle(idle) => self.idle_ended(&idle, condition),
            Kind::Probe(probe) => self.probed(&probe, condition),
            Kind::Poll => {}
        }
    }

    /// An untagged OK, NO or BAD: its code counts, and that it came.
    fn noted(&mut self, text: StatusText, at: Moment) {
        match text.code {
            Some(Code::Capability(capabilities)) => self.capabilities = Some(capabilities),
            Some(code) => self.noted_code(&code, at),
            None => self.gave_sign(at),
        }
    }

    /// Decides what comes next. Nothing is sent while a command is outstanding, except that IDLE is ended.
    fn advance(&mut self, at: Moment) {
        if self.phase != Phase::Running || self.is_out_of_pace(at) {
            return;
        }
        match self.pending.front().map(|pending| &pending.kind) {
            None => self.next_command(at),
            Some(Kind::Idle(idle)) if idle.is_waiting() => self.in_idle(at),
            Some(_) => {}
        }
    }

    fn next_command(&mut self, at: Moment) {
        if self.log_in_further(at) || self.look_around(at) {
            return;
        }
        self.go_live();
        if self.tend_selected(at) {
            return;
        }
        self.confirm_selected(at);
        if let Some(folder) = self.next_visit(at) {
            return self.examine(folder, at);
        }
        self.wait(at);
    }

    /// Finds out how every watched folder stands; `false` when that is known.
    fn look_around(&mut self, at: Moment) -> bool {
        if self.list_if_due(at) || self.open_main(at) || self.notify_if_due(at) {
            return true;
        }
        if self.ask_status(at) {
            return true;
        }
        if let Some(folder) = self.next_unknown() {
            self.examine(folder, at);
            return true;
        }
        if self.hunt(at) {
            return true;
        }
        self.settle_survey();
        false
    }

    /// Takes the next step in the open folder; `false` when nothing is left to do there.
    fn tend_selected(&mut self, at: Moment) -> bool {
        let Some(folder) = self.selected else {
            return false;
        };
        self.find_rebuilt(folder, at)
            || self.count_backlog(folder, at)
            || self.read(folder, at)
            || self.resync(folder, at)
    }

    /// Tells the account, once, that every folder is known.
    fn go_live(&mut self) {
        if self.live {
            return;
        }
        self.live = true;
        let told = self.survey.live(&mut self.folders);
        self.outputs.push_back(Output::Change(told));
        if let Some(later) = self.survey.after_live.take() {
            self.outputs.append(later.into_queue());
        }
    }

    /// Gives back what is not needed while nothing is under way.
    fn slim(&mut self) {
        if self
            .decoder
            .as_ref()
            .is_some_and(|decoder| decoder.is_idle())
        {
            self.decoder = None;
        }
        if self.live {
            self.login = None;
        }
        self.outputs.slim();
        self.pending.shrink_to_fit();
        self.folders.shrink_to_fit();
        self.cursors.shrink_to_fit();
        self.told_gone.shrink_to_fit();
    }

    /// Tells a change, once the account is live.
    fn tell(&mut self, change: Change) {
        self.tell_queued(Queued::from(change));
    }

    fn tell_queued(&mut self, queued: Queued) {
        if self.phase == Phase::Finished {
            return;
        }
        if self.live {
            self.outputs.push(queued);
        } else if !self.survey.after_live.get_or_insert_default().add(queued) {
            self.fail(
                FaultKind::TooLarge,
                "the server's folders change without end",
            );
        }
    }
}
