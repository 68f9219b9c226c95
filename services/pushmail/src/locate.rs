//! From what a person types to where a mailbox is.

use pushmail_domain::{Fault, Protocol, UpstreamSpec};
use pushmail_upstream::dial::Dialer;
use pushmail_upstream::discovery::{self, DiscoveryEnv};
use pushmail_upstream::target::Target;

/// The server and the login name of a target. A discovered server is named on standard error.
pub(crate) async fn locate(target: Target, dialer: &Dialer) -> Result<UpstreamSpec, Fault> {
    match target {
        Target::Server {
            protocol,
            endpoint,
            user,
        } => Ok(UpstreamSpec {
            protocol,
            endpoint,
            user,
        }),
        Target::Address(address) => {
            let found =
                discovery::discover(&address, &DiscoveryEnv::system(dialer.clone())).await?;
            eprintln!(
                "{address}: found {} by {}",
                found.endpoint,
                found.how.as_str()
            );
            Ok(UpstreamSpec {
                protocol: Protocol::Imap,
                endpoint: found.endpoint,
                user: found.user,
            })
        }
    }
}
