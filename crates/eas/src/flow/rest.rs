//! The conversation while its Ping waits: packed, without the endpoint, which others hold too.
//!
//! It goes through serde into [postcard](https://postcard.jamesmunns.com/wire-format), where most numbers take a byte or
//! two. What is secret is not packed: it is asked for again.

use super::exchange::{Exchange, Step};
use super::{Connection, EasFlow};
use pushmail_domain::{Endpoint, Security, Timestamp};
use pushmail_upstream::{Flow, Moment, Rest};

impl EasFlow {
    /// The conversation in few bytes, if it only waits.
    pub(super) fn packed(&self) -> Option<Rest> {
        if !self.only_waits() {
            return None;
        }
        let bytes = postcard::to_allocvec(self).ok()?;
        Some(Rest::new(bytes, wake))
    }

    fn only_waits(&self) -> bool {
        let waits = self.exchange.as_ref().is_none_or(|exchange| {
            matches!(exchange.step, Step::Ping { .. }) && exchange.is_untouched()
        });
        let open = matches!(self.connection, Connection::Open { .. });
        waits && self.live && self.outputs.is_empty() && open
    }
}

fn wake(bytes: &[u8], endpoint: &Endpoint) -> Option<Box<dyn Flow>> {
    let mut flow: EasFlow = postcard::from_bytes(bytes).ok()?;
    endpoint.clone_into(&mut flow.endpoint);
    if let Some((elapsed, heartbeat)) = flow.waiting.under_way {
        // Of a Ping nothing is dated by the wall clock of its beginning.
        let now = Timestamp::from_micros(0);
        let sent = Moment { now, elapsed };
        let exchange = Exchange::new(Step::Ping { heartbeat }, false, sent);
        flow.exchange = Some(Box::new(exchange));
    }
    Some(Box::new(flow))
}

/// Stands where the endpoint is, which is not packed.
pub(super) const fn nowhere() -> Endpoint {
    Endpoint {
        host: String::new(),
        port: 0,
        security: Security::Tls,
    }
}
