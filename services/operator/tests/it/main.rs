//! The operator's tests: none needs a cluster.

mod definitions;
mod plan;
mod world;
