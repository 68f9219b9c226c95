//! The commands, one file each.

pub(crate) mod backup;
pub(crate) mod ctl;
pub(crate) mod debug;
pub(crate) mod demo;
pub(crate) mod listen;
pub(crate) mod new_generation;
pub(crate) mod rotate_master_key;
pub(crate) mod serve;
pub(crate) mod watch;
