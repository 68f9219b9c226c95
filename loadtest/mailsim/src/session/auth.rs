//! LOGIN and AUTHENTICATE (RFC 3501, section 6.2).

use super::Session;
use crate::accounts::Credentials;
use crate::wire::Words;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use std::io;
use tokio::io::{AsyncRead, AsyncWrite};

const LOGGED_IN: &str = "OK [CAPABILITY IMAP4rev1 LITERAL+ ID IDLE] logged in";
const REFUSED: &str = "NO [AUTHENTICATIONFAILED] wrong user or secret";
/// What a refused bearer token gets before the tagged NO (RFC 7628, section 3.2.2).
const TOKEN_REFUSED: &str = r#"{"status":"401","schemes":"bearer","scope":"mail"}"#;

impl<S: AsyncRead + AsyncWrite + Unpin> Session<S> {
    pub(super) fn login(&mut self, mut words: Words<'_>) -> &'static str {
        let (Some(user), Some(password)) = (words.next(), words.next()) else {
            return "BAD LOGIN needs a user and a password";
        };
        self.admit(user, Credentials::Password(&password))
    }

    pub(super) async fn authenticate(&mut self, mut words: Words<'_>) -> io::Result<&'static str> {
        let mechanism = words.next().unwrap_or_default().to_ascii_uppercase();
        if !matches!(mechanism.as_str(), "PLAIN" | "XOAUTH2" | "OAUTHBEARER") {
            return Ok("NO unknown mechanism");
        }
        let Some(response) = self.initial_response(words.next()).await? else {
            return Ok("BAD cancelled or not base64");
        };
        if mechanism == "PLAIN" {
            return Ok(match plain(&response) {
                Some((user, password)) => self.admit(user, Credentials::Password(&password)),
                None => "BAD not a PLAIN response",
            });
        }
        let Some((user, token)) = bearer(&response) else {
            return Ok("BAD not a bearer response");
        };
        let answer = self.admit(user, Credentials::Token(&token));
        if answer == REFUSED {
            let challenge = STANDARD.encode(TOKEN_REFUSED);
            self.say(&format!("+ {challenge}"));
            // The client answers with anything before it hears the refusal.
            if self.next_line().await?.is_none() {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
        Ok(answer)
    }

    /// The client's first response, from the command line (RFC 4959) or asked for.
    async fn initial_response(&mut self, given: Option<String>) -> io::Result<Option<String>> {
        let encoded = match given {
            Some(given) if given == "=" => return Ok(Some(String::new())),
            Some(given) => given.into_bytes(),
            None => {
                self.say("+ ");
                let Some(line) = self.next_line().await? else {
                    return Err(io::ErrorKind::UnexpectedEof.into());
                };
                line.to_vec()
            }
        };
        let decoded = STANDARD.decode(encoded).ok();
        Ok(decoded.and_then(|bytes| String::from_utf8(bytes).ok()))
    }

    fn admit(&mut self, user: String, credentials: Credentials<'_>) -> &'static str {
        if self.server.accounts.admits(&user, credentials) {
            self.user = Some(user);
            LOGGED_IN
        } else {
            REFUSED
        }
    }
}

/// User and password of SASL PLAIN (RFC 4616).
fn plain(response: &str) -> Option<(String, String)> {
    let mut parts = response.split('\0');
    let (_, user, password) = (parts.next()?, parts.next()?, parts.next()?);
    Some((user.to_owned(), password.to_owned()))
}

/// User and token of OAUTHBEARER (RFC 7628) or XOAUTH2: fields that end with a 0x01 byte.
fn bearer(response: &str) -> Option<(String, String)> {
    let (mut user, mut token) = (None, None);
    for field in response.split('\x01') {
        if let Some(name) = field.strip_prefix("user=") {
            user = Some(name.to_owned());
        } else if let Some(name) = field.strip_prefix("n,a=") {
            let name = name.trim_end_matches(',');
            user = Some(name.replace("=2C", ",").replace("=3D", "="));
        } else if let Some(value) = field.strip_prefix("auth=Bearer ") {
            token = Some(value.to_owned());
        }
    }
    user.zip(token)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_bearer_mechanisms_read_alike() {
        let expected = Some(("ann@x.test".to_owned(), "tok".to_owned()));
        assert_eq!(
            bearer("user=ann@x.test\x01auth=Bearer tok\x01\x01"),
            expected
        );
        let oauthbearer = "n,a=ann@x.test,\x01host=h\x01port=993\x01auth=Bearer tok\x01\x01";
        assert_eq!(bearer(oauthbearer), expected);
    }
}
