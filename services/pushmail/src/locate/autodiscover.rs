//! Does what a search by Autodiscover says: asks servers, DNS and the user.

use super::exchange::exchange;
use crate::credential::CredentialArgs;
use pushmail_domain::{Authentication, Fault, FaultKind};
use pushmail_eas::autodiscover::{Autodiscover, Failure, Found, Query, Reply, Step};
use pushmail_upstream::discovery::DiscoveryEnv;
use pushmail_upstream::target::MailAddress;
use std::time::Duration;
use tokio::time::{Instant, timeout};

/// How long one question may take, from the name to the end of the answer.
const TIMEOUT: Duration = Duration::from_secs(10);
/// How long all questions together may take, but for what the user is asked.
const WHOLE_TIMEOUT: Duration = Duration::from_secs(90);

/// What the user is asked, or has said already.
pub(super) struct Asked<'a> {
    pub(super) credential: &'a mut CredentialArgs,
    /// Hosts outside of the address's domain that may be asked.
    pub(super) trusted: &'a [String],
}

/// Finds the address's server of Exchange ActiveSync.
///
/// # Errors
/// [`FaultKind::UnknownHost`] if none was found, [`FaultKind::AuthRejected`] if the credential was rejected on the way, or
/// [`FaultKind::CredentialUnavailable`] if it could not be had. The message says what to do.
pub(super) async fn find(
    address: MailAddress,
    env: &DiscoveryEnv,
    asked: &mut Asked<'_>,
) -> Result<Found, Fault> {
    let user = address.to_string();
    let (mut search, mut reply) = (Autodiscover::new(address), None);
    let mut left = WHOLE_TIMEOUT;
    loop {
        reply = Some(match search.next(reply.take()) {
            Step::Send(query) => within(&mut left, Box::pin(send(env, &query))).await?,
            Step::Srv(name) => {
                let target = async { Reply::Srv(env.service(&name).await) };
                within(&mut left, target).await?
            }
            Step::Consent(host) => Reply::Consent(asked.is_trusted(&host)),
            Step::Credential(host) => Reply::Credential(asked.credential(&user, &host).await?),
            Step::Done(outcome) => return outcome.map_err(|failure| fault(&failure)),
        });
    }
}

impl Asked<'_> {
    fn is_trusted(&self, host: &str) -> bool {
        let mut trusted = self.trusted.iter();
        trusted.any(|trusted| trusted.eq_ignore_ascii_case(host))
    }

    async fn credential(&mut self, user: &str, host: &str) -> Result<Authentication, Fault> {
        self.credential.ready(user, host)?;
        let (authentication, _) = self.credential.authentication().await?;
        Ok(authentication)
    }
}

async fn send(env: &DiscoveryEnv, query: &Query) -> Reply {
    exchange(env, query).await.unwrap_or_else(|fault| {
        tracing::debug!(url = %query.url, %fault, "no Autodiscover");
        Reply::Failed
    })
}

/// What came of it in the time that there is for it, and for all.
async fn within(left: &mut Duration, reply: impl Future<Output = Reply>) -> Result<Reply, Fault> {
    let begun = Instant::now();
    let reply = timeout(TIMEOUT.min(*left), reply).await;
    *left = left.saturating_sub(begun.elapsed());
    match left.is_zero() {
        true => Err(Fault::new(
            FaultKind::Timeout,
            format!("Autodiscover took too long: {NAME_IT}"),
        )),
        false => Ok(reply.unwrap_or(Reply::Failed)),
    }
}

const NAME_IT: &str = "name the server: eas://user@host";

/// The failure, and what to do.
fn fault(failure: &Failure) -> Fault {
    let (kind, remedy) = match failure {
        Failure::Untrusted { host, .. } => (
            FaultKind::UnknownHost,
            format!(
                "if the mailbox is there, allow that it is asked and shown the credential, with --trust-redirect {host}, or {NAME_IT}"
            ),
        ),
        Failure::Rejected { .. } => (
            FaultKind::AuthRejected,
            format!("check the address and the password, or {NAME_IT}"),
        ),
        Failure::Unsendable(_) => (FaultKind::CredentialUnavailable, NAME_IT.to_owned()),
        Failure::Nothing { .. }
        | Failure::Circle { .. }
        | Failure::TooFar { .. }
        | Failure::TopLevel { .. } => (
            FaultKind::UnknownHost,
            format!("check the address, or {NAME_IT}"),
        ),
    };
    Fault::new(kind, format!("{failure}: {remedy}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_question_and_all_together_take_only_so_long() {
        let mut left = WHOLE_TIMEOUT;
        let quick = within(&mut left, async { Reply::Consent(true) }).await;
        assert!(matches!(quick, Ok(Reply::Consent(true))));
        for answered in 1..9 {
            let failed = within(&mut left, std::future::pending()).await;
            assert!(matches!(failed, Ok(Reply::Failed)), "{answered}");
        }
        let fault = within(&mut left, std::future::pending()).await.unwrap_err();
        assert_eq!(fault.kind, FaultKind::Timeout);
    }
}
