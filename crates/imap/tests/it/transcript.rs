//! Runs a conversation written as in the RFCs.
//!
//! Each line of a script is one of:
//!
//! - `S: text`: the server sends the line. `S+ text`: the same, in one read with the next `S` line.
//!   `S~ text`: the same, without the end of line.
//! - `C: text`: the client sends the line. `C+ text`: the same, in one write with the next line.
//! - `TLS`: the client begins TLS, and it comes up. `STARTTLS`: it begins.
//! - `LIVE folder=validity:next …`: the account is live, with these baselines; `missing=folder` has no folder.
//! - `NEW folder uid …`: a message is announced; more may be checked, see [`describe`].
//! - `FLAGS folder uid flags @modseq`, `GONE folder uids`, `NEWEST folder uid=flags …`, `RESYNC folder`: changes.
//! - `CREATED folder validity:next`, `RENAMED old -> new`, `DELETED folder`, `RESET folder=validity:next@modseq below=n`.
//! - `CONFIRMED folder validity:next@modseq`: all up to there was told.
//! - `PARK`: the flow lets the connection rest.
//! - `WAIT n`: n seconds pass. `CLOSE`: the server closes the connection.
//! - `END kind words`: the conversation ends with a fault of this kind whose message holds the words.
//!
//! Whatever the client does must be in the script, in this order.

use crate::fuzz_bodies::nap::nap;
use pushmail_domain::{
    AccountId, Arrival, Authentication, ContentLevel, Endpoint, EventScope, Folder, FolderCursor,
    FolderId, Secret, Security, Timestamp,
};
use pushmail_imap::{ImapFlow, Learned, Quirks, Settings};
use pushmail_upstream::{Change, Flow, Moment, NewMessage, Output};
use std::collections::VecDeque;
use std::time::Duration;

pub(crate) const USER: &str = "joe";

/// Whose mailbox it is.
pub(crate) const ACCOUNT: AccountId = AccountId::from_bytes([1; 16]);

/// The id of a folder that has no MAILBOXID.
pub(crate) fn folder_id(name: &str, uid_validity: u32) -> FolderId {
    FolderId::of_name(ACCOUNT, name, uid_validity)
}

/// Settings for one folder, INBOX, that was never read, on a connection with implicit TLS.
pub(crate) fn settings() -> Settings {
    Settings {
        account: ACCOUNT,
        endpoint: Endpoint {
            host: "imap.example.org".to_owned(),
            port: 993,
            security: Security::Tls,
        },
        user: USER.to_owned(),
        authentication: Authentication::Password(Secret::new("secret".to_owned())),
        selection: vec!["INBOX".to_owned()],
        folders: Vec::new(),
        listed: false,
        cursors: Vec::new(),
        content: ContentLevel::Preview,
        events: EventScope::New,
        quirks: Quirks::of_host("imap.example.org"),
        learned: Learned::default(),
        client: ("pushmail".to_owned(), "1.0".to_owned()),
    }
}

/// Settings for these folders, named one by one. Those with a UIDVALIDITY and a next UID were found and read before.
pub(crate) fn watching(folders: &[(&str, Option<(u32, u64)>)]) -> Settings {
    let mut settings = settings();
    settings.selection = folders.iter().map(|(name, _)| (*name).to_owned()).collect();
    for (name, cursor) in folders {
        if let Some((uid_validity, uid_next)) = cursor {
            let id = folder_id(name, *uid_validity);
            let name = (*name).to_owned();
            let cursor = FolderCursor::starting(id, *uid_validity, *uid_next);
            settings.folders.push(Folder::new(id, name));
            settings.cursors.push(cursor);
        }
    }
    settings
}

/// Settings for a folder that was read up to UID 42, UIDVALIDITY 7.
pub(crate) fn resumed() -> Settings {
    watching(&[("INBOX", Some((7, 43)))])
}

/// From the greeting to the end of the login, on a server that offers IDLE and nothing else.
pub(crate) const LOGIN: &str = r#"
S: * OK [CAPABILITY IMAP4rev1 IDLE] ready
C: A1 LOGIN "joe" "secret"
S: A1 OK [CAPABILITY IMAP4rev1 IDLE] Logged in
"#;

/// What follows [`LOGIN`] for [`resumed`] when nothing was missed, up to IDLE.
pub(crate) const IDLING: &str = r#"
C: A2 EXAMINE "INBOX"
S: * 22 EXISTS
S: * OK [UIDVALIDITY 7] UIDs valid
S: * OK [UIDNEXT 43] Predicted next UID
S: A2 OK [READ-ONLY] Examine completed
LIVE
C: A3 IDLE
S: + idling
PARK
"#;

/// Runs the scripts one after the other, as one conversation; then again, with the server's bytes one by
/// one, which must change nothing.
pub(crate) fn run(settings: Settings, scripts: &[&str]) {
    play(settings.clone(), scripts, usize::MAX);
    play(settings, scripts, 1);
}

/// Runs the scripts once, each read as the script writes it, where the pieces do change something.
pub(crate) fn run_as_written(settings: Settings, scripts: &[&str]) {
    play(settings, scripts, usize::MAX);
}

fn play(settings: Settings, scripts: &[&str], piece: usize) {
    let mut stage = Stage::new(settings, piece);
    for (number, line) in scripts.iter().flat_map(|script| script.lines()).enumerate() {
        if !line.trim().is_empty() {
            stage.step(line, number);
        }
    }
    stage.flush();
    assert_eq!(stage.next(), None, "after the end of the script");
}

struct Stage {
    flow: ImapFlow,
    endpoint: Endpoint,
    elapsed: Duration,
    /// How many bytes the flow gets at a time.
    piece: usize,
    /// Bytes of the server that wait for the next `S` line.
    held: Vec<u8>,
    /// What the client did and the script has not yet said.
    done: VecDeque<String>,
}

impl Stage {
    fn new(settings: Settings, piece: usize) -> Self {
        let mut stage = Self {
            endpoint: settings.endpoint.clone(),
            flow: ImapFlow::new(settings),
            elapsed: Duration::from_secs(1000),
            piece,
            held: Vec::new(),
            done: VecDeque::new(),
        };
        stage.flow.tick(stage.at());
        stage
    }

    fn at(&self) -> Moment {
        let micros = i64::try_from(self.elapsed.as_micros()).unwrap();
        Moment {
            now: Timestamp::from_micros(micros),
            elapsed: self.elapsed,
        }
    }

    fn step(&mut self, line: &str, number: usize) {
        let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
        match word {
            "S:" => {
                self.held
                    .extend_from_slice(format!("{rest}\r\n").as_bytes());
                self.flush();
            }
            "S~" => {
                self.held.extend_from_slice(rest.as_bytes());
                self.flush();
            }
            "S+" => self
                .held
                .extend_from_slice(format!("{rest}\r\n").as_bytes()),
            "WAIT" => {
                self.settled(line);
                self.elapsed += Duration::from_secs(rest.parse().unwrap());
                self.flow.tick(self.at());
            }
            "CLOSE" => {
                self.settled(line);
                self.flow.closed(self.at());
            }
            "TLS" => {
                assert_eq!(self.next().as_deref(), Some("STARTTLS"), "line {number}");
                self.flow.secured(self.at());
            }
            "END" => {
                let (kind, words) = rest.split_once(' ').unwrap_or((rest, ""));
                let end = self.next().unwrap_or_default();
                assert!(
                    end.starts_with(&format!("END {kind} ")),
                    "line {number}: {line}\n  but: {end}"
                );
                assert!(end.contains(words), "line {number}: {line}\n  but: {end}");
            }
            _ => {
                let done = self.next().unwrap_or_else(|| "nothing".to_owned());
                let fits = done == line || word == "NEW" && done.starts_with(&format!("{line} "));
                assert!(fits, "line {number}: {line}\n  but: {done}");
            }
        }
    }

    /// Everything that the client did is in the script.
    fn settled(&mut self, before: &str) {
        self.flush();
        assert_eq!(self.next(), None, "before {before}");
    }

    fn flush(&mut self) {
        let held = std::mem::take(&mut self.held);
        if !held.is_empty() {
            assert_eq!(
                self.next(),
                None,
                "before S: {}",
                String::from_utf8_lossy(&held)
            );
            for part in held.chunks(self.piece) {
                self.flow.receive(part, self.at());
            }
        }
    }

    fn next(&mut self) -> Option<String> {
        if self.done.is_empty() {
            match self.flow.next_output() {
                Some(output) => self.done.extend(describe(&output)),
                None => nap(&mut self.flow, &self.endpoint),
            }
        }
        self.done.pop_front()
    }
}

/// An output as lines of a script.
pub(crate) fn describe(output: &Output) -> Vec<String> {
    match output {
        Output::Send(bytes) => {
            let text = String::from_utf8(bytes.clone()).unwrap();
            let text = text.strip_suffix("\r\n").expect("whole lines are sent");
            let lines: Vec<_> = text.split("\r\n").collect();
            let last = lines.len() - 1;
            let mark = |at| if at == last { "C:" } else { "C+" };
            lines
                .iter()
                .enumerate()
                .map(|(at, line)| format!("{} {line}", mark(at)))
                .collect()
        }
        Output::StartTls => vec!["STARTTLS".to_owned()],
        Output::Change(change) => vec![describe_change(change)],
        Output::Park => vec!["PARK".to_owned()],
        Output::Finished(fault) => vec![format!("END {} {}", fault.kind.as_str(), fault.message)],
        Output::Credential | Output::Redial(_) => panic!("not IMAP's: {output:?}"),
    }
}

fn describe_change(change: &Change) -> String {
    match change {
        Change::Live {
            baselines,
            missing,
            left_out,
            ..
        } => {
            let mut line = "LIVE".to_owned();
            for base in baselines {
                line += &format!(" {}", describe_cursor(base));
            }
            for name in missing {
                line += &format!(" missing={name}");
            }
            if *left_out > 0 {
                line += &format!(" left_out={left_out}");
            }
            line
        }
        Change::Message(message) => describe_message(message),
        Change::Flags(flags) => {
            let key = flags.key;
            let mod_seq = flags.mod_seq.map(|seq| format!(" @{seq}"));
            format!(
                "FLAGS {} {} {}{}",
                name_of(key.folder),
                key.uid,
                flags.flags.join(","),
                mod_seq.unwrap_or_default()
            )
        }
        Change::Vanished(gone) => {
            let uids: Vec<String> = gone
                .uids
                .iter()
                .map(|(first, last)| format!("{first}:{last}"))
                .collect();
            format!("GONE {} {}", name_of(gone.folder), uids.join(","))
        }
        Change::Snapshot(newest) => {
            let all = if newest.all { " all" } else { "" };
            let messages: Vec<String> = newest
                .messages
                .iter()
                .map(|(uid, flags)| format!(" {uid}={}", flags.join(",")))
                .collect();
            format!(
                "NEWEST {}{all}{}",
                name_of(newest.folder),
                messages.concat()
            )
        }
        Change::Resync { folder, .. } => format!("RESYNC {}", name_of(*folder)),
        Change::Confirmed(cursor) => {
            format!("CONFIRMED {}@{}", describe_cursor(cursor), cursor.mod_seq)
        }
        Change::FolderReset(cursor) => {
            let numbered = Some(cursor.mod_seq).filter(|mod_seq| *mod_seq > 0);
            let mod_seq = numbered.map_or(String::new(), |mod_seq| format!("@{mod_seq}"));
            let (told, below) = (describe_cursor(cursor), cursor.rebuilt_below);
            format!("RESET {told}{mod_seq} below={below}")
        }
        Change::FolderCreated { folder, cursor } => {
            format!(
                "CREATED {} {}:{}",
                folder.name, cursor.uid_validity, cursor.uid_next
            )
        }
        Change::FolderRenamed { folder, old_name } => {
            format!("RENAMED {old_name} -> {}", folder.name)
        }
        Change::FolderDeleted { folder } => format!("DELETED {}", folder.name),
        Change::Item(_) | Change::Synced(_) | Change::CollectionCreated(_) | Change::Wiped => {
            panic!("not IMAP's: {change:?}")
        }
    }
}

fn describe_cursor(cursor: &FolderCursor) -> String {
    format!(
        "{}={}:{}",
        name_of(cursor.folder),
        cursor.uid_validity,
        cursor.uid_next
    )
}

/// `NEW folder uid noticed=s size=n flags=a,b date=s head=…`, times in seconds; then what is not usual.
fn describe_message(message: &NewMessage) -> String {
    let mut line = format!(
        "NEW {} {} noticed={} size={} flags={} date={:?} head={:?} ",
        name_of(message.key.folder),
        message.key.uid,
        message.noticed_at.micros() / 1_000_000,
        message.size,
        message.flags.join(","),
        message.internal_date.map(|date| date.micros() / 1_000_000),
        String::from_utf8_lossy(&message.head),
    );
    if message.arrival != Arrival::Delivered {
        line += &format!("arrival={:?} ", message.arrival);
    }
    if message.unreadable {
        line += "unreadable ";
    }
    if !message.provider_message_id.is_empty() {
        line += &format!("provider={} ", message.provider_message_id);
    }
    line
}

/// The names of the folders in scripts, and the MAILBOXIDs `M-name`.
const NAMES: [&str; 8] = [
    "INBOX", "Lists", "Work", "Work/a", "Job", "Sent", "New", "Old",
];

fn name_of(folder: FolderId) -> String {
    for name in NAMES {
        let by_name = (0..20).any(|validity| folder_id(name, validity) == folder);
        let by_mailbox = FolderId::of_mailbox_id(ACCOUNT, &format!("M-{name}")) == folder;
        if by_name || by_mailbox {
            return name.to_owned();
        }
    }
    "?".to_owned()
}
