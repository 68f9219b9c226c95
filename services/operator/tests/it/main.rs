//! The operator's tests: none needs a cluster.

mod plan;
mod world;
