//! When the operating system takes a silent connection for dead.

use serde::Deserialize;
use socket2::{SockRef, TcpKeepalive};
use std::io;
use std::time::Duration;
use tokio::net::TcpStream;

/// When a connection that says nothing is taken for dead. A home router or a carrier forgets an idle connection without a
/// word after 5 minutes or more: the defaults stay well below.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SocketConfig {
    /// A connection idle for this long is probed (`TCP_KEEPIDLE`, in whole seconds).
    #[serde(with = "pushmail_runtime::config::duration")]
    pub keepalive_idle: Duration,
    /// The pause between probes (`TCP_KEEPINTVL`, in whole seconds).
    #[serde(with = "pushmail_runtime::config::duration")]
    pub keepalive_interval: Duration,
    /// So many probes without an answer end the connection (`TCP_KEEPCNT`).
    pub keepalive_probes: u32,
    /// A connection of which data or probes stay unacknowledged for this long has ended, whatever the probes' number
    /// (`TCP_USER_TIMEOUT`, RFC 5482). Linux only.
    #[serde(with = "pushmail_runtime::config::duration")]
    pub user_timeout: Duration,
}

impl Default for SocketConfig {
    /// 120 s, 30 s, 4 and 180 s.
    fn default() -> Self {
        Self {
            keepalive_idle: Duration::from_secs(120),
            keepalive_interval: Duration::from_secs(30),
            keepalive_probes: 4,
            user_timeout: Duration::from_secs(180),
        }
    }
}

impl SocketConfig {
    /// Whether the operating system takes these values: times of 1 s to 9 h, 1 to 127 probes (`tcp(7)`).
    pub fn is_valid(&self) -> bool {
        let times = [
            self.keepalive_idle,
            self.keepalive_interval,
            self.user_timeout,
        ];
        let range = Duration::from_secs(1)..=Duration::from_secs(9 * 60 * 60);
        times.iter().all(|time| range.contains(time)) && (1..=127).contains(&self.keepalive_probes)
    }

    pub(super) fn apply(&self, stream: &TcpStream) -> io::Result<()> {
        stream.set_nodelay(true)?;
        let keepalive = TcpKeepalive::new()
            .with_time(self.keepalive_idle)
            .with_interval(self.keepalive_interval)
            .with_retries(self.keepalive_probes);
        let socket = SockRef::from(stream);
        socket.set_tcp_keepalive(&keepalive)?;
        #[cfg(target_os = "linux")]
        socket.set_tcp_user_timeout(Some(self.user_timeout))?;
        Ok(())
    }
}

#[cfg(test)]
mod tests;
