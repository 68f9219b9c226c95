//! Live subscriptions: to what the streams republish, through one bounded ring for each subscriber.
//!
//! Core NATS gives at most once. So whenever something may have been lost on the way, the subscriber
//! is told that it lagged, after its subscriptions are in place again.

mod hub;
mod tail;

pub(crate) use hub::{Hub, Hubs, What};
