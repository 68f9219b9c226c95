//! The head of an answer: what matters to ActiveSync.

use super::challenge::Challenges;
use super::fields::Fields;
use super::framing::{self, Framing};
use pushmail_domain::Secret;
use std::fmt;

/// The head of an answer: what matters to ActiveSync (MS-ASHTTP, sections 2.2.2.1 and 2.2.4.1). `Debug` gives the
/// status: places to go to and cookies are nobody's business.
#[derive(Clone, PartialEq, Eq)]
pub struct Head {
    /// The status code, such as 200 or 449 (MS-ASHTTP, section 2.2.2.1.1).
    pub status: u16,
    /// Whether another request may follow on the connection, once the body has ended.
    pub keep_alive: bool,
    /// Content-Type.
    pub content_type: Option<String>,
    /// MS-ASProtocolVersions, a list with commas. Read it with [`Offer`](crate::options::Offer).
    pub protocol_versions: Option<String>,
    /// MS-ASProtocolCommands, a list with commas.
    pub protocol_commands: Option<String>,
    /// X-MS-Location: the server to use from now on, with status 451 (MS-ASHTTP, section 3.1.5.2.2).
    pub ms_location: Option<String>,
    /// Location, of a redirect.
    pub location: Option<String>,
    /// Retry-After: when to come again.
    pub retry_after: Option<RetryAfter>,
    /// X-MS-ASThrottle: why the server holds this device back. The values are the server's own.
    pub throttle: Option<String>,
    /// WWW-Authenticate: what the server takes as a proof of who we are.
    pub challenges: Challenges,
    /// Set-Cookie, each as it came. For [`CookieJar::take`](super::CookieJar::take).
    pub set_cookies: Vec<Secret<String>>,
}

/// When to come again (RFC 9110, section 10.2.3).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RetryAfter {
    /// After this many seconds.
    Seconds(u64),
    /// At this date, as it came: it counts by the server's clock.
    Date(String),
}

impl Head {
    pub(super) fn of(fields: &Fields<'_>, framing: Framing) -> Self {
        Self {
            status: fields.status,
            keep_alive: framing::keeps_alive(fields, framing),
            content_type: fields.first("Content-Type"),
            protocol_versions: fields.list("MS-ASProtocolVersions"),
            protocol_commands: fields.list("MS-ASProtocolCommands"),
            ms_location: fields.first("X-MS-Location"),
            location: fields.first("Location"),
            retry_after: fields.first("Retry-After").map(RetryAfter::of),
            throttle: fields.first("X-MS-ASThrottle"),
            challenges: Challenges::of(fields.all("WWW-Authenticate")),
            set_cookies: fields.all("Set-Cookie").map(Secret::new).collect(),
        }
    }

    /// Whether the body says of itself that it is WBXML (MS-ASHTTP, section 2.2.1.1.2.3). What is not is mostly a page
    /// for people, of a proxy or of a sign-on.
    pub fn is_wbxml(&self) -> bool {
        let kind = self.content_type.as_deref().unwrap_or_default();
        let kind = kind.split(';').next().unwrap_or_default().trim();
        ["application/vnd.ms-sync.wbxml", "application/vnd.ms-sync"]
            .iter()
            .any(|wbxml| kind.eq_ignore_ascii_case(wbxml))
    }
}

impl RetryAfter {
    fn of(value: String) -> Self {
        value
            .parse()
            .map_or_else(|_| Self::Date(value), Self::Seconds)
    }
}

impl fmt::Debug for Head {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Head")
            .field("status", &self.status)
            .field("keep_alive", &self.keep_alive)
            .finish_non_exhaustive()
    }
}
