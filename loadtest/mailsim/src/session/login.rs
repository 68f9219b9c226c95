//! LOGIN and AUTHENTICATE (RFC 3501, section 6.2), and ID (RFC 2971).

use super::{Heard, Owner, Reply, Session};
use crate::accounts::Credentials;
use crate::faults::Refusal;
use crate::line::Line;
use crate::wire::{Args, Value};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use std::io;

/// What a refused bearer token gets before the tagged NO (RFC 7628, section 3.2.2).
const TOKEN_REFUSED: &str = r#"{"status":"401","schemes":"bearer","scope":"mail"}"#;

impl Session<Line> {
    pub(super) fn login(&mut self, mut args: Args<'_>) -> Reply {
        let mut next = || args.next().and_then(Value::text);
        let (Some(user), Some(password)) = (next(), next()) else {
            return "BAD LOGIN needs a user and a password".into();
        };
        match self.check(user, Credentials::Password(password)) {
            Some(refusal) => self.refuse(user, refusal),
            None => self.admit(user, "LOGIN"),
        }
    }

    pub(super) async fn authenticate(&mut self, mut args: Args<'_>) -> io::Result<Reply> {
        let mechanism = args.next().map(Value::upper).unwrap_or_default();
        let offered = format!("AUTH={mechanism}");
        let capabilities = &self.server.profile.texts().before_login;
        if !capabilities
            .split(' ')
            .any(|capability| capability == offered)
        {
            return Ok("NO unknown mechanism".into());
        }
        let given = args.next().and_then(Value::text);
        let Some(response) = self.initial_response(given).await? else {
            return Ok("BAD cancelled or not base64".into());
        };
        let name = format!("AUTHENTICATE {mechanism}");
        if mechanism == "PLAIN" {
            let Some((user, password)) = plain(&response) else {
                return Ok("BAD not a PLAIN response".into());
            };
            return Ok(match self.check(&user, Credentials::Password(&password)) {
                Some(refusal) => self.refuse(&user, refusal),
                None => self.admit(&user, &name),
            });
        }
        let Some((user, token)) = bearer(&response) else {
            return Ok("BAD not a bearer response".into());
        };
        let Some(refusal) = self.check(&user, Credentials::Token(&token)) else {
            return Ok(self.admit(&user, &name));
        };
        if refusal == Refusal::AuthenticationFailed {
            let challenge = STANDARD.encode(TOKEN_REFUSED);
            self.say(&format!("+ {challenge}"));
            // The client answers with anything before it hears the refusal.
            let Heard::Line(_) = self.next_line().await? else {
                return Err(io::ErrorKind::UnexpectedEof.into());
            };
        }
        Ok(self.refuse(&user, refusal))
    }

    /// The client's first response, from the command line (RFC 4959) or asked for.
    async fn initial_response(&mut self, given: Option<&str>) -> io::Result<Option<String>> {
        let encoded = match given {
            Some("=") => return Ok(Some(String::new())),
            Some(given) => given.as_bytes().to_vec(),
            None => {
                self.say("+ ");
                let Heard::Line(line) = self.next_line().await? else {
                    return Err(io::ErrorKind::UnexpectedEof.into());
                };
                line.to_vec()
            }
        };
        let decoded = STANDARD.decode(encoded).ok();
        Ok(decoded.and_then(|bytes| String::from_utf8(bytes).ok()))
    }

    /// How this login is refused, if it is.
    fn check(&self, user: &str, credentials: Credentials<'_>) -> Option<Refusal> {
        if let Some(refusal) = self.server.login_faults().refusal(user) {
            return Some(refusal);
        }
        let whole_address = self.server.profile.quirks().local_part_login && user.contains('@');
        let admitted = !whole_address && self.server.accounts.admits(user, credentials);
        (!admitted).then_some(Refusal::AuthenticationFailed)
    }

    fn refuse(&mut self, user: &str, refusal: Refusal) -> Reply {
        self.server.user(user).login_refused();
        let text = self.server.profile.texts().refusal(refusal).to_owned();
        if refusal == Refusal::Bye {
            self.say(&format!("* {text}"));
            self.ended = true;
            return Reply(None);
        }
        text.into()
    }

    /// Logs in, in the way `how`, unless the user has too many connections.
    fn admit(&mut self, name: &str, how: &str) -> Reply {
        let user = self.server.user(name);
        let quirks = &self.server.profile.quirks();
        let texts = &self.server.profile.texts();
        let limit = quirks.max_connections.unwrap_or(usize::MAX);
        let Some(owner) = Owner::admit(&self.server, user, limit) else {
            return texts.too_many.clone().into();
        };
        owner.user.record(how.as_bytes(), self.server.command_log);
        let reply = texts
            .logged_in
            .replace("{capabilities}", &texts.after_login);
        if quirks.capabilities_unasked {
            let line = format!("* CAPABILITY {}", texts.after_login);
            self.say(&line);
        }
        self.owner = Some(owner);
        reply.into()
    }

    pub(super) fn id(&mut self, mut args: Args<'_>) -> Reply {
        let texts = &self.server.profile.texts();
        let form = match args.next() {
            Some(value) if value.is("NIL") => "NIL",
            Some(Value::List(fields)) if fields.is_empty() => "()",
            Some(Value::List(_)) => "",
            _ => return "BAD ID needs a list or NIL".into(),
        };
        let refused = &self.server.profile.quirks().refused_ids;
        if refused.iter().any(|refused| refused == form) {
            return texts.id_refused.clone().into();
        }
        self.identified |= form.is_empty() && self.owner.is_some();
        let line = format!("* ID {}", texts.id);
        self.say(&line);
        "OK ID done".into()
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
