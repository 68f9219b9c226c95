//! The header Authorization: Basic (RFC 7617) or Bearer (RFC 6750).

use super::request::Unsendable;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use pushmail_domain::{Authentication, Secret};

/// The value of the header.
pub(crate) fn authorization(
    user: &str,
    credential: &Authentication,
) -> Result<Secret<String>, Unsendable> {
    match credential {
        Authentication::Password(password) => basic(user, password.expose()),
        Authentication::AccessToken(token) => bearer(token.expose()),
    }
}

/// A colon ends the name (RFC 7617, section 2).
fn basic(user: &str, password: &str) -> Result<Secret<String>, Unsendable> {
    if user.contains(':') {
        return Err(Unsendable::User);
    }
    if password.bytes().any(|byte| byte.is_ascii_control()) {
        return Err(Unsendable::Credential);
    }
    let pair = Secret::new(format!("{user}:{password}"));
    let coded = Secret::new(STANDARD.encode(pair.expose()));
    Ok(Secret::new(format!("Basic {}", coded.expose())))
}

fn bearer(token: &str) -> Result<Secret<String>, Unsendable> {
    if token.is_empty() || !token.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(Unsendable::Credential);
    }
    Ok(Secret::new(format!("Bearer {token}")))
}
