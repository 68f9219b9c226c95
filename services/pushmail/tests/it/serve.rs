//! `pushmail serve`, `ctl` and `listen`, together.

mod accounts;
mod api;
mod fetch;
mod restart;
mod sogo;
mod start;
mod subscribe;
mod tls;

use crate::support::{Config, Gateway, Listener, Mailbox};

/// A gateway that watches a mailbox at a real Dovecot, and a device that listens.
struct World {
    mailbox: Mailbox,
    gateway: Gateway,
    tenant: String,
    account: String,
    listener: Listener,
}

impl World {
    /// The account is live; `None` if Dovecot is to be done without.
    async fn start() -> Option<Self> {
        let mailbox = Mailbox::new()?;
        let ca_pem = mailbox.dovecot.ca_pem().to_owned();
        let gateway = Gateway::start(&Config {
            ca_pem,
            ..Config::default()
        })
        .await;
        let tenant = gateway.tenant("acme").await;
        let url = mailbox.imaps();
        let account = gateway
            .account(&tenant, &url, &["--password-env", "PW"])
            .await;
        let listener = Listener::start(&gateway, &tenant, &account).await;
        let world = Self {
            mailbox,
            gateway,
            tenant,
            account,
            listener,
        };
        world.live().await;
        Some(world)
    }

    /// Waits until the account's first event is logged, which says that it is live.
    async fn live(&self) {
        let mut tail = self.gateway.tail(&self.tenant, &self.account);
        let live = |object: &serde_json::Value| object["state"] == "live";
        crate::support::wait_for(&mut tail, live).await;
    }
}
