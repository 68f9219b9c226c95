//! What the fuzz target runs; here it is run over the corpus and over random bytes.

use pushmail_eas::command::folder_sync::{self, Change};
use pushmail_eas::command::sync::{self, Part, Query, What};
use pushmail_eas::command::{Class, CollectionId, SyncKey};
use pushmail_eas::command::{item_operations, ping, provision, settings};
use pushmail_eas::http::{self, CookieJar, Head, ResponseParser};
use pushmail_eas::item::{self, Data, Item};
use pushmail_eas::options::Offer;
use pushmail_wbxml::pages::{air_sync, folder_hierarchy, ping as ping_page};
use pushmail_wbxml::{Element, ProtocolVersion, Tag};

/// Small, so that short inputs reach them.
const ITEM: item::Limits = item::Limits { text: 40, body: 80 };
const DOCUMENT: pushmail_wbxml::Limits = pushmail_wbxml::Limits {
    depth: 16,
    piece: 16,
    content: 1500,
    total: 4000,
    string_table: 40,
    nodes: 200,
};
const HTTP: http::Limits = http::Limits {
    head: 1000,
    headers: 12,
    informational: 2,
    chunk_line: 24,
    trailers: 60,
    body: 5000,
};
const SYNC: sync::Limits = sync::Limits {
    document: DOCUMENT,
    item: ITEM,
};

/// What was read of an answer of HTTP.
#[derive(Debug, PartialEq, Eq)]
struct Received {
    head: Option<Head>,
    body: Vec<u8>,
    end: Result<(), http::Error>,
}

/// The bytes are an answer of HTTP, or the body of one if they begin otherwise. In which pieces they come changes nothing,
/// what is kept is bounded, and what is named can be asked for.
pub(crate) fn answer(bytes: &[u8]) {
    if !bytes.starts_with(b"HTTP/") {
        return body(bytes);
    }
    let whole = received(bytes, usize::MAX);
    for piece in [1, 3, 64] {
        assert_eq!(received(bytes, piece), whole, "in pieces of {piece}");
    }
    assert!(whole.body.len() as u64 <= HTTP.body);
    whole.head.as_ref().map(head);
    body(&whole.body);
}

fn received(bytes: &[u8], piece: usize) -> Received {
    let mut parser = ResponseParser::new(HTTP);
    let (mut head, mut body) = (None, Vec::new());
    let read = || {
        for mut rest in bytes.chunks(piece) {
            while let Some(part) = parser.next(&mut rest)? {
                match part {
                    http::Part::Head(read) => assert!(head.replace(*read).is_none(), "one head"),
                    http::Part::Body(piece) => {
                        assert!(!piece.is_empty());
                        body.extend(piece);
                    }
                    http::Part::End => assert!(parser.is_done()),
                }
            }
        }
        parser.finish()
    };
    let end = read();
    // How much of a body came before an error depends on the pieces.
    if end.is_err() {
        body.clear();
    }
    Received { head, body, end }
}

fn head(head: &Head) {
    if let Some(version) = Offer::of(head).version() {
        let said = head.protocol_versions.as_deref().unwrap_or_default();
        assert!(said.contains(version.as_str()));
    }
    let mut cookies = CookieJar::new();
    for cookie in &head.set_cookies {
        cookies.take(cookie.expose());
    }
}

/// Reads the bytes as the body of every kind of answer.
fn body(bytes: &[u8]) {
    let whole = synchronised(bytes, usize::MAX);
    for piece in [1, 3, 64] {
        assert_eq!(synchronised(bytes, piece), whole, "in pieces of {piece}");
    }
    whole.0.iter().for_each(part);
    if let Ok(answer) = folder_sync::Answer::parse(bytes, DOCUMENT) {
        answer.sync_key.into_iter().for_each(folder_key);
        answer.changes.iter().for_each(folder);
    }
    if let Ok(answer) = ping::Answer::parse(bytes, DOCUMENT) {
        answer.folders.iter().for_each(watched);
    }
    if let Ok(answer) = item_operations::Answer::parse(bytes, SYNC) {
        answer.item.iter().for_each(bounded);
    }
    // Whether they are taken does not matter.
    provision::Answer::parse(bytes, DOCUMENT).ok();
    settings::Answer::parse(bytes, DOCUMENT).ok();
}

/// All parts of a Sync, and how it ended.
fn synchronised(bytes: &[u8], piece: usize) -> (Vec<Part>, String) {
    let mut parser = sync::Parser::new(SYNC);
    let mut parts = Vec::new();
    let read = || {
        for mut rest in bytes.chunks(piece) {
            while let Some(part) = parser.next(&mut rest)? {
                parts.push(part);
            }
        }
        parser.finish()
    };
    let end = format!("{:?}", read());
    (parts, end)
}

fn part(part: &Part) {
    match part {
        Part::Change(change) => match &change.what {
            What::Added(item) | What::Changed(item) | What::Fetched(_, Some(item)) => bounded(item),
            What::Deleted | What::OutOfFilter | What::Fetched(_, None) => {}
        },
        Part::Collection(collection) => {
            let key = collection.sync_key.clone();
            asked(&collection.id, key.unwrap_or_else(SyncKey::initial));
        }
    }
}

/// Of an item no more is kept than is allowed.
fn bounded(item: &Item) {
    let texts = match &item.data {
        Data::Email(email) => vec![&email.subject, &email.from, &email.to, &email.message_class],
        Data::Appointment(event) => vec![&event.subject, &event.location, &event.organizer],
        Data::Contact(contact) => vec![&contact.file_as, &contact.first_name, &contact.last_name],
        Data::Task(task) => vec![&task.subject],
        Data::Other => Vec::new(),
    };
    // A byte that is no UTF-8 becomes three.
    let most = 3 * ITEM.text;
    assert!(texts.into_iter().flatten().all(|text| text.len() <= most));
    if let Some(body) = &item.body {
        assert!(body.data.len() <= ITEM.body);
    }
}

/// What a server named can be asked for, in its words.
fn asked(id: &CollectionId, sync_key: SyncKey) {
    let request = sync::Request {
        collections: vec![Query {
            id: id.clone(),
            class: Class::Email,
            sync_key: sync_key.clone(),
            supported: Vec::new(),
            deletes_as_moves: None,
            get_changes: true,
            window: None,
            options: None,
            fetch: Vec::new(),
        }],
        wait: None,
        window: None,
    };
    let collection = [air_sync::COLLECTIONS, air_sync::COLLECTION];
    let bytes = request.encode(ProtocolVersion::V14_1);
    let [with_id, with_key] = [air_sync::COLLECTION_ID, air_sync::SYNC_KEY]
        .map(|tag| [collection.as_slice(), &[tag]].concat());
    says(&bytes, &with_id, id.as_str());
    says(&bytes, &with_key, sync_key.as_str());
}

fn folder_key(sync_key: SyncKey) {
    let key = sync_key.as_str().to_owned();
    let bytes = folder_sync::Request { sync_key }.encode();
    says(&bytes, &[folder_hierarchy::SYNC_KEY], &key);
}

fn folder(change: &Change) {
    let (Change::Added(folder) | Change::Updated(folder)) = change else {
        return;
    };
    watched(&folder.id);
}

fn watched(id: &CollectionId) {
    let watched = ping::Watched {
        id: id.clone(),
        class: Class::Email,
    };
    let request = ping::Request {
        heartbeat: None,
        folders: vec![watched],
    };
    let path = [ping_page::FOLDERS, ping_page::FOLDER, ping_page::ID];
    says(&request.encode(), &path, id.as_str());
}

/// The document has this text at this path.
fn says(bytes: &[u8], path: &[Tag], text: &str) {
    let document = Element::decode(bytes, pushmail_wbxml::Limits::default());
    let document = document.expect("what is written can be read");
    let found = document.find(path).map(Element::text);
    assert_eq!(found.as_deref(), Some(text));
}
