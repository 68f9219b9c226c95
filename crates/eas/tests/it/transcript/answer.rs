//! Answers in short words.

use crate::xml;
use std::fmt::Write as _;

/// The answer in these words:
///
/// - `OPTIONS versions`
/// - `FolderSync status [key] [+id:type:name …] [~id:type:name …] [-id …]`
/// - `Sync id status [key] [more] [+item=words …] [~item=seen …] [-item …] [!item …]`; words have `_` for spaces, and a
///   mail's are its MIME. `~item=read` marks it as read. `!item` is out of the filter. `Sync status` is of the whole.
/// - `Sync empty`, `Ping empty`: no body.
/// - `Ping status [heartbeat=n] [max=n] [id …]`
/// - `Provision status policy-status [key]`, `Provision RemoteWipe` and `Provision AccountOnlyRemoteWipe`, `Settings status`
/// - `HTTP status [header: value | …]`
/// - `PAGE`: what a sign-on shows.
///
/// `closing` as the first word: the connection is not kept.
pub(crate) fn answer(words: &str) -> Vec<u8> {
    let (closing, words) = match words.strip_prefix("closing ") {
        Some(rest) => (true, rest),
        None => (false, words),
    };
    let (kind, rest) = words.split_once(' ').unwrap_or((words, ""));
    match (kind, rest) {
        ("OPTIONS", versions) => {
            let offer = format!("MS-ASProtocolVersions: {versions}\r\n");
            http("200 OK", &offer, &[], closing)
        }
        ("HTTP", rest) => {
            let (status, headers) = rest.split_once(' ').unwrap_or((rest, ""));
            let headers = headers.split(" | ").filter(|header| !header.is_empty());
            let headers: String = headers.map(|header| format!("{header}\r\n")).collect();
            http(status, &headers, &[], closing)
        }
        ("PAGE", _) => http(
            "200 OK",
            "Content-Type: text/html\r\n",
            b"<html>Sign in</html>",
            closing,
        ),
        (_, "empty") => http("200 OK", "", &[], closing),
        (kind, rest) => {
            let body = xml::wbxml(&document(kind, rest));
            let kind = "Content-Type: application/vnd.ms-sync.wbxml\r\n";
            http("200 OK", kind, &body, closing)
        }
    }
}

fn http(status: &str, headers: &str, body: &[u8], closing: bool) -> Vec<u8> {
    let close = if closing { "Connection: close\r\n" } else { "" };
    let length = body.len();
    let head = format!("HTTP/1.1 {status}\r\n{headers}{close}Content-Length: {length}\r\n\r\n");
    [head.as_bytes(), body].concat()
}

fn document(kind: &str, rest: &str) -> String {
    let words: Vec<&str> = rest.split_whitespace().collect();
    match kind {
        "FolderSync" => folder_sync(&words),
        "Sync" => sync(&words),
        "Ping" => ping(&words),
        "Provision" => provision(&words),
        "Settings" => format!(
            "<Settings xmlns=\"Settings\"><Status>{}</Status></Settings>",
            words[0]
        ),
        other => panic!("no answer {other}"),
    }
}

fn folder_sync(words: &[&str]) -> String {
    let mut changes = String::new();
    let mut key = String::new();
    for word in &words[1..] {
        let (sign, rest) = word.split_at(1);
        match sign {
            "-" => write!(changes, "<Delete><ServerId>{rest}</ServerId></Delete>").unwrap(),
            "+" | "~" => {
                let [id, kind, name] = rest.splitn(3, ':').collect::<Vec<_>>()[..] else {
                    panic!("no folder: {word}");
                };
                let verb = if sign == "+" { "Add" } else { "Update" };
                write!(
                    changes,
                    "<{verb}><ServerId>{id}</ServerId><ParentId>0</ParentId>\
                     <DisplayName>{name}</DisplayName><Type>{kind}</Type></{verb}>"
                )
                .unwrap();
            }
            _ => key = format!("<SyncKey>{word}</SyncKey>"),
        }
    }
    format!(
        "<FolderSync xmlns=\"FolderHierarchy\"><Status>{}</Status>{key}<Changes>{changes}</Changes></FolderSync>",
        words[0]
    )
}

fn sync(words: &[&str]) -> String {
    let [id, status, ref rest @ ..] = words[..] else {
        return format!(
            "<Sync xmlns=\"AirSync\"><Status>{}</Status></Sync>",
            words[0]
        );
    };
    let (mut key, mut more, mut commands) = ("", "", String::new());
    for word in rest {
        match word.split_at(1) {
            _ if *word == "-1" => key = word,
            ("+" | "~" | "-" | "!", _) => commands.push_str(&command(id, word)),
            _ if *word == "more" => more = "<MoreAvailable/>",
            _ => key = word,
        }
    }
    let key = match key {
        "" => String::new(),
        key => format!("<SyncKey>{key}</SyncKey>"),
    };
    let commands = match commands.as_str() {
        "" => commands,
        _ => format!("<Commands>{commands}</Commands>"),
    };
    format!(
        "<Sync xmlns=\"AirSync\"><Collections><Collection>{key}<CollectionId>{id}</CollectionId>\
         <Status>{status}</Status>{more}{commands}</Collection></Collections></Sync>"
    )
}

fn command(collection: &str, word: &str) -> String {
    let (sign, rest) = word.split_at(1);
    let (item, words) = rest.split_once('=').unwrap_or((rest, ""));
    let id = format!("<ServerId>{item}</ServerId>");
    let words = words.replace('_', " ");
    match (sign, words.as_str()) {
        ("-", _) => format!("<Delete>{id}</Delete>"),
        ("!", _) => format!("<SoftDelete>{id}</SoftDelete>"),
        ("~", "read") => format!(
            "<Change>{id}<ApplicationData><email:Read>1</email:Read></ApplicationData></Change>"
        ),
        (sign, words) => {
            let verb = if sign == "+" { "Add" } else { "Change" };
            let data = data(collection, words);
            format!("<{verb}>{id}<ApplicationData>{data}</ApplicationData></{verb}>")
        }
    }
}

/// Collection 7 is a calendar; all others hold mail.
fn data(collection: &str, words: &str) -> String {
    match collection {
        "7" => format!("<calendar:Subject>{words}</calendar:Subject>"),
        _ => format!(
            "<email:From>Ann</email:From><email:DateReceived>2026-11-26T00:10:00.000Z</email:DateReceived><email:Read>0</email:Read>\
             <airsyncbase:Body><airsyncbase:Type>4</airsyncbase:Type>\
             <airsyncbase:Data>{words}</airsyncbase:Data></airsyncbase:Body>"
        ),
    }
}

fn ping(words: &[&str]) -> String {
    let (mut heartbeat, mut most, mut folders) = (String::new(), String::new(), String::new());
    for word in &words[1..] {
        match word.split_once('=') {
            Some(("heartbeat", seconds)) => {
                heartbeat = format!("<HeartbeatInterval>{seconds}</HeartbeatInterval>");
            }
            Some(("max", number)) => most = format!("<MaxFolders>{number}</MaxFolders>"),
            _ => write!(folders, "<Folder>{word}</Folder>").unwrap(),
        }
    }
    format!(
        "<Ping xmlns=\"Ping\"><Status>{}</Status><Folders>{folders}</Folders>{most}{heartbeat}</Ping>",
        words[0]
    )
}

fn provision(words: &[&str]) -> String {
    if let [wipe @ ("RemoteWipe" | "AccountOnlyRemoteWipe")] = words {
        return format!("<Provision xmlns=\"Provision\"><Status>1</Status><{wipe}/></Provision>");
    }
    let key = match words.get(2) {
        Some(key) => format!("<PolicyKey>{key}</PolicyKey>"),
        None => String::new(),
    };
    format!(
        "<Provision xmlns=\"Provision\"><Status>{}</Status><Policies><Policy><Status>{}</Status>{key}</Policy></Policies></Provision>",
        words[0],
        words.get(1).unwrap_or(&"1")
    )
}
