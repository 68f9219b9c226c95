//! What the devices see.

use super::ledger::Ledger;
use async_trait::async_trait;
use pushmail_device::{Handler, HandlerError, Notice, Received};
use pushmail_loadtest_tenant::new_mail;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Takes one device's events to the ledger.
pub(super) struct Device {
    ledger: Arc<Ledger>,
    /// Whether it has connected at least once.
    connected: Arc<AtomicBool>,
    /// Whether it is still to forget an event.
    forgets: bool,
}

impl Device {
    /// One that notes in `connected` when it is. If it `forgets`, it takes no note of one event.
    pub(super) fn new(ledger: &Arc<Ledger>, connected: &Arc<AtomicBool>, forgets: bool) -> Self {
        Self {
            ledger: Arc::clone(ledger),
            connected: Arc::clone(connected),
            forgets,
        }
    }
}

#[async_trait]
impl Handler for Device {
    async fn event(&mut self, received: Received) -> Result<(), HandlerError> {
        let mail = new_mail(&received);
        if mail.is_some() && std::mem::take(&mut self.forgets) {
            return Ok(());
        }
        self.ledger.saw(received.event.id, received.duplicate, mail);
        Ok(())
    }

    fn notice(&mut self, notice: Notice) {
        match notice {
            Notice::Gap { .. } => self.ledger.reset(),
            Notice::Connected { .. } => self.connected.store(true, Ordering::Relaxed),
            Notice::Disconnected { .. } => {}
        }
    }
}
