//! What a refusal means, and how to say it: one line, with the remedy, without the credential.

use super::ImapFlow;
use super::command::Kind;
use crate::refusal;
use crate::wire::limits::TEXT;
use crate::wire::{Code, Condition, StatusText};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use pushmail_domain::{Authentication, FaultKind};
use serde::{Deserialize, Serialize};

/// How much of a server's own text is quoted, in characters.
const QUOTED: usize = 200;

/// What servers write without a code when a credential is of the wrong sort: nothing but another one helps. Lower case.
const WRONG_SORT: [&str; 2] = [
    "application-specific password required",
    "application password is required",
];

/// What servers write when they say goodbye to a wrong credential. Lower case.
const REFUSED: [&str; 5] = [
    "authentication fail",
    "denied",
    "incorrect",
    "invalid",
    "login fail",
];

/// What servers write when a session has had its time. Lower case.
const SESSION_OVER: [&str; 4] = ["autologout", "expired", "idle for too long", "timed out"];

/// Text of ours or of a person's, fit for one line.
pub(super) fn printable(text: &str) -> String {
    text.chars()
        .filter(|character| !character.is_control())
        .take(QUOTED)
        .collect()
}

/// Whether the server refuses for now rather than for good. A code decides; without one, the text.
fn is_for_now(text: &StatusText) -> bool {
    match text.code {
        Some(Code::Unavailable | Code::Limit | Code::InUse | Code::OverQuota) => true,
        Some(Code::AuthenticationFailed | Code::AuthorizationFailed | Code::Expired) => false,
        _ => refusal::is_for_now(&text.text),
    }
}

fn says(text: &StatusText, known: &[&str]) -> bool {
    let words = text.text.to_ascii_lowercase();
    known.iter().any(|known| words.contains(known))
}

/// Whether the server says that the credential is wrong. A refusal without a code does not: it is also what a server
/// answers whose own directory is down.
fn is_about_credential(text: &StatusText) -> bool {
    match text.code {
        Some(Code::AuthenticationFailed | Code::AuthorizationFailed | Code::Expired) => true,
        None | Some(Code::Alert) => says(text, &WRONG_SORT),
        Some(_) => false,
    }
}

impl ImapFlow {
    /// A command ended with NO or BAD. Ends the conversation, unless it can do without; `true` if it ended.
    pub(super) fn refused(&mut self, kind: &Kind, condition: Condition, text: &StatusText) -> bool {
        let name = kind.name();
        let (kind, message) = match kind {
            Kind::Id | Kind::Idle(_) | Kind::Enable | Kind::Notify => return false,
            Kind::Examine(opening) if opening.may_fail() && !is_for_now(text) => return false,
            kind if kind.may_fail() && !is_for_now(text) => return false,
            Kind::Authenticate(_) | Kind::Login(_) => self.login_refused(text),
            _ if is_for_now(text) => (
                FaultKind::Throttled,
                format!("the server refuses {name} for now"),
            ),
            Kind::StartTls => (FaultKind::Tls, "the server refuses to begin TLS".to_owned()),
            Kind::Examine(opening) if condition == Condition::No => {
                let folder = printable(&self.folders[opening.folder()].name);
                let message = format!(
                    "the folder \"{folder}\" cannot be opened: check that it exists and how it is spelled"
                );
                (FaultKind::FolderUnavailable, message)
            }
            _ => (FaultKind::Protocol, format!("the server refuses {name}")),
        };
        self.fail(kind, &(message + &self.quote(text)));
        true
    }

    /// What a refused login means (RFC 9051, section 7.1; RFC 5530, section 3). Only what says so is about the credential;
    /// a refusal without a reason is told as such, and is tried again as seldom as a wrong password.
    fn login_refused(&self, text: &StatusText) -> (FaultKind, String) {
        let login = self.login.as_deref();
        let user = login.map_or_else(String::new, |login| printable(&login.user));
        let credential = login.and_then(|login| login.credential.as_ref());
        let is_token = matches!(credential, Some(Authentication::AccessToken(_)));
        let (what, remedy) = match is_token {
            true => ("access token", &self.quirks.token_remedy),
            false => ("password", &self.quirks.password_remedy),
        };
        if text.code == Some(Code::PrivacyRequired) {
            let message = "the server wants TLS before the login: use port 993 with TLS (imaps://)";
            return (FaultKind::PlaintextRefused, message.to_owned());
        }
        if is_for_now(text) {
            let message = format!("the server refuses the login of {user} for now");
            return (FaultKind::Throttled, message);
        }
        if text.code == Some(Code::Expired) {
            let kind = match is_token {
                true => FaultKind::TokenExpired,
                false => FaultKind::AuthRejected,
            };
            return (kind, format!("the {what} of {user} has expired: {remedy}"));
        }
        if is_about_credential(text) {
            let message = format!("the server rejected the {what} of {user}: {remedy}");
            return (FaultKind::AuthRejected, message);
        }
        let message = match text.code {
            Some(Code::ContactAdmin) => format!(
                "the server refused the login of {user} and wants its administrator to be asked"
            ),
            _ => format!(
                "the server refused the login of {user} without saying why: the {what} may be wrong ({remedy}), or the server refuses for reasons of its own"
            ),
        };
        (FaultKind::LoginRefused, message)
    }

    /// BYE: the server is about to close.
    pub(super) fn said_bye(&mut self, text: &StatusText) {
        let said = self.quote(text);
        let uncoded = text.code.is_none();
        let (kind, message) = if self.live && uncoded && says(text, &SESSION_OVER) {
            (FaultKind::Closed, "the session has had its time".to_owned())
        } else if is_for_now(text) {
            (
                FaultKind::Throttled,
                "the server ends the connection for now".to_owned(),
            )
        } else if self.live {
            (FaultKind::Closed, "the server ended the session".to_owned())
        } else if is_about_credential(text) || (uncoded && says(text, &REFUSED)) {
            self.login_refused(text)
        } else {
            (
                FaultKind::Throttled,
                "the server ends the connection for now".to_owned(),
            )
        };
        self.fail(kind, &(message + &said));
    }

    /// The server's own words, unless it says nothing, or repeats the credential.
    pub(super) fn quote(&self, text: &StatusText) -> String {
        let printable = |character: &char| matches!(character, ' '..='~');
        let words: String = text.text.chars().filter(printable).collect();
        // Of a text that is cut it is not known whether it repeats the credential.
        if words.trim().is_empty() || text.text.len() >= TEXT {
            return String::new();
        }
        if self.repeats_credential(&text.text) || self.repeats_credential(&words) {
            return "; what the server said is withheld, since it repeats the credential"
                .to_owned();
        }
        let quoted: String = words.chars().take(QUOTED).collect();
        format!("; the server said: \"{}\"", quoted.trim())
    }

    /// Whether the text holds the credential: as it is, as LOGIN quotes it, or within base64.
    fn repeats_credential(&self, text: &str) -> bool {
        let Some(trace) = &self.trace else {
            return false;
        };
        let encoded = text
            .split(|character: char| {
                !character.is_ascii_alphanumeric() && !"+/=".contains(character)
            })
            .filter_map(|word| STANDARD.decode(word).ok());
        let escaped = text.replace('\\', "");
        trace.is_in(text.as_bytes())
            || trace.is_in(escaped.as_bytes())
            || encoded.into_iter().any(|bytes| trace.is_in(&bytes))
    }
}

/// What is left of a credential once it is wiped: enough to see that a text may repeat it, too little to guess it.
#[derive(Serialize, Deserialize)]
pub(super) struct Trace {
    len: usize,
    sum: u16,
}

impl Trace {
    /// `None` for an empty credential, which every text holds.
    pub(super) fn of(credential: &Authentication) -> Option<Self> {
        let (Authentication::Password(secret) | Authentication::AccessToken(secret)) = credential;
        let secret = secret.expose().replace('\\', "");
        (!secret.is_empty()).then(|| Self {
            len: secret.len(),
            sum: sum(secret.as_bytes()),
        })
    }

    fn is_in(&self, text: &[u8]) -> bool {
        text.windows(self.len).any(|part| sum(part) == self.sum)
    }
}

/// Sixteen bits of FNV-1a, in any case of letters.
fn sum(bytes: &[u8]) -> u16 {
    let hash = bytes.iter().fold(0x811c_9dc5_u32, |hash, byte| {
        (hash ^ u32::from(byte.to_ascii_lowercase())).wrapping_mul(0x0100_0193)
    });
    (hash >> 16) as u16 ^ hash as u16
}

#[cfg(test)]
mod tests {
    use super::*;
    use pushmail_domain::Secret;

    #[test]
    fn a_trace_finds_the_credential_in_any_case_and_nothing_without_it() {
        let secret = Secret::new("S3cret\\Word".to_owned());
        let trace = Trace::of(&Authentication::Password(secret)).unwrap();
        assert!(trace.is_in(b"you said s3CRETword!"));
        assert!(!trace.is_in(b"temporary failure, try again later"));
        assert!(Trace::of(&Authentication::Password(Secret::new(String::new()))).is_none());
    }
}
