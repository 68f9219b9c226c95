//! The test's hand on ActiveSync.

use super::{Discovery, Item, ItemId, StaleKey, Trouble, Wipe, Wiped};
use crate::server::Server;
use std::net::SocketAddr;
use std::sync::Arc;

/// The test's hand on ActiveSync: [`crate::Mailsim::eas`]. Where it takes a user, none stands for all.
#[derive(Clone, Copy)]
pub struct Hand<'s> {
    server: &'s Arc<Server>,
    addr: Option<SocketAddr>,
}

/// A device that the server knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    /// DeviceId.
    pub id: String,
    /// DeviceType, as the first request had it.
    pub kind: String,
    /// Whether it has a policy key.
    pub is_provisioned: bool,
    /// What it said of a remote wipe.
    pub wiped: Option<Wiped>,
}

impl<'s> Hand<'s> {
    pub(crate) const fn new(server: &'s Arc<Server>, addr: Option<SocketAddr>) -> Self {
        Self { server, addr }
    }

    /// Where ActiveSync is spoken; nowhere without [`crate::Config::eas`].
    pub fn addr(&self) -> Option<SocketAddr> {
        self.addr
    }

    /// Puts something into the user's calendar, contacts or tasks, and tells those who wait.
    pub fn add_item(&self, user: &str, item: Item) -> ItemId {
        let user = self.server.user(user);
        let id = user.eas(|account| account.items_mut().add(item));
        user.mailbox.wake();
        id
    }

    /// Changes an item. False if it is not there, or would be of another kind.
    pub fn change_item(&self, user: &str, id: ItemId, item: Item) -> bool {
        let user = self.server.user(user);
        let done = user.eas(|account| account.items_mut().change(id, item));
        user.mailbox.wake();
        done
    }

    /// Deletes an item. False if it is not there.
    pub fn delete_item(&self, user: &str, id: ItemId) -> bool {
        let user = self.server.user(user);
        let done = user.eas(|account| account.items_mut().remove(id));
        user.mailbox.wake();
        done
    }

    /// An item as it is now.
    pub fn item(&self, user: &str, id: ItemId) -> Option<Item> {
        let user = self.server.user(user);
        user.eas(|account| account.items().get(id.kind, id.number).cloned())
    }

    /// Lets something go wrong from now on, besides what goes wrong already; of several, what was said first comes first,
    /// and what concerns the user alone comes before what concerns all.
    pub fn spoil(&self, user: Option<&str>, trouble: impl Into<Trouble>) {
        let trouble = trouble.into();
        match user {
            Some(user) => self
                .server
                .user(user)
                .eas(|account| account.troubles().add(trouble)),
            None => self.server.eas.troubles().add(trouble),
        }
    }

    /// Lets nothing go wrong any more of what was said for this user, or for all.
    pub fn heal(&self, user: Option<&str>) {
        match user {
            Some(user) => self
                .server
                .user(user)
                .eas(|account| *account.troubles() = Default::default()),
            None => *self.server.eas.troubles() = Default::default(),
        }
    }

    /// Changes the policy: keys of before are refused in this way until the device has provisioned again.
    pub fn change_policy(&self, user: Option<&str>, stale: StaleKey) {
        match user {
            Some(user) => self
                .server
                .user(user)
                .eas(|account| account.policy.change(stale)),
            None => self.server.eas.policy().change(stale),
        }
    }

    /// Tells all devices that the user has now to forget, or, with none, does so no more.
    pub fn wipe(&self, user: &str, wipe: Option<Wipe>) {
        self.server.user(user).eas(|account| {
            for device in account.devices() {
                device.wipe = wipe;
            }
        });
    }

    /// Tells who looks for the user's server by Autodiscover this from now on.
    pub fn discover(&self, user: &str, discovery: Discovery) {
        let user = self.server.user(user);
        user.eas(|account| account.set_discovery(discovery));
    }

    /// The devices of a user, in the order in which they came.
    pub fn devices(&self, user: &str) -> Vec<Known> {
        self.server.user(user).eas(|account| {
            let devices = account.devices().iter();
            devices
                .map(|device| Known {
                    id: device.id.to_string(),
                    kind: device.kind.to_string(),
                    is_provisioned: device.provisioning.is_done(),
                    wiped: device.wiped,
                })
                .collect()
        })
    }

    /// What the user's clients did against the specification since the last call, oldest first, as `Sync: what: status
    /// 4`; the newest of it, as many as [`crate::Config::command_log`] says.
    pub fn mistakes(&self, user: &str) -> Vec<String> {
        let user = self.server.user(user);
        user.eas(super::Account::take_mistakes)
    }
}
