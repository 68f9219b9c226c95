//! The contract of the pacer.

mod contract;
mod interleaved;
