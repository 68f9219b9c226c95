//! Runs a search written in short words. Each line of a script is one of:
//!
//! - `C: GET url`, `C: POST url as user for address`: what is asked; `as` only if the credential is shown.
//! - `S: words`: the answer: a status, with `json url`, `server url`, `address a`, `error` or `to location`; `S: none`.
//! - `CREDENTIAL host`: the credential is asked for, and given.
//! - `CONSENT host yes` or `no`: a host outside the domain.
//! - `SRV name none`, `SRV name host:port`.
//! - `FOUND url user how`, `FAIL words`: the end.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use pushmail_domain::{Authentication, Secret};
use pushmail_eas::autodiscover::{Autodiscover, LIMITS, Query, Reply, Step};
use pushmail_eas::http::{Part, ResponseParser};
use pushmail_upstream::target::MailAddress;

/// Holds the search for the address's server to the script.
#[track_caller]
pub(super) fn run(address: &str, script: &str) {
    let mut search = Autodiscover::new(MailAddress::parse(address).unwrap());
    let mut reply = None;
    let mut lines = script
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty());
    while let Some(line) = lines.next() {
        let step = search.next(reply.take());
        let (told, rest) = told(&step);
        let replied = match step {
            Step::Done(_) => {
                assert!(line.starts_with("FAIL") || line == told, "{line}: {told}");
                assert!(told.starts_with(line), "{line}: {told}");
                assert_eq!(lines.next(), None, "after the end");
                return;
            }
            Step::Send(_) => {
                assert_eq!(told, line);
                lines.next().unwrap().strip_prefix("S: ").unwrap()
            }
            _ => line
                .strip_prefix(&told)
                .unwrap_or_else(|| panic!("{told}, not {line}")),
        };
        reply = Some(rest(replied.trim()));
    }
    panic!(
        "the script ends before the search: {:?}",
        search.next(reply)
    );
}

/// A step in the words of a script, and how what follows is read.
fn told(step: &Step) -> (String, fn(&str) -> Reply) {
    match step {
        Step::Send(query) => (format!("C: {}", request(query)), answer),
        Step::Srv(name) => (format!("SRV {name}"), srv),
        Step::Consent(host) => (format!("CONSENT {host}"), |word| {
            Reply::Consent(word == "yes")
        }),
        Step::Credential(host) => (format!("CREDENTIAL {host}"), |_| credential()),
        Step::Done(Ok(found)) => (
            format!("FOUND {} {} {:?}", found.url, found.user, found.how),
            answer,
        ),
        Step::Done(Err(failure)) => (format!("FAIL {failure}"), answer),
    }
}

/// The credential of all scripts.
pub(super) fn credential() -> Reply {
    let password = Secret::new("secret".to_owned());
    Reply::Credential(Authentication::Password(password))
}

/// Whether a request shows a credential, in whatever way.
pub(super) fn shows_credential(query: &Query) -> bool {
    let text = String::from_utf8_lossy(query.bytes.expose()).to_ascii_lowercase();
    text.contains("authorization") || text.contains("secret")
}

fn srv(words: &str) -> Reply {
    let record = words.split_once(':');
    Reply::Srv(record.map(|(host, port)| (host.to_owned(), port.parse().unwrap())))
}

/// A request in the words of a script. Whatever shows a credential is told.
fn request(query: &Query) -> String {
    let bytes = String::from_utf8(query.bytes.expose().clone()).unwrap();
    let (head, body) = bytes.split_once("\r\n\r\n").unwrap();
    let mut lines = head.lines();
    let first: Vec<&str> = lines.next().unwrap().split(' ').collect();
    let header = |name: &str| head.lines().find_map(|line| line.strip_prefix(name));
    let host = header("Host: ").unwrap();
    let length = header("Content-Length: ").map_or(0, |length| length.parse().unwrap());
    assert_eq!(length, body.len());
    assert!(header("Cookie").is_none());
    let scheme = if query.url.is_secure() {
        "https"
    } else {
        "http"
    };
    let mut told = format!("{} {scheme}://{host}{}", first[0], first[1]);
    if let Some(basic) = header("Authorization: Basic ") {
        let pair = String::from_utf8(STANDARD.decode(basic).unwrap()).unwrap();
        told += &format!(" as {}", pair.strip_suffix(":secret").unwrap());
    }
    if let Some((_, rest)) = body.split_once("<EMailAddress>") {
        assert_eq!(header("Content-Type: "), Some("text/xml"));
        told += &format!(" for {}", rest.split('<').next().unwrap());
    }
    told
}

/// An answer in the words of a script.
pub(super) fn answer(words: &str) -> Reply {
    if words == "none" {
        return Reply::Failed;
    }
    let mut words = words.split(' ');
    let status = words.next().unwrap();
    let (kind, value) = (words.next().unwrap_or_default(), words.next());
    let value = value.unwrap_or_default();
    let mut location = String::new();
    let body = match kind {
        "json" => format!("{{\"Protocol\":\"ActiveSync\",\"Url\":\"{value}\"}}"),
        "server" => xml(&format!(
            "<Settings><Server><Type>MobileSync</Type><Url>{value}</Url></Server></Settings>"
        )),
        "address" => xml(&format!("<Redirect>{value}</Redirect>")),
        "error" => xml("<Error><Status>2</Status></Error>"),
        "to" => {
            location = format!("Location: {value}\r\n");
            String::new()
        }
        _ => String::new(),
    };
    let length = body.len();
    parse(&format!(
        "HTTP/1.1 {status} X\r\n{location}Content-Length: {length}\r\n\r\n{body}"
    ))
}

fn xml(action: &str) -> String {
    format!("<Autodiscover><Response><Action>{action}</Action></Response></Autodiscover>")
}

fn parse(text: &str) -> Reply {
    let mut parser = ResponseParser::new(LIMITS);
    let (mut bytes, mut head, mut body) = (text.as_bytes(), None, Vec::new());
    while let Some(part) = parser.next(&mut bytes).unwrap() {
        match part {
            Part::Head(read) => head = Some(read),
            Part::Body(piece) => body.extend(piece),
            Part::End => break,
        }
    }
    Reply::Answer(head.unwrap(), body)
}
