//! Mail: what is new, how much of it comes, what becomes of it.

use super::client::{Client, Synced, first_of, mime};
use super::{at_rest, client};
use pushmail_domain::Timestamp;
use pushmail_eas::command::folder_sync::FolderKind;
use pushmail_eas::command::sync::{Change, Status, What};
use pushmail_eas::command::{CollectionId, SyncKey};
use pushmail_eas::item::{BodyType, Data, Email, Item};
use pushmail_testkit::Sogo;
use pushmail_wbxml::ProtocolVersion;

/// The date of every mail here, in microseconds.
const DATE: i64 = 1_893_492_000_000_000;

/// A mail with so many lines of 64 bytes.
pub(super) fn mail(subject: &str, lines: usize) -> Vec<u8> {
    let line = "0123456789 0123456789 0123456789 0123456789 0123456789 012345\r\n";
    let head = format!(
        "From: Ann <ann@example.org>\r\nTo: Bob <bob@example.org>\r\nSubject: {subject}\r\n\
         Date: Tue, 1 Jan 2030 10:00:00 +0000\r\nMessage-ID: <{subject}@example.org>\r\n\
         MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n"
    );
    [head.into_bytes(), line.repeat(lines).into_bytes()].concat()
}

#[track_caller]
fn only(changes: &[Change]) -> &Change {
    let [change] = changes else {
        panic!("{changes:?}");
    };
    change
}

#[track_caller]
fn added(change: &Change) -> &Item {
    match &change.what {
        What::Added(item) => item,
        other => panic!("{other:?}"),
    }
}

#[track_caller]
fn email(item: &Item) -> &Email {
    match &item.data {
        Data::Email(email) => email,
        other => panic!("{other:?}"),
    }
}

/// Which mail was told, and whether as new; in no order.
fn told(synced: &Synced) -> Vec<(&str, bool)> {
    let told = synced.changes.iter().map(|change| match &change.what {
        What::Added(item) => (subject(item), true),
        What::Changed(item) => (subject(item), false),
        other => panic!("{other:?}"),
    });
    let mut told: Vec<_> = told.collect();
    told.sort_unstable();
    told
}

fn subject(item: &Item) -> &str {
    email(item).subject.as_deref().unwrap()
}

fn deliver(sogo: &Sogo, client: &Client, subject: &str, lines: usize) {
    sogo.mail().deliver(client.user(), &mail(subject, lines));
}

#[test]
fn a_new_mail_comes_with_its_head_and_what_it_says_of_itself() {
    let Some((sogo, client, [mut inbox])) = at_rest(10, [FolderKind::Inbox]) else {
        return;
    };
    deliver(sogo, &client, "first", 1);
    let changes = client.news(&mut inbox);
    let item = added(only(&changes));
    let email = email(item);
    assert_eq!(email.subject.as_deref(), Some("first"));
    assert_eq!(email.from.as_deref(), Some("\"Ann\" <ann@example.org>"));
    assert_eq!(email.read, Some(false));
    // It tells when a mail was written, not when it came, and takes the Message-ID for the conversation.
    assert_eq!(email.received, Some(Timestamp::from_micros(DATE)));
    let conversation = email.conversation_id.as_deref();
    assert_eq!(conversation, Some(b"<first@example.org>".as_slice()));
    let body = item.body.as_ref().unwrap();
    assert_eq!((body.kind, body.truncated), (BodyType::Mime, false));
    let raw = mail("first", 1);
    assert!(body.data.ends_with(&raw), "Dovecot adds headers before it");
}

/// It looks at MIMETruncation only, which has a few lengths, never at TruncationSize. Each CR counts five, as XML has it,
/// and what is cut ends before a space or a line end.
#[test]
fn mime_is_cut_at_the_next_of_a_few_lengths() {
    let Some((sogo, client, [mut inbox])) = at_rest(11, [FolderKind::Inbox]) else {
        return;
    };
    let raw = mail("long", 900);
    sogo.mail().deliver(client.user(), &raw);
    let mut cut_at = |truncation| {
        inbox.key = SyncKey::initial();
        client.sync(&mut inbox, |_| {});
        let synced = client.sync(&mut inbox, |query| query.options = Some(mime(truncation)));
        added(only(&synced.changes)).body.clone().unwrap()
    };
    let whole = cut_at(200_000);
    assert!(whole.data.ends_with(&raw) && !whole.truncated);
    for (asked, limit) in [(1024, 4096), (4096, 4096), (5000, 5120)] {
        let cut = cut_at(asked);
        assert!(cut.truncated && whole.data.starts_with(&cut.data));
        let lines = cut.data.iter().filter(|byte| **byte == b'\r').count();
        let counted = cut.data.len() + 4 * lines;
        assert!(
            (limit - 80..=limit).contains(&counted),
            "{asked}: {counted}"
        );
    }
    assert_eq!(cut_at(200_000), whole, "not where it was cut before");
}

#[test]
fn a_read_flag_and_a_deletion_are_told() {
    let Some((sogo, client, [mut inbox])) = at_rest(12, [FolderKind::Inbox]) else {
        return;
    };
    deliver(sogo, &client, "short", 1);
    let news = client.news(&mut inbox);
    let id = &only(&news).id;
    let mut imap = sogo.mail().login(client.user());
    imap.select("INBOX");

    imap.store("1", r"+FLAGS (\Seen)");
    let changes = client.news(&mut inbox);
    assert_eq!(&only(&changes).id, id);
    let What::Changed(item) = &only(&changes).what else {
        panic!("{changes:?}");
    };
    // All of it comes again.
    let email = email(item);
    assert_eq!(
        (email.read, email.subject.as_deref()),
        (Some(true), Some("short"))
    );

    imap.remove("1");
    let changes = client.news(&mut inbox);
    assert_eq!(
        (&only(&changes).id, &only(&changes).what),
        (id, &What::Deleted)
    );
}

#[test]
fn a_mailbox_is_told_in_windows() {
    let Some((sogo, mut client)) = client(13) else {
        return;
    };
    for number in 0..7 {
        deliver(sogo, &client, &format!("mail {number}"), 1);
    }
    let folders = client.folders();
    let mut inbox = first_of(&folders, FolderKind::Inbox);
    let mut windows = Vec::new();
    let empty = loop {
        let synced = client.sync(&mut inbox, |query| query.window = Some(3));
        let Some(collection) = synced.collection else {
            break synced.answer;
        };
        windows.push((synced.changes.len(), collection.more_available));
    };
    // Nothing but a key, the mail, and the key that a folder without news has.
    let expected = [(0, false), (3, true), (3, true), (1, false), (0, false)];
    assert_eq!(windows, expected);
    assert!(empty.is_empty && empty.status == Status::Success);
}

#[test]
fn mail_is_told_in_every_version() {
    let Some((sogo, client)) = client(14) else {
        return;
    };
    deliver(sogo, &client, "first", 1);
    for version in [
        ProtocolVersion::V2_5,
        ProtocolVersion::V12_0,
        ProtocolVersion::V12_1,
        ProtocolVersion::V14_0,
        ProtocolVersion::V14_1,
    ] {
        let mut client = Client::new(sogo, 14).speaking(version);
        let folders = client.folders();
        let mut inbox = first_of(&folders, FolderKind::Inbox);
        let changes = client.news(&mut inbox);
        let item = added(only(&changes));
        assert_eq!(email(item).subject.as_deref(), Some("first"), "{version}");
        let kind = item.body.as_ref().map(|body| body.kind);
        let expected = match version {
            ProtocolVersion::V2_5 => BodyType::PlainText,
            _ => BodyType::Mime,
        };
        assert_eq!(kind, Some(expected), "{version}");
    }
}

/// It adds a change of mail that has not changed.
#[test]
fn a_sync_that_is_sent_again_brings_its_mail_again() {
    let Some((sogo, client, [mut inbox])) = at_rest(15, [FolderKind::Inbox]) else {
        return;
    };
    deliver(sogo, &client, "first", 1);
    client.news(&mut inbox);
    deliver(sogo, &client, "second", 1);
    let mut again = inbox.clone();
    let news = client.sync(&mut inbox, |_| {});
    assert_eq!(told(&news), [("second", true)]);
    let repeated = client.sync(&mut again, |_| {});
    assert_eq!(told(&repeated), [("first", false), ("second", true)]);
    assert_eq!(again.key, inbox.key);
}

/// Once a request with the key of an answer was sent, that answer is not given again.
#[test]
fn from_an_older_key_new_mail_is_told_as_changed() {
    let Some((sogo, client, [mut inbox])) = at_rest(16, [FolderKind::Inbox]) else {
        return;
    };
    deliver(sogo, &client, "first", 1);
    let mut older = inbox.clone();
    client.sync(&mut inbox, |_| {});
    client.sync(&mut inbox, |_| {});
    let changed = client.sync(&mut older, |_| {});
    assert_eq!(told(&changed), [("first", false)]);
}

#[test]
fn a_key_that_it_does_not_know_is_refused_only_by_a_folder_that_has_none() {
    let Some((_, mut client)) = client(17) else {
        return;
    };
    let folders = client.folders();
    let mut inbox = first_of(&folders, FolderKind::Inbox);
    let mut wrong = inbox.clone();
    wrong.key = SyncKey::new("12345-99999").unwrap();
    let refused = client.sync(&mut wrong, |_| {}).collection.unwrap();
    assert_eq!(refused.status, Status::InvalidSyncKey);
    assert!(refused.sync_key.unwrap().is_initial());

    client.news(&mut inbox);
    wrong.key = SyncKey::new("12345-99999").unwrap();
    let taken = client.sync(&mut wrong, |_| {}).collection.unwrap();
    assert_eq!((taken.status, wrong.key), (Status::Success, inbox.key));
}

#[test]
fn a_folder_that_is_not_there_is_as_one_without_news() {
    let Some((_, client, [mut inbox])) = at_rest(18, [FolderKind::Inbox]) else {
        return;
    };
    inbox.id = CollectionId::new("mail%2Fnowhere").unwrap();
    for key in [SyncKey::initial(), SyncKey::new("1-1").unwrap()] {
        inbox.key = key;
        assert!(client.sync(&mut inbox, |_| {}).answer.is_empty);
    }
}
