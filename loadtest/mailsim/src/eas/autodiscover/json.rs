//! Autodiscover of version 2: a GET without a credential.
//!
//! Microsoft documents the requests, and the answers as far as they go well; those that do not are as Exchange Online was
//! seen to give them.

use super::{Discovery, discovery, elsewhere, url};
use crate::eas::answer::Answer;
use crate::eas::request::Request;
use crate::server::Server;
use percent_encoding::percent_decode_str;

pub(super) fn answer(server: &Server, request: &Request) -> Answer {
    if request.method != "GET" {
        return Answer::empty(501);
    }
    let Some(address) = address(request) else {
        return refused(400, "MandatoryParameterMissing", "Email");
    };
    match parameter(request, "Protocol").as_deref() {
        Some(protocol) if protocol.eq_ignore_ascii_case("ActiveSync") => {}
        Some(protocol) => return refused(400, "InvalidProtocol", protocol),
        None => return refused(400, "MandatoryParameterMissing", "Protocol"),
    }
    match discovery(server, &address) {
        Discovery::Here => found(&url(&server.eas, request)),
        Discovery::At(url) => found(&url),
        Discovery::Elsewhere(url) => elsewhere(&url),
        Discovery::Address(_) | Discovery::Unknown => refused(404, "UserNotFound", &address),
    }
}

/// In the path, as `/autodiscover.json/v1.0/ann@x.test`, or in the query.
fn address(request: &Request) -> Option<String> {
    let last = request.path.rsplit('/').next().unwrap_or_default();
    let decoded = percent_decode_str(last).decode_utf8().ok()?;
    match decoded.contains('@') {
        true => Some(decoded.into_owned()),
        false => parameter(request, "Email"),
    }
}

fn parameter(request: &Request, name: &str) -> Option<String> {
    let mut pairs = request
        .query
        .split('&')
        .filter_map(|pair| pair.split_once('='));
    let (_, value) = pairs.find(|(known, _)| known.eq_ignore_ascii_case(name))?;
    let decoded = percent_decode_str(value).decode_utf8().ok()?;
    Some(decoded.into_owned())
}

fn found(url: &str) -> Answer {
    let body = format!(
        "{{\"Protocol\":\"ActiveSync\",\"Url\":\"{}\"}}",
        escaped(url)
    );
    json(200, body)
}

fn refused(status: u16, code: &str, message: &str) -> Answer {
    let message = escaped(message);
    let body = format!("{{\"ErrorCode\":\"{code}\",\"ErrorMessage\":\"{message}\"}}");
    json(status, body)
}

fn json(status: u16, body: String) -> Answer {
    Answer::empty(status).with_body("application/json; charset=utf-8", body.into())
}

/// RFC 8259, section 7.
fn escaped(text: &str) -> String {
    let escape = |c: char| match c {
        '"' | '\\' => format!("\\{c}"),
        _ if c.is_control() => format!("\\u{:04x}", u32::from(c)),
        _ => c.to_string(),
    };
    text.chars().map(escape).collect()
}
