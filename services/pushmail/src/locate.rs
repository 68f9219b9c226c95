//! From what a person types to where a mailbox is.

mod autodiscover;
mod exchange;

use crate::credential::CredentialArgs;
use autodiscover::Asked;
use clap::Args;
use pushmail_domain::{Endpoint, Fault, FaultKind, Protocol, Security, UpstreamSpec};
use pushmail_eas::autodiscover::Found;
use pushmail_upstream::dial::Dialer;
use pushmail_upstream::discovery::{self, DiscoveryEnv};
use pushmail_upstream::target::{MailAddress, Target};

/// Which mailbox, and how its server may be found.
#[derive(Debug, Args)]
pub(crate) struct MailboxArgs {
    /// The mailbox: `me@example.org`, `eas:me@example.org` (Exchange ActiveSync), or its server:
    /// `imaps://user@host:port`, `imap://user@host:port` (STARTTLS) or `eas://user@host:port/path`.
    #[arg(value_parser = Target::parse)]
    target: Target,
    /// With `eas:me@example.org`: a host outside of the address's domain that the domain may redirect to, and that may
    /// be shown the credential; or the domain of another address that the mailbox turns out to have. May be given several
    /// times.
    #[arg(long, value_name = "HOST")]
    trust_redirect: Vec<String>,
}

impl MailboxArgs {
    /// The server and the login name. A discovered server is named on standard error. If it takes the credential to
    /// discover one, that is asked for.
    pub(crate) async fn locate(
        self,
        dialer: &Dialer,
        credential: &mut CredentialArgs,
    ) -> Result<UpstreamSpec, Fault> {
        self.check()?;
        let env = DiscoveryEnv::system(dialer.clone());
        match self.target {
            Target::Server {
                protocol,
                endpoint,
                user,
            } => Ok(UpstreamSpec {
                protocol,
                endpoint,
                user,
            }),
            Target::Address(address) => imap(&address, &env).await,
            Target::EasAddress(address) => {
                let trusted = &self.trust_redirect;
                let mut asked = Asked {
                    credential,
                    trusted,
                };
                let found = autodiscover::find(address.clone(), &env, &mut asked).await?;
                let (url, how) = (&found.url, found.how.as_str());
                eprintln!("{address}: found {url} by {how}");
                Ok(eas(found))
            }
        }
    }
}

impl MailboxArgs {
    /// Nothing is taken that would have no effect.
    fn check(&self) -> Result<(), Fault> {
        match (&self.target, &*self.trust_redirect) {
            (Target::EasAddress(_), _) | (_, []) => Ok(()),
            _ => Err(Fault::new(
                FaultKind::Internal,
                "--trust-redirect is for eas:me@example.org: nobody redirects anything else",
            )),
        }
    }
}

async fn imap(address: &MailAddress, env: &DiscoveryEnv) -> Result<UpstreamSpec, Fault> {
    let found = discovery::discover(address, env).await?;
    let (endpoint, how) = (&found.endpoint, found.how.as_str());
    eprintln!("{address}: found {endpoint} by {how}");
    Ok(UpstreamSpec {
        protocol: Protocol::Imap,
        endpoint: found.endpoint,
        user: found.user,
    })
}

fn eas(found: Found) -> UpstreamSpec {
    UpstreamSpec {
        protocol: Protocol::Eas {
            path: found.url.path().to_owned(),
        },
        endpoint: Endpoint {
            host: found.url.host().to_owned(),
            port: found.url.port(),
            security: Security::Tls,
        },
        user: found.user,
    }
}

#[cfg(test)]
mod tests;
