//! Runs a conversation written as in the RFCs.
//!
//! Each line of a script is one of:
//!
//! - `S: text`: the server sends the line. `S+ text`: the same, in one read with the next `S` line.
//!   `S~ text`: the same, without the end of line.
//! - `C: text`: the client sends the line. `C+ text`: the same, in one write with the next line.
//! - `TLS`: the client begins TLS, and it comes up. `STARTTLS`: it begins.
//! - `LIVE folder=validity:next …`: the account is live, with these baselines.
//! - `RESET folder=validity:next`: a folder was made anew, and is read from there on.
//! - `NEW folder uid …`: a message is announced; more may be checked, see [`describe`].
//! - `PARK`: the flow lets the connection rest.
//! - `WAIT n`: n seconds pass. `CLOSE`: the server closes the connection.
//! - `END kind words`: the conversation ends with a fault of this kind whose message holds the words.
//!
//! Whatever the client does must be in the script, in this order.

use pushmail_domain::{
    AccountId, Authentication, ContentLevel, Endpoint, Folder, FolderCursor, FolderId, Secret,
    Security, Timestamp,
};
use pushmail_imap::{ImapFlow, Quirks, Settings};
use pushmail_upstream::{Change, Flow, Moment, NewMessage, Output};
use std::collections::VecDeque;
use std::time::Duration;

pub(crate) const USER: &str = "joe";

pub(crate) fn folder_id(name: &str) -> FolderId {
    FolderId::of_name(AccountId::from_bytes([1; 16]), name, 0)
}

/// Settings for one folder, INBOX, that was never read, on a connection with implicit TLS.
pub(crate) fn settings() -> Settings {
    Settings {
        endpoint: Endpoint {
            host: "imap.example.org".to_owned(),
            port: 993,
            security: Security::Tls,
        },
        user: USER.to_owned(),
        authentication: Authentication::Password(Secret::new("secret".to_owned())),
        folders: vec![folder("INBOX", None)],
        content: ContentLevel::Preview,
        quirks: Quirks::of_host("imap.example.org"),
        client: ("pushmail".to_owned(), "1.0".to_owned()),
    }
}

/// A folder, and its cursor as UIDVALIDITY and next UID.
pub(crate) fn folder(name: &str, cursor: Option<(u32, u64)>) -> (Folder, Option<FolderCursor>) {
    let id = folder_id(name);
    let cursor =
        cursor.map(|(uid_validity, uid_next)| FolderCursor::starting(id, uid_validity, uid_next));
    let name = name.to_owned();
    (Folder { id, name }, cursor)
}

/// Settings for a folder that was read up to UID 42, UIDVALIDITY 7.
pub(crate) fn resumed() -> Settings {
    Settings {
        folders: vec![folder("INBOX", Some((7, 43)))],
        ..settings()
    }
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
    let names = settings
        .folders
        .iter()
        .map(|(folder, _)| folder.name.clone())
        .collect();
    let mut stage = Stage::new(ImapFlow::new(settings), names, piece);
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
    names: Vec<String>,
    elapsed: Duration,
    /// How many bytes the flow gets at a time.
    piece: usize,
    /// Bytes of the server that wait for the next `S` line.
    held: Vec<u8>,
    /// What the client did and the script has not yet said.
    done: VecDeque<String>,
}

impl Stage {
    fn new(flow: ImapFlow, names: Vec<String>, piece: usize) -> Self {
        let mut stage = Self {
            flow,
            names,
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
        if self.done.is_empty()
            && let Some(output) = self.flow.next_output()
        {
            self.done.extend(describe(&output, &self.names));
        }
        self.done.pop_front()
    }
}

/// An output as lines of a script.
pub(crate) fn describe(output: &Output, names: &[String]) -> Vec<String> {
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
        Output::Change(Change::Live { baselines, .. }) => {
            let mut line = "LIVE".to_owned();
            for base in baselines {
                let name = name_of(base.folder, names);
                line += &format!(" {name}={}:{}", base.uid_validity, base.uid_next);
            }
            vec![line]
        }
        Output::Change(Change::FolderReset(cursor)) => {
            let (validity, next) = (cursor.uid_validity, cursor.uid_next);
            vec![format!(
                "RESET {}={validity}:{next}",
                name_of(cursor.folder, names)
            )]
        }
        Output::Change(Change::Message(message)) => vec![describe_message(message, names)],
        Output::Change(change) => vec![format!("{change:?}")],
        Output::Park => vec!["PARK".to_owned()],
        Output::Finished(fault) => vec![format!("END {} {}", fault.kind.as_str(), fault.message)],
    }
}

/// `NEW folder uid noticed=s size=n flags=a,b date=s head=…`, times in seconds.
fn describe_message(message: &NewMessage, names: &[String]) -> String {
    format!(
        "NEW {} {} noticed={} size={} flags={} date={:?} head={:?} ",
        name_of(message.key.folder, names),
        message.key.uid,
        message.noticed_at.micros() / 1_000_000,
        message.size,
        message.flags.join(","),
        message.internal_date.map(|date| date.micros() / 1_000_000),
        String::from_utf8_lossy(&message.head),
    )
}

fn name_of(folder: FolderId, names: &[String]) -> &str {
    names
        .iter()
        .find(|name| folder_id(name) == folder)
        .map_or("?", String::as_str)
}
