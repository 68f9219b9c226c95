//! The mailboxes that are watched, and their devices.

use super::Plant;
use super::devices::Devices;
use super::gateway::{DELIVERY, Gateway, Registered};
use super::run::World;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::time::sleep;

/// For how long mail is sent before anything else is done.
const CALM: Duration = Duration::from_secs(5);

/// Those of one tenant.
pub(super) struct Accounts {
    gateway: Gateway,
    tenant: String,
    /// In the order of the mailboxes' numbers, each with its device.
    registered: Vec<(Registered, Devices)>,
}

impl Accounts {
    /// An error if a device gave up.
    pub(super) fn check(&mut self) -> anyhow::Result<()> {
        let mut devices = self.registered.iter_mut().map(|(_, devices)| devices);
        devices.try_for_each(Devices::check)
    }
}

impl World<'_> {
    /// Makes the tenant, and has mail be sent to its mailboxes from then on.
    pub(super) async fn connect(&mut self, mailboxes: u32) -> anyhow::Result<()> {
        let gateway = Gateway::connect(&self.look).await?;
        self.accounts = Some(Accounts {
            tenant: gateway.tenant("cluster test").await?,
            gateway,
            registered: Vec::new(),
        });
        self.grow(mailboxes).await?;
        let sending = Arc::clone(&self.mail).go_on(self.args.rate);
        self.sender = Some(tokio::spawn(sending));
        sleep(CALM).await;
        Ok(())
    }

    /// Registers more mailboxes, up to so many, connects their devices, and waits until all are watched. Only then they get mail.
    pub(super) async fn grow(&mut self, mailboxes: u32) -> anyhow::Result<()> {
        let Some(accounts) = &mut self.accounts else {
            return Ok(());
        };
        let (gateway, tenant) = (&accounts.gateway, &accounts.tenant);
        let first = u32::try_from(accounts.registered.len())?;
        let more = gateway.register(&self.mail, tenant, first..mailboxes);
        let forgets = self.args.plant == Some(Plant::Forget);
        for (one, number) in more.await?.into_iter().zip(first..) {
            let forgets = forgets && number == 0;
            let tokens = vec![one.token.clone()];
            let devices = Devices::start(tokens, DELIVERY, &gateway.ca_pem, &self.ledger, forgets);
            accounts.registered.push((one, devices));
        }
        let all = &accounts.registered;
        let connected = async || Ok(all.iter().all(|(_, devices)| devices.connected() > 0));
        let what = "every device is connected";
        self.look.until(what, connected).await?;
        let watched = async || Ok(self.mail.server.idling() >= mailboxes as usize);
        self.look.until("every mailbox is watched", watched).await?;
        self.mail.mailboxes.store(mailboxes, Ordering::Relaxed);
        Ok(())
    }

    /// Removes mailboxes, so that so many are left, once they have all the mail that was sent to them.
    pub(super) async fn shrink(&mut self, mailboxes: u32) -> anyhow::Result<()> {
        self.mail.mailboxes.store(mailboxes, Ordering::Relaxed);
        self.until_received().await;
        let Some(accounts) = &mut self.accounts else {
            return Ok(());
        };
        for (one, devices) in accounts.registered.split_off(mailboxes as usize) {
            drop(devices);
            accounts
                .gateway
                .remove(&accounts.tenant, one.account)
                .await?;
        }
        Ok(())
    }
}
