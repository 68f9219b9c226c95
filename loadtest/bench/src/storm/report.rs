//! What is told in the end.

use crate::clients::Took;
use crate::machine::Machine;
use crate::parked::TlsPark;
use serde::Serialize;
use std::time::Duration;

#[derive(Serialize)]
pub(super) struct Report {
    pub(super) machine: Machine,
    /// How many connections were made, each time.
    pub(super) connections: usize,
    /// How many watchers made them, and how many mail servers took them.
    pub(super) watchers: usize,
    pub(super) mail_servers: usize,
    /// How many of the 4,096 shards have accounts: each is taken once at the start, whatever the number of its accounts.
    pub(super) shards_with_accounts: u64,
    /// What watchers keep of TLS.
    pub(super) tls_park: TlsPark,
    /// Bytes of certificates that the servers show besides their own.
    pub(super) chain_bytes: usize,
    /// Connections and TLS handshakes with nothing around them, with no session resumed, and with sessions resumed.
    pub(super) full_handshakes: Side,
    pub(super) resumed_handshakes: Side,
    /// Watchers from their start on: they take their shards, read accounts, connect and log in until all are in IDLE.
    pub(super) start: Side,
    /// Watchers that lost all connections at once, until all are in IDLE again. They pause before they connect.
    pub(super) reconnect: Side,
    /// Processor time of a connection, against that of a bare handshake.
    pub(super) start_against_handshake: Ratios,
    pub(super) reconnect_against_handshake: Ratios,
}

/// One way of making all connections.
#[derive(Debug, Clone, Copy, Serialize)]
pub(super) struct Side {
    /// Processor time of all processes of this side, over the number of connections.
    cpu_us_per_connection: f64,
    /// On this machine, with the mail servers; watchers from the first connection on.
    connections_per_s: f64,
    in_all_s: f64,
    /// How many resumed a TLS session; `None` where that is not known.
    resumed: Option<usize>,
}

#[derive(Debug, Clone, Copy, Serialize)]
pub(super) struct Ratios {
    full: f64,
    resumed: f64,
}

impl Side {
    #[expect(clippy::cast_precision_loss, reason = "nobody reads so many digits")]
    pub(super) fn new(connections: usize, cpu: Duration, time: Duration) -> Self {
        let connections = connections.max(1) as f64;
        Self {
            cpu_us_per_connection: cpu.as_secs_f64() * 1e6 / connections,
            connections_per_s: connections / time.as_secs_f64(),
            in_all_s: time.as_secs_f64(),
            resumed: None,
        }
    }

    pub(super) fn of_handshakes(connections: usize, took: &Took) -> Self {
        Self {
            resumed: Some(took.resumed),
            ..Self::new(connections, took.cpu, took.time)
        }
    }

    pub(super) fn against(&self, full: &Self, resumed: &Self) -> Ratios {
        Ratios {
            full: self.cpu_us_per_connection / full.cpu_us_per_connection,
            resumed: self.cpu_us_per_connection / resumed.cpu_us_per_connection,
        }
    }
}

impl std::fmt::Display for Report {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let sides = [
            ("full handshakes", &self.full_handshakes),
            ("resumed handshakes", &self.resumed_handshakes),
            ("the gateway's start", &self.start),
            ("the gateway after a cut", &self.reconnect),
        ];
        for (name, side) in sides {
            writeln!(
                f,
                "  {name}: {:.0} us of processor time for each connection, {:.0}/s",
                side.cpu_us_per_connection, side.connections_per_s
            )?;
        }
        write!(
            f,
            "  against full handshakes: {:.2} at the start, {:.2} after a cut; against resumed ones: {:.2}, {:.2}",
            self.start_against_handshake.full,
            self.reconnect_against_handshake.full,
            self.start_against_handshake.resumed,
            self.reconnect_against_handshake.resumed
        )
    }
}
