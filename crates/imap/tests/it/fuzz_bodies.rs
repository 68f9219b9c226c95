//! What the fuzz targets run; here it is run over the corpus and over random bytes.

use pushmail_domain::{
    AccountId, Authentication, ContentLevel, Endpoint, EventScope, Folder, FolderCursor, FolderId,
    Secret, Security, Timestamp,
};
use pushmail_imap::wire::{Decoder, WireError, limits};
use pushmail_imap::{ImapFlow, Learned, Quirks, Settings, Suspect};
use pushmail_upstream::{Change, Flow, Moment, Output};
use std::collections::HashMap;
use std::time::Duration;

/// Decodes the bytes, in pieces of `piece`; checks that no more is held than is allowed.
pub(crate) fn wire(bytes: &[u8], piece: usize) -> Option<WireError> {
    let mut decoder = Decoder::new();
    for part in bytes.chunks(piece.max(1)) {
        let mut rest = part;
        while !rest.is_empty() {
            match decoder.next(&mut rest) {
                Ok(_) => assert!(decoder.held() <= limits::RESPONSE),
                Err(error) => return Some(error),
            }
        }
    }
    None
}

/// Runs a whole conversation with a server that sends these bytes whatever it is told: line by line, so
/// that the flow gets far. The first byte chooses the settings: bit 0 STARTTLS, bit 1 an access token,
/// bit 2 seven bytes at a time, bit 3 TLS comes up late, bit 6 all folders and all events, bit 7 folders that were
/// read before and a message that failed; so a digit gives the first four. Checks that the UIDs of a folder rise. Gives what the flow ended with, if it did.
pub(crate) fn flow(bytes: &[u8]) -> Option<String> {
    let (choice, bytes) = bytes
        .split_first()
        .map_or((0, bytes), |(first, rest)| (*first, rest));
    let pieces: Vec<_> = match choice & 4 {
        0 => bytes.split_inclusive(|byte| *byte == b'\n').collect(),
        _ => bytes.chunks(7).collect(),
    };
    let mut flow = ImapFlow::new(settings(choice));
    let mut told = HashMap::new();
    let mut seconds = 1;
    for piece in pieces {
        seconds += 1;
        flow.receive(piece, moment(seconds));
        if let Some(end) = drain(&mut flow, &mut told, seconds, choice & 8 == 0) {
            return Some(end);
        }
    }
    for _ in 0..8 {
        seconds += 600;
        flow.tick(moment(seconds));
        if let Some(end) = drain(&mut flow, &mut told, seconds, true) {
            return Some(end);
        }
    }
    None
}

fn moment(seconds: u64) -> Moment {
    let elapsed = Duration::from_secs(seconds);
    Moment {
        now: Timestamp::from_micros(0).after(elapsed),
        elapsed,
    }
}

/// Takes every output; content is made of every message.
fn drain(
    flow: &mut ImapFlow,
    told: &mut HashMap<FolderId, u32>,
    seconds: u64,
    secured: bool,
) -> Option<String> {
    let mut end = None;
    while let Some(output) = flow.next_output() {
        assert!(end.is_none(), "nothing follows the end");
        match output {
            Output::StartTls if secured => flow.secured(moment(seconds)),
            Output::Change(Change::Message(message)) => {
                let key = message.key;
                let last = told.insert(key.folder, key.uid);
                assert!(last < Some(key.uid), "{key:?} came after {last:?}");
                drop(pushmail_imap::content(
                    &message,
                    "INBOX",
                    ContentLevel::Preview,
                ));
            }
            Output::Finished(fault) => end = Some(format!("{}: {fault}", fault.kind.as_str())),
            _ => {}
        }
    }
    end
}

fn settings(choice: u8) -> Settings {
    let security = if choice & 1 == 0 {
        Security::Tls
    } else {
        Security::StartTls
    };
    let secret = Secret::new("hunter2-secret".to_owned());
    let authentication = if choice & 2 == 0 {
        Authentication::Password(secret)
    } else {
        Authentication::AccessToken(secret)
    };
    let account = AccountId::from_bytes([1; 16]);
    let known = |name: &str| Folder {
        id: FolderId::of_name(account, name, 7),
        name: name.to_owned(),
    };
    let mut settings = Settings {
        account,
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
    if choice & 64 != 0 {
        settings.selection = vec!["*".to_owned(), "Sent".to_owned()];
        settings.events = EventScope::All;
    }
    if choice & 128 != 0 {
        settings.listed = true;
        settings.folders = ["INBOX", "Lists"].map(known).to_vec();
        settings.cursors = settings.folders.iter().map(read_before).collect();
        settings.learned.suspect = Some(Suspect {
            folder: settings.folders[0].id,
            uid_next: 43,
            failures: 1,
        });
    }
    settings
}

fn read_before(folder: &Folder) -> FolderCursor {
    FolderCursor {
        mod_seq: 99,
        read_at: Timestamp::from_micros(1),
        ..FolderCursor::starting(folder.id, 7, 43)
    }
}
