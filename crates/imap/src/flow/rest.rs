//! The conversation while its connection is parked: packed, but for what it shares with others.
//!
//! A conversation that waits has no login, no input, no output, and no command but its IDLE, which was the last it
//! sent. The rest of it goes through serde into [postcard](https://postcard.jamesmunns.com/wire-format), where most
//! numbers take a byte or two.

use super::ImapFlow;
use super::Phase;
use super::command::{Kind, Pending};
use super::idle::Idle;
use crate::quirks::Quirks;
use pushmail_domain::{Endpoint, Security};
use pushmail_upstream::{Flow, Rest};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// All that is packed.
#[derive(Serialize, Deserialize)]
struct Packed<F, I> {
    flow: F,
    /// The IDLE under way, and when it is to be ended; none between two polls.
    idle: Option<(I, Duration)>,
}

impl ImapFlow {
    /// The conversation in few bytes, if it only waits.
    pub(super) fn packed(&self) -> Option<Rest> {
        if !self.only_waits() || !self.has_named_quirks() {
            return None;
        }
        let idle = match self.pending.front() {
            None => None,
            Some(pending) => Some((self.last_idle(pending)?, pending.deadline)),
        };
        let bytes = postcard::to_allocvec(&Packed { flow: self, idle }).ok()?;
        Some(Rest::new(bytes, wake))
    }

    fn only_waits(&self) -> bool {
        self.phase == Phase::Running
            && self.live
            && self.login.is_none()
            && self.decoder.is_none()
            && self.unread.is_none()
            && self.outputs.is_empty()
            && self.pending.len() <= 1
            && self.survey.after_live.is_none()
    }

    /// Whether its quirks are found again by their name.
    fn has_named_quirks(&self) -> bool {
        Quirks::named(&self.quirks.name).is_some_and(|named| std::ptr::eq(named, self.quirks))
    }

    /// The IDLE that waits, if that is the command and the last one that was sent.
    fn last_idle<'a>(&self, pending: &'a Pending) -> Option<&'a Idle> {
        match &pending.kind {
            Kind::Idle(idle) if idle.is_waiting() && pending.tag == self.last_tag() => Some(idle),
            _ => None,
        }
    }
}

fn wake(bytes: &[u8], endpoint: &Endpoint) -> Option<Box<dyn Flow>> {
    let Packed::<ImapFlow, Idle> { mut flow, idle } = postcard::from_bytes(bytes).ok()?;
    endpoint.clone_into(&mut flow.endpoint);
    if let Some((idle, deadline)) = idle {
        flow.pending.push_back(Pending {
            tag: flow.last_tag(),
            kind: Kind::Idle(idle),
            deadline,
        });
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

/// Quirks are known by their name.
pub(super) mod by_name {
    use crate::quirks::Quirks;
    use serde::de::Error as _;
    use serde::{Deserialize as _, Deserializer, Serializer};

    pub(in crate::flow) fn serialize<S: Serializer>(
        quirks: &Quirks,
        to: S,
    ) -> Result<S::Ok, S::Error> {
        to.serialize_str(&quirks.name)
    }

    pub(in crate::flow) fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<&'static Quirks, D::Error> {
        let name = <&str>::deserialize(from)?;
        Quirks::named(name).ok_or_else(|| D::Error::custom("no such quirks"))
    }
}
