//! The servers in which the product keeps things, and what tests do to them.

mod nats;
mod postgres;
mod redis;

use pushmail_testkit::Backing;
use std::net::{SocketAddr, TcpStream};

fn is_open(addr: SocketAddr) -> bool {
    TcpStream::connect(addr).is_ok()
}

/// Drops a server, and checks that it and its folder are gone.
fn ends_when_dropped<T: std::ops::Deref<Target = Backing>>(server: T, addr: SocketAddr) {
    let data = server.data();
    assert!(is_open(addr) && data.exists());
    drop(server);
    assert!(!is_open(addr), "{addr} still listens");
    assert!(!data.exists(), "{} is still there", data.display());
}
