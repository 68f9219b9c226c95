//! The Kubernetes operator of a fleet.
//!
//! - A [`WatcherPool`](crd::WatcherPool) says how many accounts a worker should have. The operator sizes the watchers' StatefulSet by the
//!   accounts that there are, drains a worker before its pod goes, and replaces workers one after the other when their template changes.
//! - A [`MailTenant`](crd::MailTenant) is a tenant that is declared, not made by hand.
//!
//! What is to be done is found in [`core`], which knows neither Kubernetes nor gRPC; [`reconcile`] looks, asks it and does that.

pub mod control;
pub mod core;
pub mod crd;
pub mod operator;
pub mod reconcile;

pub use operator::{Config, Operator};
