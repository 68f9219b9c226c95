//! What is to be done, from what is wanted and what is seen. Knows neither Kubernetes nor gRPC, does no I/O and tells no time: all of it is
//! tested without a cluster.

pub mod plan;
pub mod policy;
pub mod seen;

pub use plan::{Plan, Step, Waiting, plan};
pub use policy::{Policy, Size};
pub use seen::{Pool, Worker};
