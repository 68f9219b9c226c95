//! Who asks: Basic (RFC 7617) or Bearer (RFC 6750).

use super::answer::Answer;
use super::query::Query;
use super::request::Request;
use crate::accounts::Credentials;
use crate::faults::Refusal;
use crate::server::Server;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// What a request shows of who sent it.
pub(super) struct Shown {
    pub(super) user: String,
    secret: Secret,
}

enum Secret {
    Password(String),
    Token(String),
}

impl Shown {
    /// What the request shows. A token has no name with it: the query has it. OPTIONS has no query, and so a token there
    /// is nobody's, see [`Shown::is_nameless`].
    pub(super) fn of(request: &Request, query: &Query) -> Option<Self> {
        let (scheme, value) = request.header("Authorization")?.split_once(' ')?;
        if scheme.eq_ignore_ascii_case("Basic") {
            let pair = String::from_utf8(STANDARD.decode(value).ok()?).ok()?;
            let (user, password) = pair.split_once(':')?;
            return Some(Self {
                user: user.to_owned(),
                secret: Secret::Password(password.to_owned()),
            });
        }
        scheme.eq_ignore_ascii_case("Bearer").then(|| Self {
            user: query.user.clone(),
            secret: Secret::Token(value.to_owned()),
        })
    }

    /// Whether nobody knows whose token it is.
    pub(super) fn is_nameless(&self) -> bool {
        self.user.is_empty()
    }

    fn credentials(&self) -> Credentials<'_> {
        match &self.secret {
            Secret::Password(password) => Credentials::Password(password),
            Secret::Token(token) => Credentials::Token(token),
        }
    }

    /// Lets the user in, or says why not.
    pub(super) fn check(&self, server: &Server) -> Result<(), Answer> {
        let refusal = server.login_faults().refusal(&self.user);
        let answer = match refusal {
            Some(Refusal::Unavailable | Refusal::Limit | Refusal::InUse) => Answer::empty(503),
            Some(Refusal::Bye) => Answer::last(503),
            Some(_) => challenge(),
            None if server.accounts.admits(&self.user, self.credentials()) => return Ok(()),
            None => challenge(),
        };
        server.user(&self.user).login_refused();
        Err(answer)
    }
}

/// Asks who it is.
pub(super) fn challenge() -> Answer {
    Answer::empty(401)
        .with("WWW-Authenticate", "Basic realm=\"mailsim\"")
        .with("WWW-Authenticate", "Bearer")
}
