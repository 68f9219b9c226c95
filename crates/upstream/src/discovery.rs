//! From a mail address to its IMAP server.

pub mod directory;
pub mod providers;

mod autoconfig;
mod fetch;

use crate::dial::Dialer;
use crate::target::{IMAP_PORT, IMAPS_PORT, MailAddress, host};
use directory::{Directory, Mx, Srv, SystemDirectory};
use pushmail_domain::{Endpoint, Fault, FaultKind, Security};
use std::sync::Arc;

/// What discovery works with.
#[derive(Clone)]
pub struct DiscoveryEnv {
    /// Fetches autoconfig files, under its egress guard, and resolves guesses.
    pub dialer: Dialer,
    /// Answers SRV and MX questions.
    pub directory: Arc<dyn Directory>,
    /// Where autoconfig files are served: 443, except in tests.
    pub https_port: u16,
    /// Where redirects in the clear are asked for: 80, except in tests.
    pub http_port: u16,
}

impl DiscoveryEnv {
    /// Discovery by the system's DNS settings and the internet's ports of HTTP.
    pub fn system(dialer: Dialer) -> Self {
        Self {
            dialer,
            directory: Arc::new(SystemDirectory),
            https_port: 443,
            http_port: 80,
        }
    }

    /// The host and port of a service's SRV record that comes first; none if DNS gives no answer, or says that the service
    /// is not offered.
    pub async fn service(&self, name: &str) -> Option<(String, u16)> {
        match offer(or_none(name, self.directory.srv(name).await)) {
            Offer::At(host, port) => Some((host, port)),
            Offer::Silent | Offer::Refused => None,
        }
    }
}

/// How a server was found, from the surest to the least sure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum How {
    /// The built-in table knows the address's domain.
    ProviderTable,
    /// By SRV records (RFC 6186, RFC 8314). DNS is not authenticated: show people the host.
    Srv,
    /// By the domain's autoconfig file, over HTTPS.
    Autoconfig,
    /// The domain's mail exchanger belongs to a provider that the built-in table knows.
    Mx,
    /// `imap.` before the domain resolves.
    Guess,
}

impl How {
    /// The way in a few words, for people: "found by …".
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ProviderTable => "the built-in table of providers",
            Self::Srv => "the domain's SRV records",
            Self::Autoconfig => "the domain's autoconfig file",
            Self::Mx => "the domain's mail exchanger",
            Self::Guess => "a guess",
        }
    }
}

/// A mailbox's server, and whom to log in as.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Where it listens. Never [`Security::Plaintext`].
    pub endpoint: Endpoint,
    /// The login name.
    pub user: String,
    /// How it was found.
    pub how: How,
}

/// Finds the server of `address`: by the built-in table, SRV records, autoconfig, the mail
/// exchanger, and last by guessing. A source that fails is passed over.
///
/// # Errors
///
/// [`FaultKind::UnknownHost`] if nothing was found, or if the provider says that it has no IMAP. The
/// message says how to name the server by hand.
pub async fn discover(address: &MailAddress, env: &DiscoveryEnv) -> Result<Found, Fault> {
    if let Some(provider) = providers::of_domain(address.domain()) {
        return provider.found(address, How::ProviderTable);
    }
    if let Some(found) = by_srv(address, env).await? {
        return Ok(found);
    }
    if let Some(found) = by_autoconfig(address, env).await {
        return Ok(found);
    }
    if let Some(found) = by_mx(address, env).await {
        return found;
    }
    by_guess(address, env)
        .await
        .ok_or_else(|| not_found(address))
}

/// What SRV records of one service say.
#[derive(Debug, PartialEq, Eq)]
enum Offer {
    /// Nothing.
    Silent,
    /// The service is decidedly not offered: the target is the root (RFC 2782).
    Refused,
    /// Host and port.
    At(String, u16),
}

/// RFC 6186, section 3.2, with implicit TLS before STARTTLS (RFC 8314, section 5.1).
async fn by_srv(address: &MailAddress, env: &DiscoveryEnv) -> Result<Option<Found>, Fault> {
    let domain = address.domain();
    let (tls_name, start_name) = (
        format!("_imaps._tcp.{domain}"),
        format!("_imap._tcp.{domain}"),
    );
    let (tls, start) = tokio::join!(env.directory.srv(&tls_name), env.directory.srv(&start_name));
    let offers = [
        (offer(or_none(domain, tls)), Security::Tls),
        (offer(or_none(domain, start)), Security::StartTls),
    ];
    if offers.iter().all(|(offer, _)| *offer == Offer::Refused) {
        return Err(no_imap(&format!(
            "{domain} says in DNS that it offers no IMAP"
        )));
    }
    Ok(offers.into_iter().find_map(|(offer, security)| {
        let Offer::At(host, port) = offer else {
            return None;
        };
        Some(Found {
            endpoint: Endpoint {
                host,
                port,
                security,
            },
            user: address.to_string(),
            how: How::Srv,
        })
    }))
}

/// The record of the lowest priority, and among those of the greatest weight. One account needs one
/// server, so weights do not spread anything here.
fn offer(mut records: Vec<Srv>) -> Offer {
    records.sort_by_key(|record| (record.priority, std::cmp::Reverse(record.weight)));
    let refused = records
        .iter()
        .any(|record| matches!(record.target.as_str(), "" | "."));
    let usable = records.into_iter().find_map(|record| {
        let host = host::name(&record.target).ok()?;
        (record.port != 0).then_some(Offer::At(host, record.port))
    });
    match usable {
        Some(at) => at,
        None if refused => Offer::Refused,
        None => Offer::Silent,
    }
}

async fn by_autoconfig(address: &MailAddress, env: &DiscoveryEnv) -> Option<Found> {
    let domain = address.domain();
    let email = fetch::encode(&address.to_string());
    let places = [
        (
            format!("autoconfig.{domain}"),
            format!("/mail/config-v1.1.xml?emailaddress={email}"),
        ),
        (
            domain.to_owned(),
            "/.well-known/autoconfig/mail/config-v1.1.xml".to_owned(),
        ),
    ];
    for (host, path) in places {
        let found = fetch::get(env, domain, &host, &path)
            .await
            .and_then(|xml| autoconfig::parse(&xml, address));
        match found {
            Ok(found) => return Some(found),
            Err(fault) => tracing::debug!(host, %fault, "no autoconfig"),
        }
    }
    None
}

/// A custom domain at a known provider.
async fn by_mx(address: &MailAddress, env: &DiscoveryEnv) -> Option<Result<Found, Fault>> {
    let mut exchangers: Vec<Mx> =
        or_none(address.domain(), env.directory.mx(address.domain()).await);
    exchangers.sort_by_key(|mx| mx.preference);
    let provider = exchangers
        .iter()
        .find_map(|mx| providers::of_exchanger(&mx.exchange))?;
    Some(provider.found(address, How::Mx))
}

async fn by_guess(address: &MailAddress, env: &DiscoveryEnv) -> Option<Found> {
    let host = host::name(&format!("imap.{}", address.domain())).ok()?;
    env.dialer.resolve(&host).await.ok()?;
    Some(Found {
        endpoint: Endpoint {
            host,
            port: IMAPS_PORT,
            security: Security::Tls,
        },
        user: address.to_string(),
        how: How::Guess,
    })
}

fn or_none<T>(domain: &str, answer: Result<Vec<T>, Fault>) -> Vec<T> {
    answer.unwrap_or_else(|fault| {
        tracing::debug!(domain, %fault, "DNS gave no answer");
        Vec::new()
    })
}

fn no_imap(why: &str) -> Fault {
    Fault::new(
        FaultKind::UnknownHost,
        format!("{why}; if there is a server, name it: imaps://user@host"),
    )
}

fn not_found(address: &MailAddress) -> Fault {
    let domain = address.domain();
    Fault::new(
        FaultKind::UnknownHost,
        format!(
            "no mail server of {domain} was found (asked the built-in table, SRV, autoconfig and MX, and tried imap.{domain}): check the address, or name the server: imaps://user@host"
        ),
    )
}

/// The usual port of a kind of connection.
const fn default_port(security: Security) -> u16 {
    match security {
        Security::Tls => IMAPS_PORT,
        Security::StartTls | Security::Plaintext => IMAP_PORT,
    }
}

#[cfg(test)]
mod tests;
