//! What the server keeps of a user for ActiveSync.

use super::Command;
use super::autodiscover::Discovery;
use super::device::Device;
use super::faults::{Fault, Troubles};
use super::items::Items;
use super::service::PolicyState;
use std::collections::VecDeque;

static NO_ITEMS: Items = Items::new();

/// What the server keeps of a user for ActiveSync.
#[derive(Default)]
pub(crate) struct Account {
    devices: Vec<Device>,
    /// Changes of the policy for this user alone.
    pub(super) policy: PolicyState,
    rare: Option<Box<Rare>>,
}

/// What most users have nothing of, of hundreds of thousands that only wait.
#[derive(Default)]
struct Rare {
    items: Items,
    troubles: Troubles,
    discovery: Discovery,
    mistakes: VecDeque<String>,
}

impl Account {
    /// The place of the device with this id, made at first sight.
    pub(super) fn place(&mut self, id: &str, kind: &str) -> usize {
        let known = self.devices.iter().position(|device| &*device.id == id);
        known.unwrap_or_else(|| {
            // Most users have one device.
            self.devices.reserve_exact(1);
            self.devices.push(Device::new(id, kind));
            self.devices.len() - 1
        })
    }

    /// The device at this place, which [`Account::place`] gave.
    pub(super) fn device(&mut self, place: usize) -> &mut Device {
        &mut self.devices[place]
    }

    pub(super) fn devices(&mut self) -> &mut [Device] {
        &mut self.devices
    }

    pub(super) fn items(&self) -> &Items {
        self.rare.as_ref().map_or(&NO_ITEMS, |rare| &rare.items)
    }

    pub(super) fn items_mut(&mut self) -> &mut Items {
        &mut self.rare().items
    }

    /// The device at this place, and the items.
    pub(super) fn parts(&mut self, place: usize) -> (&mut Device, &Items) {
        let items = self.rare.as_ref().map_or(&NO_ITEMS, |rare| &rare.items);
        (&mut self.devices[place], items)
    }

    pub(super) fn troubles(&mut self) -> &mut Troubles {
        &mut self.rare().troubles
    }

    /// What goes wrong at this command, or at OPTIONS.
    pub(super) fn next_fault(&mut self, command: Option<Command>) -> Option<Fault> {
        self.rare.as_mut()?.troubles.next(command)
    }

    /// What is told of where the user's server is.
    pub(super) fn discovery(&self) -> Discovery {
        let rare = self.rare.as_ref();
        rare.map_or(Discovery::Here, |rare| rare.discovery.clone())
    }

    pub(super) fn set_discovery(&mut self, discovery: Discovery) {
        self.rare().discovery = discovery;
    }

    /// Keeps what a client did wrong, of which the newest `bound` are remembered.
    pub(super) fn note(&mut self, mistake: String, bound: usize) {
        if bound == 0 {
            return;
        }
        let mistakes = &mut self.rare().mistakes;
        if mistakes.len() >= bound {
            mistakes.pop_front();
        }
        mistakes.push_back(mistake);
    }

    /// What clients did wrong, oldest first; it is forgotten.
    pub(super) fn take_mistakes(&mut self) -> Vec<String> {
        let mistakes = self.rare.as_mut().map(|rare| &mut rare.mistakes);
        mistakes.map(std::mem::take).unwrap_or_default().into()
    }

    fn rare(&mut self) -> &mut Rare {
        self.rare.get_or_insert_default()
    }
}
