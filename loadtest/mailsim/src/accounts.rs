//! Who may log in.

use std::collections::HashMap;
use std::sync::Arc;

/// What a client showed to log in.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Credentials<'a> {
    /// LOGIN or AUTHENTICATE PLAIN.
    Password(&'a str),
    /// AUTHENTICATE XOAUTH2 or OAUTHBEARER.
    Token(&'a str),
}

type Check = dyn Fn(&str, Credentials<'_>) -> bool + Send + Sync;

/// The rule that admits users.
#[derive(Clone)]
pub struct Accounts(Arc<Check>);

impl Accounts {
    /// These users, with these passwords.
    pub fn with_passwords<U, P>(accounts: impl IntoIterator<Item = (U, P)>) -> Self
    where
        U: Into<String>,
        P: Into<String>,
    {
        let known: HashMap<String, String> = accounts
            .into_iter()
            .map(|(user, password)| (user.into(), password.into()))
            .collect();
        Self::checked_by(move |user, credentials| {
            matches!(credentials, Credentials::Password(shown)
                if known.get(user).is_some_and(|password| password == shown))
        })
    }

    /// Every user, with this password.
    pub fn anyone_with_password(password: impl Into<String>) -> Self {
        let password = password.into();
        Self::checked_by(move |_, credentials| credentials == Credentials::Password(&password))
    }

    /// Whoever this function admits; it can change its mind, as when a token expires.
    pub fn checked_by(
        check: impl Fn(&str, Credentials<'_>) -> bool + Send + Sync + 'static,
    ) -> Self {
        Self(Arc::new(check))
    }

    /// These rules, and also this user with this bearer token.
    pub fn and_token(self, user: impl Into<String>, token: impl Into<String>) -> Self {
        let (user, token) = (user.into(), token.into());
        Self::checked_by(move |name, credentials| {
            let matches = name == user && credentials == Credentials::Token(&token);
            matches || self.admits(name, credentials)
        })
    }

    /// Whether the user may log in with these credentials.
    pub fn admits(&self, user: &str, credentials: Credentials<'_>) -> bool {
        (self.0)(user, credentials)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_no_password() {
        let accounts = Accounts::with_passwords([("ann", "pw")]).and_token("ann", "tok");
        assert!(accounts.admits("ann", Credentials::Password("pw")));
        assert!(accounts.admits("ann", Credentials::Token("tok")));
        assert!(!accounts.admits("ann", Credentials::Password("tok")));
        assert!(!accounts.admits("bob", Credentials::Password("pw")));
    }
}
