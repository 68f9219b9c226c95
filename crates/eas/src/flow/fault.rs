//! What ends the conversation, and how to say it: one line, with the remedy, without the credential.

use super::EasFlow;
use crate::command::Error;
use crate::status::Category;
use pushmail_domain::{Authentication, Fault, FaultKind};
use std::fmt;

/// By what the server refused.
#[derive(Debug, Clone, Copy)]
pub(super) enum Refusal {
    /// A status code of HTTP.
    Http(u16),
    /// A status of a command.
    Status(u16),
    /// One answer after the other asks for something else.
    Endless,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Http(status) => write!(f, "HTTP status {status}"),
            Self::Status(status) => write!(f, "status {status}"),
            Self::Endless => f.write_str("another answer to each request, without end"),
        }
    }
}

impl EasFlow {
    /// Ends the conversation; `message` continues a sentence that begins with the server's name.
    pub(super) fn fail(&mut self, kind: FaultKind, message: &str) {
        let server = self.endpoint.to_string();
        let server: String = server.chars().filter(|one| !one.is_control()).collect();
        self.finish(Fault::new(kind, format!("{server}: {message}")));
    }

    /// Ends it because of a refusal.
    pub(super) fn refuse(&mut self, category: Category, refusal: Refusal) {
        let (kind, message) = self.meaning(category);
        self.fail(kind, &format!("{message} ({refusal})"));
    }

    fn meaning(&self, category: Category) -> (FaultKind, &'static str) {
        let is_token = matches!(self.credential, Some(Authentication::AccessToken(_)));
        match category {
            Category::Auth if is_token => (
                FaultKind::TokenExpired,
                "the server rejected the access token: set a new one",
            ),
            Category::Auth => (
                FaultKind::AuthRejected,
                "the server rejected the user name or the password: check both, and whether the account may use ActiveSync with a password",
            ),
            Category::Account => (
                FaultKind::AccountDisabled,
                "the server does not let the account be synchronised: its administrator has to enable Exchange ActiveSync for it",
            ),
            Category::DeviceBlocked => (
                FaultKind::DeviceBlocked,
                "the server blocks this device, or has it in quarantine: its administrator has to allow the device of type pushmail",
            ),
            Category::DeviceLimit => (
                FaultKind::DeviceLimit,
                "the account has as many devices as the server allows: remove one that is used no more, at the server",
            ),
            Category::Rediscover => (
                FaultKind::Protocol,
                "the server is not the account's any more, or speaks no version of ActiveSync that is known here: check host and path",
            ),
            Category::Retry | Category::BackOff => (
                FaultKind::Throttled,
                "the server cannot serve the account for now",
            ),
            Category::RemoteWipe => (
                FaultKind::DeviceBlocked,
                "the server wants this device to be wiped, which is done where the account is watched",
            ),
            _ => (
                FaultKind::Protocol,
                "the server refuses a request that it should take",
            ),
        }
    }

    /// An answer that cannot be read.
    pub(super) fn unreadable(&mut self, command: &str, error: &Error) {
        let message = format!("the server's answer to {command} cannot be read: {error}");
        self.fail(FaultKind::Protocol, &message);
    }
}
