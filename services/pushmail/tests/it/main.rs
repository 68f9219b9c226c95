//! The program as people run it: real processes, real sockets, real mail servers.

mod debug;
mod demo;
mod fleet;
mod hostile;
mod operations;
mod serve;
mod support;
mod trace;
mod watch;
