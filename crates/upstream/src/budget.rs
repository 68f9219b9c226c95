//! How many connections and logins a provider is asked to bear.
//!
//! Connections are counted by this process; logins at a provider and of a tenant cost tokens that all processes of a fleet
//! share ([`pushmail_pacer`]). Without the pacer, each worker has its share of them.
//!
//! One [`LoginBudget`] is shared by everything that logs in to upstreams: the watcher takes a [`Kind::Watch`] permit for
//! an account's one watch connection, whoever opens another connection on demand takes a [`Kind::Session`] permit.
//! Sessions have room of their own, at the account and at the host, and take turns with others in line, so that however many there
//! are, a watch connection never waits for more than one of them.

mod slots;
mod till;
mod tokens;

pub use till::Deps;

use crate::provider::Provider;
use crate::queue::Lane;
use pushmail_domain::{AccountId, Fault, FaultKind, TenantId};
use pushmail_pacer::{Bucket, Rate};
use serde::Deserialize;
use slots::{Slot, Slots};
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use till::{Till, lock};
use tokens::Tokens;
use tokio::time::sleep;

/// The settings of a [`LoginBudget`].
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BudgetConfig {
    /// Connections of one account at the same time; at least 1. One of them is the watch connection's.
    pub connections_per_account: u32,
    /// Connections of this process to one host from one source address at the same time; at least 2. A tenth of them, and
    /// at least one, is for sessions, the rest for watch connections. One source address has about 28,000 ports towards
    /// one host.
    pub connections_per_host: u32,
    /// Logins that one account may have at once after a quiet time; at least 2.
    pub logins_per_account: u32,
    /// And one more each time this has passed.
    #[serde(with = "pushmail_runtime::config::duration")]
    pub account_login_every: Duration,
    /// Logins that one provider may get at once from one source address after a quiet time, of all processes together; at
    /// least 1.
    pub logins_per_provider: u32,
    /// And one more each time this has passed.
    #[serde(with = "pushmail_runtime::config::duration")]
    pub provider_login_every: Duration,
    /// Logins that the accounts of one tenant may have at once after a quiet time, of all processes together; at least 1.
    pub logins_per_tenant: u32,
    /// And one more each time this has passed.
    #[serde(with = "pushmail_runtime::config::duration")]
    pub tenant_login_every: Duration,
}

impl Default for BudgetConfig {
    /// 2 connections per account, 20,000 per host; 10 logins of an account and one more every 10 s; 200 logins at a
    /// provider and one more every 10 ms; 2,000 logins of a tenant and one more every 1 ms.
    fn default() -> Self {
        Self {
            connections_per_account: 2,
            connections_per_host: 20_000,
            logins_per_account: 10,
            account_login_every: Duration::from_secs(10),
            logins_per_provider: 200,
            provider_login_every: Duration::from_millis(10),
            logins_per_tenant: 2_000,
            tenant_login_every: Duration::from_millis(1),
        }
    }
}

/// What is known of one provider: it may lower the budget, never raise it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ProviderBudget {
    /// Connections of one account at the same time.
    pub connections: Option<u32>,
    /// Seconds for each further login of one account.
    pub account_login_every: Option<u32>,
    /// Logins of all accounts together in a minute.
    pub logins_per_minute: Option<u32>,
}

/// What a connection is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// The connection that watches the account. It has one at most.
    Watch,
    /// A connection on demand, open for as long as somebody needs something.
    Session,
}

/// Whose connection is to be made, and where to.
#[derive(Debug, Clone, Copy)]
pub struct Ask<'a> {
    /// The account that is to log in.
    pub account: AccountId,
    /// Whose it is.
    pub tenant: TenantId,
    /// The host that is dialled.
    pub host: &'a str,
    /// Who runs it.
    pub provider: &'a Provider,
    /// What is known of the provider.
    pub limits: ProviderBudget,
    /// The source address that the account has there; `None` where the system chooses it.
    pub egress: Option<IpAddr>,
    /// What the connection is for.
    pub kind: Kind,
    /// How urgent it is.
    pub lane: Lane,
}

/// The right to have one connection and to log in on it once; given back when dropped. Hold it until the connection is
/// closed, and take a new one for the next.
#[derive(Debug)]
pub struct Permit {
    _slot: Slot,
}

/// Counts connections by account and host, and logins by account, provider and tenant. Make one for the process and share
/// it.
pub struct LoginBudget {
    config: BudgetConfig,
    slots: Arc<Slots>,
    till: Till,
    lines: Mutex<HashMap<Bucket, Arc<Tokens>>>,
}

impl std::fmt::Debug for LoginBudget {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LoginBudget")
            .field("config", &self.config)
            .finish_non_exhaustive()
    }
}

/// Lines beyond so many are looked through for those in which nobody waits.
const KEPT_LINES: usize = 1024;

impl LoginBudget {
    /// A budget of which this process uses nothing.
    pub fn new(config: BudgetConfig, deps: Deps) -> Self {
        let slots = Slots::new(config.connections_per_host);
        Self {
            config,
            slots: Arc::new(slots),
            till: Till::new(deps),
            lines: Mutex::default(),
        }
    }

    /// Waits until the connection may be made and the login sent. There is no limit to the wait: put a deadline around
    /// it where one is needed. Dropping the future gives up the place.
    ///
    /// # Errors
    ///
    /// [`FaultKind::Throttled`] at once for a [`Kind::Session`] where an account may have one connection only: that is
    /// the watch connection's.
    pub async fn acquire(&self, ask: &Ask<'_>) -> Result<Permit, Fault> {
        let connections = self.connections(ask);
        if ask.kind == Kind::Session && connections < 2 {
            let message = format!(
                "{} allows an account one connection, which watches the mailbox: nothing else can be read meanwhile",
                ask.provider
            );
            return Err(Fault::new(FaultKind::Throttled, message));
        }
        let slot = self.slots.take(ask, connections).await;
        self.account_turn(ask).await;
        self.tenant_turn(ask).await;
        self.provider_turn(ask).await;
        Ok(Permit { _slot: slot })
    }

    /// Whether the host or the account has no room for another connection of this kind now, so that
    /// [`LoginBudget::acquire`] would wait for one to end.
    pub fn is_full(&self, ask: &Ask<'_>) -> bool {
        !self.slots.have_room(ask, self.connections(ask))
    }

    fn connections(&self, ask: &Ask<'_>) -> u32 {
        let most = self.config.connections_per_account;
        ask.limits
            .connections
            .map_or(most, |known| known.min(most))
            .max(1)
    }

    /// Waits for the account's next login. A session leaves one over, for the watch connection.
    async fn account_turn(&self, ask: &Ask<'_>) {
        let known = ask.limits.account_login_every.unwrap_or(0);
        let rate = Rate {
            burst: self.config.logins_per_account.max(2),
            every: self
                .config
                .account_login_every
                .max(Duration::from_secs(known.into())),
        };
        let spared = match ask.kind {
            Kind::Watch => 0,
            Kind::Session => 1,
        };
        let now = || self.till.deps.clock.elapsed();
        while let Err(wait) = self.slots.log_in(ask.account, rate, spared, now()) {
            sleep(wait).await;
        }
    }

    /// Waits for the tenant's next login, in turn.
    async fn tenant_turn(&self, ask: &Ask<'_>) {
        let line = self.line(Bucket::Tenant(ask.tenant));
        let rate = Rate {
            burst: self.config.logins_per_tenant.max(1),
            every: self.config.tenant_login_every,
        };
        line.one(&self.till, rate, ask.tenant, ask.lane).await;
    }

    /// Waits for the provider's next login, in turn.
    async fn provider_turn(&self, ask: &Ask<'_>) {
        let line = self.line(Bucket::Provider {
            provider: ask.provider.as_str().to_owned(),
            egress: ask.egress,
        });
        let rate = self.provider_rate(ask.limits);
        line.one(&self.till, rate, ask.tenant, ask.lane).await;
    }

    fn provider_rate(&self, limits: ProviderBudget) -> Rate {
        let (burst, every) = (
            self.config.logins_per_provider.max(1),
            self.config.provider_login_every,
        );
        match limits.logins_per_minute {
            Some(known) => Rate {
                burst: burst.min(known.max(1)),
                every: every.max(Duration::from_secs(60) / known.max(1)),
            },
            None => Rate { burst, every },
        }
    }

    fn line(&self, bucket: Bucket) -> Arc<Tokens> {
        let mut lines = lock(&self.lines);
        if let Some(line) = lines.get(&bucket) {
            return line.clone();
        }
        if lines.len() >= KEPT_LINES {
            lines.retain(|_, line| Arc::strong_count(line) > 1);
        }
        let line = Arc::new(Tokens::new(bucket.clone()));
        lines.entry(bucket).or_insert(line).clone()
    }
}

#[cfg(test)]
mod tests;
