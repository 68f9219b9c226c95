//! Proving who we are: which mechanism, and what it sends (RFC 9051, section 6.2; RFC 4616; RFC 7628).

use crate::wire::{Capabilities, Capability};
use pushmail_domain::{Authentication, Endpoint, Secret};

/// How to log in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mechanism {
    /// OAUTHBEARER (RFC 7628).
    OauthBearer,
    /// XOAUTH2, which Google defined and others took over.
    Xoauth2,
    /// PLAIN (RFC 4616).
    Plain,
    /// The LOGIN command.
    Login,
}

impl Mechanism {
    /// Its name, as AUTHENTICATE takes it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::OauthBearer => "OAUTHBEARER",
            Self::Xoauth2 => "XOAUTH2",
            Self::Plain => "PLAIN",
            Self::Login => "LOGIN",
        }
    }
}

/// The password or the token.
pub const fn secret_of(credential: &Authentication) -> &String {
    match credential {
        Authentication::Password(secret) | Authentication::AccessToken(secret) => secret.expose(),
    }
}

/// Whether they can be sent: control characters are separators in every mechanism.
pub fn is_sendable(user: &str, credential: &Authentication) -> bool {
    let texts = [user, secret_of(credential).as_str()];
    let mut bytes = texts.into_iter().flat_map(str::bytes);
    !bytes.any(|byte| byte.is_ascii_control())
}

/// The one mechanism for this credential; `None` if the server offers none that fits.
pub fn choose(
    credential: &Authentication,
    capabilities: Capabilities,
    prefer_xoauth2: bool,
) -> Option<Mechanism> {
    let bearer = (Capability::AuthOauthbearer, Mechanism::OauthBearer);
    let xoauth2 = (Capability::AuthXoauth2, Mechanism::Xoauth2);
    let candidates = match credential {
        Authentication::AccessToken(_) if prefer_xoauth2 => vec![xoauth2, bearer],
        Authentication::AccessToken(_) => vec![bearer, xoauth2],
        Authentication::Password(_) => vec![(Capability::AuthPlain, Mechanism::Plain)],
    };
    let offered = candidates
        .iter()
        .find(|(capability, _)| capabilities.offers(*capability));
    let login = matches!(credential, Authentication::Password(_))
        && !capabilities.offers(Capability::LoginDisabled);
    offered
        .map(|(_, mechanism)| *mechanism)
        .or(login.then_some(Mechanism::Login))
}

/// The client's one message of the mechanism, before base64.
pub fn response(
    mechanism: Mechanism,
    user: &str,
    endpoint: &Endpoint,
    credential: &Authentication,
) -> Secret<String> {
    let secret = secret_of(credential);
    Secret::new(match mechanism {
        Mechanism::Plain | Mechanism::Login => format!("\0{user}\0{secret}"),
        Mechanism::Xoauth2 => format!("user={user}\x01auth=Bearer {secret}\x01\x01"),
        Mechanism::OauthBearer => {
            // "=" and "," are separators of the GS2 header (RFC 5801, section 4).
            let user = user.replace('=', "=3D").replace(',', "=2C");
            let (host, port) = (&endpoint.host, endpoint.port);
            format!("n,a={user},\x01host={host}\x01port={port}\x01auth=Bearer {secret}\x01\x01")
        }
    })
}
