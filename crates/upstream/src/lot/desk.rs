//! What the connections of a thread use in turn.

use super::LotConfig;
use crate::flow::Moment;
use crate::tls::TlsPark;
use pushmail_domain::Clock;
use std::sync::Arc;
use std::time::Duration;

/// What the connections of a thread use in turn.
pub(super) struct Desk {
    pub(super) tls_park: TlsPark,
    clock: Arc<dyn Clock>,
    pub(super) scratch: Scratch,
}

/// Buffers that are empty between two uses.
#[derive(Default)]
pub(crate) struct Scratch {
    /// As it came from the socket.
    pub(crate) incoming: Vec<u8>,
    /// As it is for the flow.
    pub(crate) data: Vec<u8>,
    /// What TLS itself has to say.
    pub(crate) outgoing: Vec<u8>,
}

impl Desk {
    pub(super) fn new(config: LotConfig, clock: Arc<dyn Clock>) -> Self {
        Self {
            tls_park: config.tls_park,
            clock,
            scratch: Scratch::default(),
        }
    }

    pub(super) fn elapsed(&self) -> Duration {
        self.clock.elapsed()
    }

    pub(super) fn moment(&self) -> Moment {
        Moment::of(&*self.clock)
    }
}
