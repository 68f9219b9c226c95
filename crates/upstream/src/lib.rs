//! What every upstream protocol shares.
//!
//! A protocol is a [`Flow`]: bytes and ticks in, bytes and changes out. [`drive`](driver::drive) runs
//! it over a [`Line`](dial::Line) that a [`Dialer`](dial::Dialer) made, under the rules of the
//! [`EgressGuard`](egress::EgressGuard), in the [`Lot`](lot::Lot) that holds all connections. What a person types is a [`Target`](target::Target);
//! [`discover`](discovery::discover) finds the server of a mail address.

pub mod backoff;
pub mod breaker;
pub mod budget;
pub mod dial;
pub mod discovery;
pub mod driver;
pub mod egress;
mod ends;
pub mod flow;
pub mod item;
pub mod keepalive;
pub mod lot;
pub mod provider;
pub mod queue;
pub mod resolve;
pub mod target;
pub mod tls;

#[cfg(test)]
mod testing;

pub use flow::{
    Change, ChangedFlags, Flow, Moment, NewMessage, Output, Redial, Rest, Snapshot, Vanished, Wake,
};
