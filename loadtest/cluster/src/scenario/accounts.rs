//! The mailboxes that are watched, and their devices.

use super::Plant;
use super::devices::Device;
use super::gateway::{Gateway, Registered};
use super::run::World;
use pushmail_loadtest_tenant::Devices;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::time::sleep;

/// For how long mail is sent before anything else is done.
const CALM: Duration = Duration::from_secs(5);

/// Those of one tenant.
pub(super) struct Accounts {
    gateway: Gateway,
    /// In the order of the mailboxes' numbers.
    watched: Vec<Watched>,
}

/// A mailbox, with its device.
struct Watched {
    account: String,
    device: Devices,
    connected: Arc<AtomicBool>,
}

impl Accounts {
    /// An error if a device gave up.
    pub(super) fn check(&mut self) -> anyhow::Result<()> {
        let mut devices = self.watched.iter_mut().map(|one| &mut one.device);
        devices.try_for_each(Devices::check)
    }
}

impl World<'_> {
    /// Makes the tenant, and has mail be sent to its mailboxes from then on.
    pub(super) async fn connect(&mut self, mailboxes: u32) -> anyhow::Result<()> {
        self.accounts = Some(Accounts {
            gateway: Gateway::connect(&self.look).await?,
            watched: Vec::new(),
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
        let (gateway, watched) = (&accounts.gateway, &mut accounts.watched);
        for mailbox in u32::try_from(watched.len())?..mailboxes {
            let Registered { account, token } = gateway.register(&self.mail, mailbox).await?;
            let connected = Arc::<AtomicBool>::default();
            let forgets = self.args.plant == Some(Plant::Forget) && mailbox == 0;
            let handler = Device::new(&self.ledger, &connected, forgets);
            let mut device = Devices::default();
            device.add(token, &gateway.delivery, handler);
            watched.push(Watched {
                account,
                device,
                connected,
            });
        }
        let is_connected = |one: &Watched| one.connected.load(Ordering::Relaxed);
        let connected = async || Ok(watched.iter().all(is_connected));
        let what = "every device is connected";
        self.look.until(what, connected).await?;
        let idling = async || Ok(self.mail.server.idling() >= mailboxes as usize);
        self.look.until("every mailbox is watched", idling).await?;
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
        let tenant = &accounts.gateway.tenant;
        for one in accounts.watched.split_off(mailboxes as usize) {
            drop(one.device);
            tenant.remove(one.account).await?;
        }
        Ok(())
    }
}
