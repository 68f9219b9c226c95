//! The mailboxes that are watched through Exchange ActiveSync, and what goes wrong at their server between the kills.

use crate::fleet::user;
use pushmail_domain::memory::FINGERPRINTS;
use pushmail_mailsim::Mailsim;
use pushmail_mailsim::eas::{Command, Fault};
use std::sync::Arc;

/// The status of Sync for a folder whose key is void (MS-ASCMD, section 2.2.3.177.17).
const INVALID_KEY: u16 = 3;
/// The status of FolderSync for a key that is void (MS-ASCMD, section 2.2.3.177.4).
const INVALID_HIERARCHY_KEY: u16 = 9;
/// How often the server is too busy before it is well again.
const BUSY: u32 = 12;

/// The simulated server as these mailboxes have it.
pub(crate) struct Troubled {
    pub(crate) sim: Arc<Mailsim>,
    pub(crate) mailboxes: Vec<u32>,
}

impl Troubled {
    /// Lets go wrong what is due before this kill, instead of what did before the last one.
    pub(crate) fn trouble(&self, kill: u32) {
        let hand = self.sim.eas();
        hand.heal(None);
        match kill % 5 {
            1 => self.sim.disconnect_all(),
            2 => hand.spoil(None, Fault::Close),
            3 => self.take_back(&Fault::Folders(INVALID_KEY), Command::Sync),
            4 => self.take_back(&Fault::Status(INVALID_HIERARCHY_KEY), Command::FolderSync),
            _ => {
                let busy = Fault::Unavailable {
                    retry_after: Some(1),
                    throttle: None,
                };
                hand.spoil(None, busy.on([Command::Ping, Command::Sync]).times(BUSY));
            }
        }
    }

    /// Lets nothing go wrong any more.
    pub(crate) fn heal(&self) {
        self.sim.eas().heal(None);
        for (_, user) in self.users() {
            self.sim.eas().heal(Some(&user));
        }
    }

    /// Takes a key back, once, of every other mailbox. Not where more mail came than is remembered: of a folder that is read
    /// from its beginning, what came lately and is not remembered is told again, under the id that it had.
    fn take_back(&self, fault: &Fault, command: Command) {
        let losing = self.users().filter(|(keeps_keys, _)| !keeps_keys);
        for (_, user) in losing {
            if self.sim.messages(&user).len() < FINGERPRINTS {
                let once = fault.clone().on([command]).times(1);
                self.sim.eas().spoil(Some(&user), once);
            }
        }
    }

    /// What the gateway asked for against the specification: with a key that is neither the server's newest one nor the one
    /// before, mostly. Where the server took keys back, that is no wonder, and does not count.
    pub(crate) fn mistakes(&self) -> Vec<String> {
        let keeping = self.users().filter(|(keeps_keys, _)| *keeps_keys);
        let mistakes = keeping.flat_map(|(_, user)| {
            let mistakes = self.sim.eas().mistakes(&user).into_iter();
            mistakes.map(move |mistake| format!("{user}: {mistake}"))
        });
        mistakes.collect()
    }

    /// Their names, and whether the server keeps to the keys that it gave them.
    fn users(&self) -> impl Iterator<Item = (bool, String)> {
        let numbered = self.mailboxes.iter().enumerate();
        numbered.map(|(number, mailbox)| (number % 2 == 0, user(*mailbox)))
    }
}
