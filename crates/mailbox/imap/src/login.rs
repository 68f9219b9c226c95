//! Proving who we are: AUTHENTICATE (RFC 9051, section 6.2.2) or LOGIN (section 6.2.3).
//!
//! One mechanism per connection, chosen as the watcher does, so that a wrong password is tried once.

use crate::gate::Gate;
use crate::greeting::Greeted;
use crate::refusal;
use async_imap::error::Error;
use async_imap::{Authenticator, Client, Session};
use pushmail_domain::{Authentication, Endpoint, Secret, UpstreamSpec};
use pushmail_imap::Quirks;
use pushmail_imap::sasl::{self, Mechanism};
use pushmail_imap::wire::Capabilities;
use pushmail_mailbox::{ReadError, ReadErrorKind};
use pushmail_upstream::dial::Connection;
use zeroize::Zeroizing;

/// What a server may say until the login is done, in bytes.
const MOST: usize = 64 * 1024;

/// What the client says of itself in an AUTHENTICATE.
struct Answers {
    first: Option<Secret<String>>,
    /// What answers a challenge that says why a token is refused; the tagged NO follows it.
    after_failure: &'static [u8],
}

impl Authenticator for Answers {
    type Response = Zeroizing<Vec<u8>>;

    fn process(&mut self, _challenge: &[u8]) -> Self::Response {
        let next = self.first.take();
        let next = next.map(|first| first.expose().clone().into_bytes());
        Zeroizing::new(next.unwrap_or_else(|| self.after_failure.to_vec()))
    }
}

/// Logs in.
pub(crate) async fn log_in(
    greeted: Greeted,
    upstream: &UpstreamSpec,
    credential: &Authentication,
) -> Result<Session<Gate<Connection>>, ReadError> {
    let Greeted {
        connection,
        capabilities,
        quirks,
    } = greeted;
    let endpoint = &upstream.endpoint;
    if !sasl::is_sendable(&upstream.user, credential) {
        return Err(refused(
            "the user name or the credential holds a control character: set it anew, without line ends",
        ));
    }
    let mechanism = choose(credential, capabilities, quirks.prefer_xoauth2)
        .ok_or_else(|| no_mechanism(endpoint, credential, quirks))?;
    let mut gate = Gate::new(connection);
    gate.allow(MOST);
    let client = Client::new(gate);
    let answers = Answers {
        first: Some(sasl::response(
            mechanism,
            &upstream.user,
            endpoint,
            credential,
        )),
        after_failure: match mechanism {
            Mechanism::OauthBearer => b"\x01",
            _ => b"",
        },
    };
    let session = match mechanism {
        Mechanism::Login => {
            let password = sasl::secret_of(credential);
            client.login(&upstream.user, password).await
        }
        other => client.authenticate(other.name(), answers).await,
    };
    session.map_err(|(error, _)| failed(&error, upstream, credential, quirks))
}

/// What a failed login means. Without a code or a known text, the credential is taken to be wrong: trying
/// it again and again would lock the mailbox.
fn failed(
    error: &Error,
    upstream: &UpstreamSpec,
    credential: &Authentication,
    quirks: &Quirks,
) -> ReadError {
    let (endpoint, user) = (&upstream.endpoint, &upstream.user);
    match error {
        Error::No(text) if refusal::is_for_now(text) => refusal::upstream(
            endpoint,
            &format!("refuses the login of {user} for now: try again in a moment"),
        ),
        Error::No(_) | Error::Bad(_) => {
            let (what, remedy) = match credential {
                Authentication::Password(_) => ("password", &quirks.password_remedy),
                Authentication::AccessToken(_) => ("access token", &quirks.token_remedy),
            };
            refused(format!(
                "{endpoint} rejected the {what} of {user}: {remedy}"
            ))
        }
        error => refusal::of_client(endpoint, error),
    }
}

fn refused(message: impl Into<String>) -> ReadError {
    ReadError::new(ReadErrorKind::Credential, message)
}

fn no_mechanism(endpoint: &Endpoint, credential: &Authentication, quirks: &Quirks) -> ReadError {
    refused(match credential {
        Authentication::Password(_) => format!(
            "{endpoint} offers no login with this password: {}",
            quirks.password_remedy
        ),
        Authentication::AccessToken(_) => {
            format!("{endpoint} offers no login with an access token (OAuth): use a password")
        }
    })
}

/// LOGIN is sent in quotes, so it takes ASCII only.
fn choose(
    credential: &Authentication,
    capabilities: Capabilities,
    prefer_xoauth2: bool,
) -> Option<Mechanism> {
    let fits = |mechanism: &Mechanism| {
        *mechanism != Mechanism::Login || sasl::secret_of(credential).is_ascii()
    };
    sasl::choose(credential, capabilities, prefer_xoauth2).filter(fits)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(
        credential: &Authentication,
        offers: &str,
        prefer_xoauth2: bool,
    ) -> Option<Mechanism> {
        choose(
            credential,
            Capabilities::of_names(offers.as_bytes()),
            prefer_xoauth2,
        )
    }

    #[test]
    fn one_mechanism_is_chosen_that_fits_the_credential() {
        let token = Authentication::AccessToken(Secret::new("t".into()));
        let password = Authentication::Password(Secret::new("p".into()));
        let umlaut = Authentication::Password(Secret::new("ü".into()));
        let both = "AUTH=XOAUTH2 AUTH=OAUTHBEARER AUTH=PLAIN";
        assert_eq!(chosen(&token, both, false), Some(Mechanism::OauthBearer));
        assert_eq!(chosen(&token, both, true), Some(Mechanism::Xoauth2));
        assert_eq!(chosen(&token, "AUTH=PLAIN", true), None);
        assert_eq!(chosen(&password, both, false), Some(Mechanism::Plain));
        assert_eq!(chosen(&password, "", false), Some(Mechanism::Login));
        assert_eq!(chosen(&password, "LOGINDISABLED", false), None);
        assert_eq!(chosen(&umlaut, "", false), None);
    }

    #[test]
    fn a_refused_token_is_answered_so_that_the_refusal_can_follow() {
        let mut answers = Answers {
            first: Some(Secret::new("once".to_owned())),
            after_failure: b"\x01",
        };
        assert_eq!(*answers.process(b""), b"once");
        assert_eq!(*answers.process(b"{}"), b"\x01");
    }
}
