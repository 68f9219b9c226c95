//! Requests in short words.

use pushmail_wbxml::pages::{air_sync, air_sync_base as base, folder_hierarchy, ping, provision};
use pushmail_wbxml::{Element, Limits, Tag};

/// The request in words: the command, the policy key if there is one, and then
///
/// - `FolderSync key`
/// - `Sync id key window=n body=form/bytes [filter=n] [mime=n]`
/// - `Ping [heartbeat id …]`
/// - `Provision [ack=key status=n]`, `Provision what`, `Provision wiped=status` and `Provision account-wiped=status`
/// - `Settings`
/// - `OPTIONS`
pub(crate) fn describe(bytes: &[u8]) -> String {
    let end = bytes
        .windows(4)
        .position(|four| four == b"\r\n\r\n")
        .unwrap();
    let (head, body) = (
        std::str::from_utf8(&bytes[..end]).unwrap(),
        &bytes[end + 4..],
    );
    assert!(
        head.contains("\r\nAuthorization: Basic am9lOnNlY3JldA=="),
        "{head}"
    );
    if head.starts_with("OPTIONS ") {
        return "OPTIONS".to_owned();
    }
    let command = head
        .split_once("?Cmd=")
        .unwrap()
        .1
        .split('&')
        .next()
        .unwrap();
    let policy = header(head, "X-MS-PolicyKey").unwrap();
    let policy = match policy {
        "0" => String::new(),
        key => format!(" policy={key}"),
    };
    let body = (!body.is_empty()).then(|| Element::decode(body, Limits::default()).unwrap());
    let said = body.map(|body| said(command, &body)).unwrap_or_default();
    format!("{command}{policy}{said}")
}

fn header<'h>(head: &'h str, name: &str) -> Option<&'h str> {
    head.lines()
        .find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
}

fn said(command: &str, body: &Element) -> String {
    match command {
        "FolderSync" => format!(" {}", text(body, &[folder_hierarchy::SYNC_KEY])),
        "Sync" => sync(body),
        "Ping" => {
            let folders = body.find(&[ping::FOLDERS]).into_iter();
            let ids = folders.flat_map(|all| all.all(ping::FOLDER));
            let ids = ids.map(|folder| format!(" {}", text(folder, &[ping::ID])));
            let heartbeat = text(body, &[ping::HEARTBEAT_INTERVAL]);
            format!(" {heartbeat}{}", ids.collect::<String>())
        }
        "Provision" => {
            let wiped = [
                (provision::REMOTE_WIPE, "wiped"),
                (provision::ACCOUNT_ONLY_REMOTE_WIPE, "account-wiped"),
            ];
            for (tag, word) in wiped {
                if body.find(&[tag]).is_some() {
                    return format!(" {word}={}", text(body, &[tag, provision::STATUS]));
                }
            }
            let Some(policy) = body.find(&[provision::POLICIES, provision::POLICY]) else {
                return " what".to_owned();
            };
            match policy.find(&[provision::POLICY_KEY]) {
                Some(key) => {
                    let status = text(policy, &[provision::STATUS]);
                    format!(" ack={} status={status}", key.text())
                }
                None => String::new(),
            }
        }
        _ => String::new(),
    }
}

fn sync(body: &Element) -> String {
    let one = body
        .find(&[air_sync::COLLECTIONS, air_sync::COLLECTION])
        .unwrap();
    let options = one.find(&[air_sync::OPTIONS]).unwrap();
    let preference = options.find(&[base::BODY_PREFERENCE]).unwrap();
    let (form, bytes) = (
        text(preference, &[base::TYPE]),
        text(preference, &[base::TRUNCATION_SIZE]),
    );
    let optional = |name: &str, tag: Tag| match options.find(&[tag]) {
        Some(found) => format!(" {name}={}", found.text()),
        None => String::new(),
    };
    format!(
        " {} {} window={} body={form}/{bytes}{}{}",
        text(one, &[air_sync::COLLECTION_ID]),
        text(one, &[air_sync::SYNC_KEY]),
        text(one, &[air_sync::WINDOW_SIZE]),
        optional("filter", air_sync::FILTER_TYPE),
        optional("mime", air_sync::MIME_SUPPORT),
    )
}

fn text(parent: &Element, path: &[Tag]) -> String {
    parent.find(path).unwrap().text().into_owned()
}
