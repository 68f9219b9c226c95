//! Letting a flow sleep and wake, as the lot does with one that is parked.

use pushmail_domain::Endpoint;
use pushmail_imap::ImapFlow;
use pushmail_upstream::Flow;
use std::any::Any;

/// Sleeps, if it can, and wakes again: nothing may be different.
pub(crate) fn nap(flow: &mut ImapFlow, endpoint: &Endpoint) {
    if let Some(rest) = flow.rest() {
        let woken: Box<dyn Any> = rest.wake(endpoint).expect("what slept wakes");
        *flow = *woken.downcast().expect("as what it was");
    }
}
