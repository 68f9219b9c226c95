//! What the kernel lost on its way between both ends, which are on one machine.

use serde::Serialize;
use std::fs;

/// How many packets may wait for a core. Both ends of all connections share the queue of the core that sends; the kernel drops
/// what comes when it is full, and its default of 1,000 is full as soon as thousands of connections are made at the same time.
const WAITING: &str = "/proc/sys/net/core/netdev_max_backlog";
const ENOUGH: u64 = 100_000;

/// Since a moment: what the kernel dropped, and what came of it.
#[derive(Debug, Clone, Copy, Serialize)]
pub(crate) struct Lost {
    /// How many packets may wait for a core.
    netdev_max_backlog: u64,
    /// Packets that were dropped since too many waited for a core (`/proc/net/softnet_stat`).
    packets_dropped: u64,
    /// TCP segments that were sent once more (`RetransSegs`).
    segments_sent_again: u64,
    /// Connections that listeners had no room for (`ListenDrops`).
    connections_not_taken: u64,
    /// Connections that the kernel ended since nothing came from the other end (`TCPAbortOnTimeout`).
    connections_timed_out: u64,
}

/// The counters of a moment.
pub(crate) struct Network {
    then: Lost,
}

impl Network {
    /// From now on, with room for a burst of packets.
    pub(crate) fn from_now() -> Self {
        make_room();
        Self { then: now() }
    }

    /// What was lost since.
    pub(crate) fn lost(&self) -> Lost {
        let (then, now) = (self.then, now());
        Lost {
            netdev_max_backlog: now.netdev_max_backlog,
            packets_dropped: now.packets_dropped - then.packets_dropped,
            segments_sent_again: now.segments_sent_again - then.segments_sent_again,
            connections_not_taken: now.connections_not_taken - then.connections_not_taken,
            connections_timed_out: now.connections_timed_out - then.connections_timed_out,
        }
    }
}

/// Without the right to it, many connections time out, and the report tells so.
fn make_room() {
    if waiting() < ENOUGH
        && let Err(error) = fs::write(WAITING, ENOUGH.to_string())
    {
        eprintln!("cannot raise {WAITING} to {ENOUGH}: {error}; packets may be dropped");
    }
}

fn waiting() -> u64 {
    let text = fs::read_to_string(WAITING).unwrap_or_default();
    text.trim().parse().unwrap_or(0)
}

fn now() -> Lost {
    let softnet = fs::read_to_string("/proc/net/softnet_stat").unwrap_or_default();
    let tcp = fs::read_to_string("/proc/net/snmp").unwrap_or_default();
    let more = fs::read_to_string("/proc/net/netstat").unwrap_or_default();
    Lost {
        netdev_max_backlog: waiting(),
        packets_dropped: dropped(&softnet),
        segments_sent_again: counter(&tcp, "Tcp:", "RetransSegs"),
        connections_not_taken: counter(&more, "TcpExt:", "ListenDrops"),
        connections_timed_out: counter(&more, "TcpExt:", "TCPAbortOnTimeout"),
    }
}

/// The second column, a line for each core.
fn dropped(softnet: &str) -> u64 {
    let of_core = |line: &str| u64::from_str_radix(line.split_whitespace().nth(1)?, 16).ok();
    softnet.lines().filter_map(of_core).sum()
}

/// A counter of a table in two lines, its names and its values; 0 if there is none.
fn counter(text: &str, table: &str, name: &str) -> u64 {
    let mut lines = text.lines().filter(|line| line.starts_with(table));
    let (names, values) = (lines.next().unwrap_or(""), lines.next().unwrap_or(""));
    let mut both = names.split(' ').zip(values.split(' '));
    let value = both.find(|(named, _)| *named == name);
    value.and_then(|(_, value)| value.parse().ok()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dropped_packets_of_all_cores_count() {
        let text = "00000012 00000000 00000003\n000002cf 0000001f 00000000\n00000001 00000001 0\n";
        assert_eq!(dropped(text), 32);
    }

    #[test]
    fn a_counter_is_found_by_its_table_and_its_name() {
        let text = "Ip: RetransSegs\nIp: 1\nTcp: RtoMin RetransSegs InErrs\nTcp: 200 7 0\n";
        assert_eq!(counter(text, "Tcp:", "RetransSegs"), 7);
        assert_eq!(counter(text, "Tcp:", "Unknown"), 0);
    }
}
