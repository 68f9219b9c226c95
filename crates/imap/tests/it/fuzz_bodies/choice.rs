//! The settings that the first bytes of an input choose.

use super::check::SECRET;
use pushmail_domain::{
    AccountId, Authentication, ContentLevel, Endpoint, EventScope, Folder, FolderCursor, FolderId,
    Secret, Security, Timestamp,
};
use pushmail_imap::{Learned, Quirks, Settings, Suspect};

/// Whose mailbox it is.
pub(crate) const ACCOUNT: AccountId = AccountId::from_bytes([1; 16]);

/// STARTTLS.
pub(crate) const STARTTLS: u8 = 1;
/// An access token instead of a password.
pub(crate) const TOKEN: u8 = 2;
/// Seven bytes at a time instead of lines.
pub(crate) const SEVEN: u8 = 4;
/// TLS comes up late.
pub(crate) const LATE_TLS: u8 = 8;
/// All folders, and all events.
pub(crate) const ALL: u8 = 64;
/// Folders that were read before, with a MODSEQ, and a message that failed.
pub(crate) const READ_BEFORE: u8 = 128;

/// Settings by a byte: bits as above, so that a digit gives the first four of them.
pub(crate) fn settings(choice: u8) -> Settings {
    let security = if choice & STARTTLS == 0 {
        Security::Tls
    } else {
        Security::StartTls
    };
    let secret = Secret::new(SECRET.to_owned());
    let authentication = if choice & TOKEN == 0 {
        Authentication::Password(secret)
    } else {
        Authentication::AccessToken(secret)
    };
    let mut settings = Settings {
        account: ACCOUNT,
        endpoint: Endpoint {
            host: "imap.example.org".to_owned(),
            port: 993,
            security,
        },
        user: "joe".to_owned(),
        authentication,
        selection: vec!["INBOX".to_owned()],
        folders: Vec::new(),
        listed: false,
        cursors: Vec::new(),
        content: ContentLevel::Preview,
        events: EventScope::New,
        quirks: Quirks::of_host("imap.example.org"),
        learned: Learned::default(),
        client: ("pushmail".to_owned(), "0".to_owned()),
    };
    if choice & ALL != 0 {
        settings.selection = vec!["*".to_owned(), "Sent".to_owned()];
        settings.events = EventScope::All;
    }
    if choice & READ_BEFORE != 0 {
        read_before(&mut settings);
    }
    settings
}

fn read_before(settings: &mut Settings) {
    let known = |name: &str| Folder::new(FolderId::of_name(ACCOUNT, name, 7), name);
    let read = |folder: &Folder| FolderCursor {
        mod_seq: 99,
        read_at: Timestamp::from_micros(1),
        ..FolderCursor::starting(folder.id, 7, 43)
    };
    settings.listed = true;
    settings.folders = ["INBOX", "Lists"].map(known).to_vec();
    settings.cursors = settings.folders.iter().map(read).collect();
    settings.learned.suspect = Some(Suspect {
        folder: settings.folders[0].id,
        uid_next: 43,
        failures: 1,
    });
}
