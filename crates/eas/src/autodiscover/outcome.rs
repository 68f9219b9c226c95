//! How a search ends.

use crate::http::{Unsendable, Url};

/// A mailbox's server, and whom to log in as.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Where it is, always by TLS.
    pub url: Url,
    /// The login name: the address that was asked for last.
    pub user: String,
    /// How it was found.
    pub how: How,
}

/// How a server was found, in the order of the search.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum How {
    /// By the domain's Autodiscover of version 2, which nothing secret was shown to.
    Json,
    /// By the domain's Autodiscover.
    Xml,
    /// By the Autodiscover that the domain's redirect over HTTP named.
    Redirect,
    /// By the Autodiscover that the domain's SRV record named.
    Srv,
}

impl How {
    /// The way in a few words, for people: "found by …".
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Json => "the domain's Autodiscover, which asked for no credential",
            Self::Xml => "the domain's Autodiscover",
            Self::Redirect => "the Autodiscover that the domain redirects to",
            Self::Srv => "the Autodiscover of the domain's SRV record",
        }
    }
}

/// Why no server was found.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// Nobody who was asked knows one.
    #[error(
        "no server of Exchange ActiveSync was found for {domain} (asked Autodiscover at {domain} and autodiscover.{domain}, and SRV)"
    )]
    Nothing {
        /// The address's domain.
        domain: String,
    },
    /// The domain says to ask a host outside of it, and there was no consent to that.
    #[error("Autodiscover of {domain} leads to {host}, outside of that domain")]
    Untrusted {
        /// The address's domain.
        domain: String,
        /// The host that was not asked.
        host: String,
    },
    /// A server rejected the credential. No other is shown it after that.
    #[error("{host} rejected the credential")]
    Rejected {
        /// That server.
        host: String,
    },
    /// A server redirects to where it was asked before.
    #[error("Autodiscover goes in circles at {host}")]
    Circle {
        /// That server, or the domain of the address that was asked for before.
        host: String,
    },
    /// There were more redirects than are followed.
    #[error("Autodiscover of {domain} redirects too often")]
    TooFar {
        /// The address's domain.
        domain: String,
    },
    /// The address is in a top-level domain, whose hosts are everybody's.
    #[error("{domain} is no domain of an organisation")]
    TopLevel {
        /// That domain.
        domain: String,
    },
    /// HTTP cannot say the name or the credential.
    #[error(transparent)]
    Unsendable(#[from] Unsendable),
}
