//! From what a person types to where a mailbox is.

use pushmail_domain::{Endpoint, Fault};
use pushmail_upstream::dial::Dialer;
use pushmail_upstream::discovery::{self, DiscoveryEnv};
use pushmail_upstream::target::Target;

/// The server and the login name of a target. A discovered server is named on standard error.
pub(crate) async fn locate(target: Target, dialer: &Dialer) -> Result<(Endpoint, String), Fault> {
    match target {
        Target::Server { endpoint, user } => Ok((endpoint, user)),
        Target::Address(address) => {
            let found =
                discovery::discover(&address, &DiscoveryEnv::system(dialer.clone())).await?;
            eprintln!(
                "{address}: found {} by {}",
                found.endpoint,
                found.how.as_str()
            );
            Ok((found.endpoint, found.user))
        }
    }
}
