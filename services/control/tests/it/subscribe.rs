//! `Subscribe`, over a real server, registry and log.

mod backend;
mod ending;
mod gaps;
mod positions;
mod refusals;
