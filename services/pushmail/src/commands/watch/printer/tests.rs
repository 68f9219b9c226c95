use super::*;
use crate::commands::watch::state::State;
use pushmail_domain::{Arrival, MessageKey};
use pushmail_runtime::SystemClock;
use pushmail_upstream::{ChangedFlags, NewMessage, Snapshot, Vanished};
use std::sync::{Mutex, PoisonError};

const ACCOUNT: AccountId = AccountId::from_bytes([1; 16]);
const READ_AT: i64 = 1_772_409_600_000_000;

/// A printer whose lines are kept.
struct Run {
    printer: Printer,
    lines: Arc<Mutex<Vec<String>>>,
}

impl Run {
    /// Live, INBOX read up to UID 9.
    async fn live(events: EventScope) -> Self {
        let lines = Arc::new(Mutex::new(Vec::new()));
        let kept = lines.clone();
        let out: Out = Box::new(move |line| {
            // Without the time of day.
            let text = line.human();
            let text = text.split_once("  ").map_or("", |(_, text)| text);
            let mut lines = kept.lock().unwrap_or_else(PoisonError::into_inner);
            lines.push(text.to_owned());
            Ok(())
        });
        let state = State::open(None, ACCOUNT, &["INBOX".to_owned()]).unwrap();
        let printer = Printer::new(ACCOUNT, state, (events, out), Arc::new(SystemClock));
        let mut run = Self { printer, lines };
        let live = Change::Live {
            folders: vec![inbox()],
            baselines: vec![FolderCursor::starting(inbox().id, 7, 10)],
            syncs: Vec::new(),
            missing: Vec::new(),
            left_out: 0,
        };
        assert_eq!(run.accept(vec![live]).await, ["live"]);
        run
    }

    /// What is printed for these changes.
    async fn accept(&mut self, changes: Vec<Change>) -> Vec<String> {
        self.printer.accept(changes).unwrap();
        std::mem::take(&mut self.lines.lock().unwrap())
    }

    fn cursor(&self) -> FolderCursor {
        self.printer.cursor_of(inbox().id).unwrap()
    }
}

fn folder(number: u8, name: &str) -> Folder {
    Folder::new(FolderId::from_bytes([number; 16]), name)
}

fn inbox() -> Folder {
    folder(1, "INBOX")
}

fn key(folder: &Folder, uid: u32) -> MessageKey {
    MessageKey {
        folder: folder.id,
        uid_validity: 7,
        uid,
    }
}

fn mail(key: MessageKey, id: &str) -> NewMessage {
    let head = format!("Message-ID: <{id}@x>\r\nFrom: a@x\r\nSubject: {id}\r\n\r\n");
    NewMessage {
        key,
        arrival: Arrival::Delivered,
        internal_date: None,
        size: head.len() as u64,
        flags: Vec::new(),
        provider_message_id: String::new(),
        head: head.into_bytes(),
        unreadable: false,
        noticed_at: Timestamp::from_micros(READ_AT),
        fetched_at: Timestamp::from_micros(READ_AT),
    }
}

fn message(mail: NewMessage) -> Change {
    Change::Message(Box::new(mail))
}

fn flags(uid: u32) -> Change {
    Change::Flags(Box::new(ChangedFlags {
        key: key(&inbox(), uid),
        flags: vec!["\\Seen".to_owned()],
        mod_seq: None,
        noticed_at: Timestamp::from_micros(READ_AT),
    }))
}

fn vanished(first: u32, last: u32) -> Change {
    Change::Vanished(Box::new(Vanished {
        folder: inbox().id,
        uid_validity: 7,
        uids: vec![(first, last)],
        noticed_at: Timestamp::from_micros(READ_AT),
    }))
}

fn snapshot(uids: &[u32]) -> Change {
    Change::Snapshot(Box::new(Snapshot {
        folder: inbox().id,
        uid_validity: 7,
        messages: uids.iter().map(|uid| (*uid, Vec::new())).collect(),
        all: true,
        noticed_at: Timestamp::from_micros(READ_AT),
    }))
}

#[tokio::test]
async fn changes_are_printed_once_if_they_are_wanted() {
    let changes = || {
        vec![
            snapshot(&[2, 3, 4]),
            flags(2),
            flags(2),
            vanished(3, 3),
            vanished(3, 3),
            snapshot(&[2]),
        ]
    };
    let mut all = Run::live(EventScope::All).await;
    let expected = [
        "INBOX  message 2 has the flags \\Seen now",
        "INBOX  message 3 is gone",
        "INBOX  message 4 is gone",
        "INBOX  message 2 has no flags now",
    ];
    assert_eq!(all.accept(changes()).await, expected);
    let mut new = Run::live(EventScope::New).await;
    assert_eq!(new.accept(changes()).await, [""; 0]);
}

#[tokio::test]
async fn more_than_can_be_told_one_by_one_is_one_line() {
    let mut run = Run::live(EventScope::All).await;
    let expected = ["INBOX  more changed than is told one by one: read the folder again"];
    assert_eq!(run.accept(vec![vanished(1, u32::MAX)]).await, expected);
}

#[tokio::test]
async fn the_life_of_a_folder_is_printed_if_it_is_wanted_and_its_mail_always() {
    let lists = folder(2, "Lists");
    let changes = || {
        let created = Change::FolderCreated {
            folder: lists.clone(),
            cursor: FolderCursor::starting(lists.id, 7, 1),
        };
        let renamed = Change::FolderRenamed {
            folder: folder(2, "Post"),
            old_name: "Lists".to_owned(),
        };
        let new = message(mail(key(&lists, 1), "hello"));
        let deleted = Change::FolderDeleted {
            folder: folder(2, "Post"),
        };
        vec![created, renamed, new, deleted]
    };
    let mut all = Run::live(EventScope::All).await;
    let expected = [
        "Lists  the folder was created",
        "Post  the folder was renamed from Lists",
        "Post  a@x: hello",
        "Post  the folder is gone",
    ];
    assert_eq!(all.accept(changes()).await, expected);
    let mut new = Run::live(EventScope::New).await;
    assert_eq!(new.accept(changes()).await, ["Post  a@x: hello"]);
    for run in [all, new] {
        assert_eq!(run.printer.folders(), [inbox()]);
        assert_eq!(run.printer.cursor_of(lists.id), None);
    }
}

#[tokio::test]
async fn of_a_folder_made_anew_only_newer_and_unknown_mail_is_printed() {
    let mut run = Run::live(EventScope::New).await;
    let known = message(mail(key(&inbox(), 10), "known"));
    assert_eq!(run.accept(vec![known]).await, ["INBOX  a@x: known"]);
    let read_at = run.cursor().read_at;
    let reset = Change::FolderReset(FolderCursor {
        read_at,
        rebuilt_below: 4,
        ..FolderCursor::starting(inbox().id, 8, 1)
    });
    let again = |uid, id, date: i64| {
        let key = MessageKey {
            uid_validity: 8,
            ..key(&inbox(), uid)
        };
        message(NewMessage {
            internal_date: Some(Timestamp::from_micros(read_at.micros() + date)),
            ..mail(key, id)
        })
    };
    let hour = 3_600_000_000;
    let changes = vec![
        reset,
        again(1, "old", -hour),
        again(2, "known", hour),
        again(3, "unknown", hour),
    ];
    let expected = [
        "INBOX  the server rebuilt the folder: UIDs known before mean nothing any more",
        "INBOX  a@x: unknown",
    ];
    assert_eq!(run.accept(changes).await, expected);
    assert_eq!((run.cursor().uid_validity, run.cursor().uid_next), (8, 4));
}
