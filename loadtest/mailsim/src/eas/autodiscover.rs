//! Autodiscover: where a user's server is (MS-ASCMD, section 2.2.1.1; MS-OXDISCO), in XML and, as version 2 has it, in
//! JSON.

mod json;
mod pox;
mod request;

use super::answer::Answer;
use super::request::Request;
use super::service::Service;
use crate::server::Server;

/// What a client is told that looks for a user's server.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Discovery {
    /// It is here.
    #[default]
    Here,
    /// It is at this URL.
    At(String),
    /// The user has another address: it is to be asked for that. Only in XML.
    Address(String),
    /// Another server knows: it is to be asked at this URL, by a 302.
    Elsewhere(String),
    /// There is no such user.
    Unknown,
}

/// The answer, if the request is for Autodiscover.
pub(super) fn answer(server: &Server, request: &Request) -> Option<Answer> {
    let path = request.path.to_ascii_lowercase();
    let rest = path.strip_prefix("/autodiscover/autodiscover.")?;
    match rest {
        "xml" => Some(pox::answer(server, request)),
        _ if rest == "json" || rest.starts_with("json/") => Some(json::answer(server, request)),
        _ => None,
    }
}

/// The URL of this server, as the client reached it.
fn url(service: &Service, request: &Request) -> String {
    let scheme = if service.is_secure { "https" } else { "http" };
    let host = request.header("Host").unwrap_or("localhost");
    format!("{scheme}://{host}/Microsoft-Server-ActiveSync")
}

/// What is told of a user.
fn discovery(server: &Server, user: &str) -> Discovery {
    server.user(user).eas(|account| account.discovery())
}

/// Sends the client to another server.
fn elsewhere(url: &str) -> Answer {
    Answer::empty(302).with("Location", url)
}
