//! The commands, one file each.

pub(crate) mod ctl;
pub(crate) mod debug;
pub(crate) mod demo;
pub(crate) mod listen;
pub(crate) mod serve;
pub(crate) mod watch;
