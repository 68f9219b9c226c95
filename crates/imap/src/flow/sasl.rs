//! Proving who we are: AUTHENTICATE (RFC 9051, section 6.2.2) and LOGIN (section 6.2.3).
//!
//! One mechanism per connection, so that a wrong password is tried once.

use super::command::Kind;
use super::{ImapFlow, name};
use crate::sasl::{self, Mechanism};
use crate::wire::{Capabilities, Capability};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use pushmail_domain::{Authentication, FaultKind, Secret};
use pushmail_upstream::{Moment, Output};
use std::collections::VecDeque;

/// An AUTHENTICATE on its way.
pub(super) struct Exchange {
    /// The response in base64, while the server has not asked for it.
    unsent: Option<Secret<String>>,
    /// What answers a challenge that says why the token is refused; the tagged NO follows it.
    after_failure: Option<&'static str>,
}

/// The parts of a LOGIN that wait for the server's `+`, each up to the next literal.
pub(super) struct Pieces(VecDeque<Secret<Vec<u8>>>);

impl ImapFlow {
    /// Chooses the mechanism and begins it.
    pub(super) fn authenticate(&mut self, capabilities: Capabilities, at: Moment) {
        let login = self.login.as_deref();
        let Some((user, credential)) =
            login.and_then(|login| Some((login.user.clone(), login.credential.clone()?)))
        else {
            return self.fail(FaultKind::Internal, "the credential is already used up");
        };
        if !sasl::is_sendable(&user, &credential) {
            let message = "the user name or the credential holds a control character: set it anew, \
                           without line ends";
            return self.fail(FaultKind::CredentialUnavailable, message);
        }
        let Some(mechanism) = sasl::choose(&credential, capabilities, self.quirks.prefer_xoauth2)
        else {
            return self.no_mechanism(&credential);
        };
        self.capabilities = None;
        if mechanism == Mechanism::Login {
            return self.send_login(&user, sasl::secret_of(&credential), at);
        }
        let response = sasl::response(mechanism, &user, &self.endpoint, &credential);
        let response = Secret::new(STANDARD.encode(response.expose()));
        let name = mechanism.name();
        let after_failure = match mechanism {
            Mechanism::OauthBearer => Some("AQ==\r\n"),
            Mechanism::Xoauth2 => Some("\r\n"),
            Mechanism::Plain | Mechanism::Login => None,
        };
        if capabilities.offers(Capability::SaslIr) {
            let line = Secret::new(format!("AUTHENTICATE {name} {}", response.expose()));
            let exchange = Exchange {
                unsent: None,
                after_failure,
            };
            self.command(line.expose(), Kind::Authenticate(exchange), at);
        } else {
            let exchange = Exchange {
                unsent: Some(response),
                after_failure,
            };
            let line = format!("AUTHENTICATE {name}");
            self.command(&line, Kind::Authenticate(exchange), at);
        }
    }

    fn no_mechanism(&mut self, credential: &Authentication) {
        let message = match credential {
            Authentication::Password(_) => format!(
                "the server offers no login with a password: {}",
                self.quirks.password_remedy
            ),
            Authentication::AccessToken(_) => {
                "the server offers no login with an access token (OAuth): use a password".to_owned()
            }
        };
        self.fail(FaultKind::AuthUnsupported, &message);
    }

    fn send_login(&mut self, user: &str, password: &str, at: Moment) {
        let mut pieces = VecDeque::from([Secret::new(b"LOGIN".to_vec())]);
        for text in [user, password] {
            pieces = with_argument(pieces, text);
        }
        let Some(first) = pieces.pop_front() else {
            return;
        };
        let line = self.command_line(first.expose(), Kind::Login(Pieces(pieces)), at);
        self.outputs.push_back(Output::Send(line));
    }

    /// `+`: the server waits for the rest of the oldest command.
    pub(super) fn continued(&mut self, at: Moment) {
        let answer = match self.pending.front_mut().map(|pending| &mut pending.kind) {
            Some(Kind::Authenticate(exchange)) => exchange.answer(),
            Some(Kind::Login(pieces)) => pieces.0.pop_front().map(|piece| {
                let mut line = piece.expose().clone();
                line.extend_from_slice(b"\r\n");
                line
            }),
            Some(Kind::Idle(idle)) if idle.is_fresh() => return self.idle_entered(at),
            _ => None,
        };
        match answer {
            Some(line) => self.outputs.push_back(Output::Send(line)),
            None => self.fail(
                FaultKind::Protocol,
                "the server asked for more of a command that was complete",
            ),
        }
    }
}

impl Exchange {
    fn answer(&mut self) -> Option<Vec<u8>> {
        match self.unsent.take() {
            Some(response) => {
                let mut line = response.expose().clone().into_bytes();
                line.extend_from_slice(b"\r\n");
                Some(line)
            }
            None => self
                .after_failure
                .take()
                .map(|line| line.as_bytes().to_vec()),
        }
    }
}

/// Appends one argument of LOGIN: quoted where that is safe, else as a literal, which begins a new piece.
fn with_argument(mut pieces: VecDeque<Secret<Vec<u8>>>, text: &str) -> VecDeque<Secret<Vec<u8>>> {
    let mut last = pieces
        .pop_back()
        .map(|piece| piece.expose().clone())
        .unwrap_or_default();
    last.push(b' ');
    if name::fits_quoted(text) {
        last.extend_from_slice(name::quoted(text).as_bytes());
        pieces.push_back(Secret::new(last));
    } else {
        last.extend_from_slice(format!("{{{}}}", text.len()).as_bytes());
        pieces.push_back(Secret::new(last));
        pieces.push_back(Secret::new(text.as_bytes().to_vec()));
    }
    pieces
}
