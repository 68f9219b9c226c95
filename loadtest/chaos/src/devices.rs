//! What the devices see, and when they have a session.

use crate::history::{History, Parted, Seen};
use async_trait::async_trait;
use pushmail_device::{Handler, HandlerError, Notice, Received};
use pushmail_loadtest_tenant::new_mail;
use std::sync::Arc;
use tokio::time::Instant;

/// Why a session ended, as the client says it, if the gateway sent the device away.
const SENT_AWAY: &str = "the gateway asked to connect again";

/// Puts down what one device sees.
pub(crate) struct Device {
    history: Arc<History>,
    session: Session,
}

/// Whether a device has a session.
enum Session {
    /// It never had one.
    None,
    Open,
    /// Not any more.
    Gone(Instant),
}

impl Device {
    pub(crate) fn new(history: &Arc<History>) -> Self {
        Self {
            history: Arc::clone(history),
            session: Session::None,
        }
    }

    fn opened(&mut self) {
        if let Session::Gone(since) = self.session {
            self.history.was_without(since.elapsed());
        }
        self.session = Session::Open;
    }

    fn ended(&mut self, why: &str) {
        let was_open = matches!(self.session, Session::Open);
        if was_open {
            self.session = Session::Gone(Instant::now());
        }
        self.history.parted(match (why == SENT_AWAY, was_open) {
            (true, _) => Parted::SentAway,
            (false, true) => Parted::Broken,
            (false, false) => Parted::Refused,
        });
    }
}

#[async_trait]
impl Handler for Device {
    async fn event(&mut self, received: Received) -> Result<(), HandlerError> {
        let mail = new_mail(&received);
        self.history.saw(Seen::Event {
            account: received.event.account,
            event: received.event.id,
            sequence: received.sequence,
            mail,
            again: received.duplicate,
        });
        Ok(())
    }

    fn notice(&mut self, notice: Notice) {
        match notice {
            Notice::Gap { account, .. } => self.history.saw(Seen::Gap { account }),
            Notice::Connected { accounts, .. } => {
                self.opened();
                self.history.connected(accounts);
            }
            Notice::Disconnected { why, .. } => self.ended(&why),
        }
    }
}
