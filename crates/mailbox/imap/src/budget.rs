//! How many sessions may be open.

use async_trait::async_trait;
use pushmail_domain::{AccountId, Endpoint, TenantId};
use pushmail_imap::Quirks;
use pushmail_upstream::breaker::{Blocked, Breakers, Caller};
use pushmail_upstream::budget::{self, Ask, Kind};
use pushmail_upstream::dial::Dialer;
use pushmail_upstream::provider::Provider;
use pushmail_upstream::queue::Lane;
use std::any::Any;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

/// Whoever wants to read a message does not wait longer for the right to log in.
const PATIENCE: Duration = Duration::from_secs(10);

/// The right to have one session open; given back when dropped.
pub struct Permit(#[expect(dead_code, reason = "held, not read")] Box<dyn Any + Send + Sync>);

impl Permit {
    /// A permit that holds this until it is dropped.
    pub fn new(held: impl Any + Send + Sync) -> Self {
        Self(Box::new(held))
    }
}

impl std::fmt::Debug for Permit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Permit")
    }
}

/// No session may be opened now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// One clause for people: why, and what to do.
    pub why: String,
    /// Whether a session of another account that is closed would make room.
    pub by_others: bool,
}

/// Who decides whether one more session may be opened.
#[async_trait]
pub trait LoginBudget: Send + Sync {
    /// The right to log in to `endpoint` as the tenant's `account`, and to stay. Does not wait for long.
    ///
    /// # Errors
    /// [`Refused`], if there are too many sessions or logins already.
    async fn session_permit(
        &self,
        tenant: TenantId,
        account: AccountId,
        endpoint: &Endpoint,
    ) -> Result<Permit, Refused>;
}

/// The budget and the breakers that the watcher's connections are under, with room for so many sessions.
#[derive(Debug)]
pub struct Shared {
    room: Bounded,
    logins: Arc<budget::LoginBudget>,
    breakers: Arc<Breakers>,
    dialer: Arc<Dialer>,
}

impl Shared {
    /// Sessions within `room`, whose logins count with all others, from the source address that `dialer` dials from.
    pub const fn new(
        room: Bounded,
        logins: Arc<budget::LoginBudget>,
        breakers: Arc<Breakers>,
        dialer: Arc<Dialer>,
    ) -> Self {
        Self {
            room,
            logins,
            breakers,
            dialer,
        }
    }
}

#[async_trait]
impl LoginBudget for Shared {
    async fn session_permit(
        &self,
        tenant: TenantId,
        account: AccountId,
        endpoint: &Endpoint,
    ) -> Result<Permit, Refused> {
        let place = self.room.session_permit(tenant, account, endpoint).await?;
        let quirks = Quirks::of_host(&endpoint.host);
        let provider = Provider::new(&quirks.name, &endpoint.host);
        let refused = |why| Refused {
            why,
            by_others: false,
        };
        let caller = Caller {
            account,
            proven: false,
        };
        if let Err(Blocked(pause)) = self.breakers.admit(&provider, caller) {
            let seconds = pause.as_secs().max(1);
            return Err(refused(format!(
                "many logins at {provider} fail at present: try again in {seconds} s"
            )));
        }
        let source = self.dialer.source(account, &endpoint.host).await;
        let ask = Ask {
            account,
            tenant,
            host: &endpoint.host,
            provider: &provider,
            limits: quirks.budget,
            egress: source.map_err(|fault| refused(fault.message))?,
            kind: Kind::Session,
            lane: Lane::Session,
        };
        match timeout(PATIENCE, self.logins.acquire(&ask)).await {
            Ok(Ok(permit)) => Ok(Permit::new((place, permit))),
            Ok(Err(fault)) => Err(refused(fault.message)),
            Err(_elapsed) => Err(refused(format!(
                "{provider} gets as many logins as upstream.budget allows: try again in a moment"
            ))),
        }
    }
}

/// A budget of so many sessions in all, and so many of each account.
#[derive(Debug)]
pub struct Bounded {
    all: Arc<Semaphore>,
    each: usize,
    accounts: Arc<Mutex<HashMap<AccountId, usize>>>,
}

/// One account's place among its own sessions.
struct Place {
    accounts: Arc<Mutex<HashMap<AccountId, usize>>>,
    account: AccountId,
    _one_of_all: OwnedSemaphorePermit,
}

impl Bounded {
    /// For at most `all` sessions, `each` of one account; at least 1.
    pub fn new(all: usize, each: usize) -> Self {
        Self {
            all: Arc::new(Semaphore::new(all.clamp(1, Semaphore::MAX_PERMITS))),
            each: each.max(1),
            accounts: Arc::default(),
        }
    }
}

#[async_trait]
impl LoginBudget for Bounded {
    async fn session_permit(
        &self,
        _tenant: TenantId,
        account: AccountId,
        _endpoint: &Endpoint,
    ) -> Result<Permit, Refused> {
        let one_of_all = self.all.clone().try_acquire_owned();
        let one_of_all = one_of_all.map_err(|_full| Refused {
            why: "as many sessions are open as mailbox.sessions allows: try again in a moment, or raise it".to_owned(),
            by_others: true,
        })?;
        let mut accounts = self.accounts.lock().unwrap_or_else(PoisonError::into_inner);
        let count = accounts.entry(account).or_default();
        if *count >= self.each {
            let each = self.each;
            return Err(Refused {
                why: format!(
                    "the account has {each} sessions open, as many as mailbox.sessions_per_account allows: try again in a moment"
                ),
                by_others: false,
            });
        }
        *count += 1;
        Ok(Permit::new(Place {
            accounts: self.accounts.clone(),
            account,
            _one_of_all: one_of_all,
        }))
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut accounts = self.accounts.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = accounts.get_mut(&self.account) {
            *count -= 1;
            if *count == 0 {
                accounts.remove(&self.account);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use pushmail_domain::Security;

    const TENANT: TenantId = TenantId::from_bytes([1; 16]);

    #[tokio::test]
    async fn where_an_account_may_have_one_connection_only_it_has_no_session() {
        let clock = Arc::new(pushmail_testkit::MockClock::new());
        let config = budget::BudgetConfig {
            connections_per_account: 1,
            ..budget::BudgetConfig::default()
        };
        let breakers = Breakers::new(
            pushmail_upstream::breaker::BreakerConfig::default(),
            clock.clone(),
            Arc::new(pushmail_testkit::SeededEntropy::new(1)),
            pushmail_runtime::Telemetry::disabled(),
        );
        let deps = budget::Deps {
            pacer: Arc::new(pushmail_pacer_embedded::EmbeddedPacer::new(clock.clone())),
            workers: pushmail_pacer::Workers::default(),
            clock,
            entropy: Arc::new(pushmail_testkit::SeededEntropy::new(1)),
            telemetry: pushmail_runtime::Telemetry::disabled(),
        };
        let logins = budget::LoginBudget::new(config, deps);
        let guard = pushmail_upstream::egress::EgressGuard::unrestricted();
        let tls = pushmail_upstream::tls::client_config(None).unwrap();
        let shared = Shared::new(
            Bounded::new(2, 1),
            Arc::new(logins),
            Arc::new(breakers),
            Arc::new(Dialer::new(guard, tls)),
        );
        let endpoint = Endpoint {
            host: "localhost".into(),
            port: 1,
            security: Security::Tls,
        };
        let account = AccountId::from_bytes([1; 16]);
        let refused = shared
            .session_permit(TENANT, account, &endpoint)
            .await
            .unwrap_err();
        assert!(refused.why.contains("one connection"), "{}", refused.why);
    }

    #[tokio::test]
    async fn an_account_has_its_share_and_all_have_no_more_than_there_is() {
        let budget = Bounded::new(2, 1);
        let endpoint = Endpoint {
            host: "localhost".into(),
            port: 1,
            security: Security::Tls,
        };
        let ask =
            |number| budget.session_permit(TENANT, AccountId::from_bytes([number; 16]), &endpoint);
        let one = ask(1).await.unwrap();
        assert!(!ask(1).await.unwrap_err().by_others);
        let _two = ask(2).await.unwrap();
        assert!(ask(3).await.unwrap_err().by_others);
        drop(one);
        ask(1).await.unwrap();
        assert_eq!(budget.accounts.lock().unwrap().len(), 1);
    }
}
