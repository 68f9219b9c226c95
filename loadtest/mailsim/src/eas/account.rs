//! What the server keeps of a user for ActiveSync.

use super::autodiscover::Discovery;
use super::device::Device;
use super::faults::Troubles;
use super::items::Items;
use super::service::PolicyState;
use std::collections::VecDeque;

/// What the server keeps of a user for ActiveSync.
#[derive(Default)]
pub(crate) struct Account {
    devices: Vec<Device>,
    pub(super) items: Items,
    pub(super) troubles: Troubles,
    /// Changes of the policy for this user alone.
    pub(super) policy: PolicyState,
    /// None as long as the server is here.
    pub(super) discovery: Option<Box<Discovery>>,
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

    /// The device at this place, and the items.
    pub(super) fn parts(&mut self, place: usize) -> (&mut Device, &mut Items) {
        (&mut self.devices[place], &mut self.items)
    }

    /// Keeps what a client did wrong, of which the newest `bound` are remembered.
    pub(super) fn note(&mut self, mistake: String, bound: usize) {
        if bound == 0 {
            return;
        }
        if self.mistakes.len() >= bound {
            self.mistakes.pop_front();
        }
        self.mistakes.push_back(mistake);
    }

    /// What clients did wrong, oldest first; it is forgotten.
    pub(super) fn take_mistakes(&mut self) -> Vec<String> {
        std::mem::take(&mut self.mistakes).into()
    }
}
