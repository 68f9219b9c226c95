//! The operator's tests: none needs a cluster.

mod cluster;
mod definitions;
mod gateway;
mod plan;
mod pool;
mod tenant;
mod world;
