//! Runs a conversation written in short words.
//!
//! Each line of a script is one of:
//!
//! - `C: words`: the client sends a request, told in the words of [`request::describe`].
//! - `S: words`: the server answers, in the words of [`answer::answer`].
//! - `CREDENTIAL`: the flow asks for the credential, and is given it.
//! - `REDIAL host:port [in n]`: the flow asks for another connection, in n seconds, and is given it at once.
//! - `LIVE id=key …`: the account is live, with these baselines; `missing=name` has no folder.
//! - `NEW id item words`, `CHANGED id item words [or new]`, `MARKED id item seen=… flagged=…`, `GONE id item`: what happened to items.
//! - `CREATED id name`, `RENAMED old -> new`, `DELETED id`, `RESYNC id`: what happened to folders.
//! - `WIPED`: everything is to be forgotten.
//! - `SYNCED id key`: all up to this key was told; `SYNCED list key`: of the list of folders.
//! - `PARK`: the flow lets the connection rest: it is packed, and goes on as what it wakes to.
//! - `WAIT n`: n seconds pass. `CLOSE`: the server closes the connection.
//! - `END kind words`: the conversation ends with a fault of this kind whose message holds the words.
//!
//! Whatever the client does must be in the script, in this order. Changes count as taken when the script has said them.

pub(crate) mod answer;
pub(crate) mod request;

use pushmail_domain::{
    AccountId, Authentication, ContentLevel, Endpoint, EventScope, FolderId, ItemClass, Secret,
    Security, SyncCursor, Timestamp,
};
use pushmail_eas::{EasFlow, Learned, Settings};
use pushmail_upstream::item::{ItemChange, ItemView, ItemWhat};
use pushmail_upstream::{Change, Flow, Moment, Output};
use std::collections::VecDeque;
use std::time::Duration;

/// Whose mailbox it is.
pub(crate) const ACCOUNT: AccountId = AccountId::from_bytes([1; 16]);

/// Ids of collections that scripts speak of.
const KNOWN: [&str; 8] = ["2", "3", "5", "6", "7", "8", "9", "10"];

/// The time at which scripts begin: 2026-11-26.
pub(crate) const NOW: i64 = 1_795_651_200_000_000;

/// Up to the list of folders, on a server without a policy.
pub(crate) const OPENING: &str = "
    C: OPTIONS
    S: OPTIONS 2.5,12.1,14.0,14.1
    C: FolderSync 0
    S: FolderSync 1 1 +5:2:Inbox +6:5:Sent +7:8:Calendar +8:12:Lists
";

/// An account that was read before, up to its first Ping.
pub(crate) const RESUMING: &str = "
    C: OPTIONS
    S: OPTIONS 14.1
    C: FolderSync 1
    S: FolderSync 1 1
    LIVE
    C: Sync 5 k1 window=50 body=4/10240 filter=2 mime=2
    S: Sync empty
    C: Ping 480 5
    PARK
";

/// Settings for the inbox, that was never read, on a server of which nothing is known.
pub(crate) fn settings() -> Settings {
    Settings {
        account: ACCOUNT,
        endpoint: Endpoint {
            host: "mail.example.org".to_owned(),
            port: 443,
            security: Security::Tls,
        },
        path: "/Microsoft-Server-ActiveSync".to_owned(),
        user: "joe".to_owned(),
        authentication: Authentication::Password(Secret::new("secret".to_owned())),
        selection: vec!["INBOX".to_owned()],
        folders: Vec::new(),
        listed: false,
        cursors: Vec::new(),
        content: ContentLevel::Preview,
        events: EventScope::New,
        learned: Learned::default(),
    }
}

/// Settings for the inbox, whose id is 5, read up to this key.
pub(crate) fn resumed(key: &str) -> Settings {
    let id = folder_id("5");
    let mut folder = pushmail_domain::Folder::new(id, "Inbox");
    folder.collection = Some(Box::new(pushmail_domain::Collection {
        server_id: "5".to_owned(),
        class: ItemClass::Message,
    }));
    let cursor = |folder, key: &str| SyncCursor {
        folder,
        key: key.into(),
        generation: 0,
        read_at: Timestamp::from_micros(NOW - 3_600_000_000),
    };
    Settings {
        folders: vec![folder],
        listed: true,
        cursors: vec![cursor(None, "1"), cursor(Some(id), key)],
        ..settings()
    }
}

fn folder_id(server_id: &str) -> FolderId {
    FolderId::of_server_id(ACCOUNT, server_id)
}

/// What a script calls the folder.
fn named(id: FolderId) -> &'static str {
    let mut known = KNOWN.iter();
    known.find(|known| folder_id(known) == id).unwrap()
}

/// Runs the scripts one after the other, as one conversation; then again, with the server's bytes one by one, which must
/// change nothing.
#[track_caller]
pub(crate) fn run(settings: Settings, scripts: &[&str]) {
    play(settings.clone(), scripts, usize::MAX);
    play(settings, scripts, 1);
}

#[track_caller]
fn play(settings: Settings, scripts: &[&str], piece: usize) {
    let mut stage = Stage::new(settings, piece);
    for (number, line) in scripts.iter().flat_map(|script| script.lines()).enumerate() {
        let line = line.trim();
        if !line.is_empty() {
            stage.step(line, number + 1);
        }
    }
    assert_eq!(stage.done.pop_front(), None, "after the end of the script");
}

struct Stage {
    flow: Box<dyn Flow>,
    endpoint: Endpoint,
    elapsed: Duration,
    piece: usize,
    /// What the client did and the script has not yet said.
    done: VecDeque<String>,
}

impl Stage {
    fn new(settings: Settings, piece: usize) -> Self {
        let mut stage = Self {
            endpoint: settings.endpoint.clone(),
            flow: Box::new(EasFlow::new(settings)),
            elapsed: Duration::from_secs(1000),
            piece,
            done: VecDeque::new(),
        };
        stage.flow.tick(stage.at());
        stage.collect();
        stage
    }

    fn at(&self) -> Moment {
        let passed = i64::try_from(self.elapsed.as_micros()).unwrap();
        Moment {
            now: Timestamp::from_micros(NOW + passed),
            elapsed: self.elapsed,
        }
    }

    #[track_caller]
    fn step(&mut self, line: &str, number: usize) {
        let (verb, rest) = line.split_once(' ').unwrap_or((line, ""));
        match verb {
            "S:" => self.serve(&answer::answer(rest)),
            "WAIT" => self.wait(Duration::from_secs(rest.parse().unwrap())),
            "CLOSE" => {
                self.flow.closed(self.at());
                self.collect();
            }
            _ => self.expect(line, number),
        }
    }

    #[track_caller]
    fn expect(&mut self, line: &str, number: usize) {
        let done = self.done.pop_front();
        let done = done.unwrap_or_else(|| panic!("line {number}: nothing was done, not {line:?}"));
        match line.strip_prefix("END ") {
            Some(fault) => {
                let (kind, words) = fault.split_once(' ').unwrap_or((fault, ""));
                let ended = done.starts_with(&format!("END {kind} ")) && done.contains(words);
                assert!(ended, "line {number}: {done:?} is not {line:?}");
            }
            None => assert_eq!(done, line, "line {number}"),
        }
    }

    fn serve(&mut self, bytes: &[u8]) {
        for piece in bytes.chunks(self.piece.min(bytes.len()).max(1)) {
            let at = self.at();
            self.flow.receive(piece, at);
            self.collect();
        }
    }

    /// The time passes, and the flow is told as it asked to be.
    fn wait(&mut self, pause: Duration) {
        let until = self.elapsed + pause;
        while let Some(deadline) = self.flow.deadline().filter(|deadline| *deadline <= until) {
            self.elapsed = self.elapsed.max(deadline);
            let at = self.at();
            self.flow.tick(at);
            self.collect();
            if self.flow.deadline() == Some(deadline) {
                break;
            }
        }
        self.elapsed = until;
    }

    /// Takes what the flow wants done, and does it.
    fn collect(&mut self) {
        while let Some(output) = self.flow.next_output() {
            match output {
                Output::Send(bytes) => self
                    .done
                    .push_back(format!("C: {}", request::describe(&bytes))),
                Output::Change(change) => {
                    self.done.push_back(told(&change));
                    let at = self.at();
                    self.flow.accepted(at);
                }
                Output::Park => self.park(),
                Output::Credential => {
                    self.done.push_back("CREDENTIAL".to_owned());
                    let secret = Secret::new("secret".to_owned());
                    let at = self.at();
                    self.flow.credential(Authentication::Password(secret), at);
                }
                Output::Redial(redial) => {
                    self.endpoint = redial.endpoint;
                    let pause = redial.at.saturating_sub(self.elapsed).as_secs();
                    let later = if pause > 0 {
                        format!(" in {pause}")
                    } else {
                        String::new()
                    };
                    self.done
                        .push_back(format!("REDIAL {}{later}", self.endpoint));
                    self.elapsed = self.elapsed.max(redial.at);
                    let at = self.at();
                    self.flow.redialled(at);
                }
                Output::Finished(fault) => {
                    let kind = fault.kind.as_str();
                    self.done.push_back(format!("END {kind} {}", fault.message));
                }
                Output::StartTls => panic!("TLS is there from the first byte on"),
            }
        }
    }

    fn park(&mut self) {
        self.done.push_back("PARK".to_owned());
        let rest = self.flow.rest().expect("it only waits");
        self.flow = rest.wake(&self.endpoint).unwrap();
    }
}

fn told(change: &Change) -> String {
    match change {
        Change::Live { syncs, missing, .. } => {
            let syncs = syncs
                .iter()
                .map(|sync| format!(" {}={}", named(sync.folder.unwrap()), sync.key));
            let missing = missing.iter().map(|name| format!(" missing={name}"));
            format!("LIVE{}", syncs.chain(missing).collect::<String>())
        }
        Change::Item(item) => told_item(item),
        Change::Synced(sync) => {
            let folder = sync.folder.map_or("list", named);
            format!("SYNCED {folder} {}", sync.key)
        }
        Change::CollectionCreated(folder) => {
            format!("CREATED {} {}", named(folder.id), folder.name)
        }
        Change::FolderRenamed { folder, old_name } => {
            format!("RENAMED {old_name} -> {}", folder.name)
        }
        Change::FolderDeleted { folder } => format!("DELETED {}", named(folder.id)),
        Change::Resync { folder, .. } => format!("RESYNC {}", named(*folder)),
        Change::Wiped => "WIPED".to_owned(),
        other => panic!("not of this protocol: {other:?}"),
    }
}

fn told_item(item: &ItemChange) -> String {
    let (folder, id) = (named(item.folder), &item.server_id);
    match &item.what {
        ItemWhat::New(new) => {
            let generation = match item.generation {
                0 => String::new(),
                generation => format!(" generation={generation}"),
            };
            let since = if item.rebuilt.is_some() {
                " rebuilt"
            } else {
                ""
            };
            format!("NEW {folder} {id} {}{generation}{since}", view(&new.view))
        }
        ItemWhat::Changed(changed) => {
            let since = if item.rebuilt.is_some() {
                " or new"
            } else {
                ""
            };
            format!("CHANGED {folder} {id} {}{since}", view(&changed.view))
        }
        ItemWhat::Marked(marks) => {
            let mark = |name: &str, mark: Option<bool>| {
                mark.map(|mark| format!(" {name}={mark}"))
                    .unwrap_or_default()
            };
            let (seen, flagged) = (mark("seen", marks.seen), mark("flagged", marks.flagged));
            format!("MARKED {folder} {id}{seen}{flagged}")
        }
        ItemWhat::Deleted => format!("GONE {folder} {id}"),
    }
}

fn view(view: &ItemView) -> String {
    match view {
        ItemView::Mail(mail) if mail.head.is_empty() => mail.subject.clone(),
        ItemView::Mail(mail) => String::from_utf8_lossy(&mail.head).trim().to_owned(),
        ItemView::Appointment(appointment) => appointment.subject.clone(),
        ItemView::Contact(contact) => contact.name.clone(),
        ItemView::Task(task) => task.subject.clone(),
        ItemView::Nothing => String::new(),
    }
}
