//! A cluster of Redis servers.

use super::{NAME, Redis, resp};
use crate::backing::{self, until};
use crate::server::Lease;
use std::io;

/// A cluster is decided by a majority of primaries, so it has three at least.
const NODES: usize = 3;
const SLOTS: usize = 16_384;

/// A running Redis cluster: three primaries without replicas, with a third of the slots each.
pub struct RedisCluster(Vec<Redis>);

impl RedisCluster {
    /// Starts a cluster; every node takes commands for its slots when this returns. `None` if Redis
    /// is to be done without (see [`skip`](crate::skip)).
    ///
    /// # Panics
    /// When Redis is not installed or does not start; the message says what to do or shows its log.
    pub fn start() -> Option<Self> {
        backing::start(NAME, Self::launch)
    }

    fn launch() -> io::Result<Self> {
        let mut nodes = Vec::new();
        for n in 0..NODES {
            let (node, bus) = node()?;
            give_slots(&node, n)?;
            if let Some(first) = nodes.first() {
                meet(first, &node, bus)?;
            }
            nodes.push(node);
        }
        let mut cluster = Self(nodes);
        until(|| cluster.is_ready())?;
        Ok(cluster)
    }

    /// The URLs of its nodes.
    pub fn urls(&self) -> Vec<String> {
        self.0.iter().map(Redis::url).collect()
    }

    /// A node; the first is 0. While one is killed, the others refuse commands.
    ///
    /// # Panics
    /// When there is no such node.
    pub fn node_mut(&mut self, n: usize) -> &mut Redis {
        &mut self.0[n]
    }

    /// Waits until the nodes, which all have to run, agree that all slots are served.
    ///
    /// # Panics
    /// When that takes too long.
    pub fn wait_ready(&mut self) {
        let ready = until(|| self.is_ready());
        ready.unwrap_or_else(|error| panic!("the Redis cluster is not ready: {error}"));
    }

    fn is_ready(&mut self) -> io::Result<()> {
        let expected = [
            "cluster_state:ok".to_owned(),
            format!("cluster_slots_ok:{SLOTS}"),
            format!("cluster_known_nodes:{NODES}"),
        ];
        for node in &self.0 {
            let info = resp::command(node.addr, &["CLUSTER", "INFO"])?.concat();
            if !expected
                .iter()
                .all(|line| info.lines().any(|has| has == line))
            {
                return Err(io::Error::other(format!("{}: {info}", node.addr)));
            }
            // What is published is lost to nodes to which there is no link.
            let nodes = resp::command(node.addr, &["CLUSTER", "NODES"])?.concat();
            if !nodes.lines().all(is_linked) {
                return Err(io::Error::other(format!("{}: {nodes}", node.addr)));
            }
        }
        Ok(())
    }
}

/// Whether a node of a cluster has a link to the one that this line of CLUSTER NODES is about:
/// `id address flags master ping pong epoch link slot …`.
fn is_linked(line: &str) -> bool {
    let mut fields = line.split_whitespace();
    let flags = fields.nth(2).unwrap_or_default();
    flags.contains("myself") || fields.nth(4) == Some("connected")
}

/// Starts a node; also the port where it takes other nodes.
fn node() -> io::Result<(Redis, u16)> {
    let [clients, nodes] = [Lease::new()?, Lease::new()?];
    let bus = nodes.port();
    let options = [
        "--cluster-enabled",
        "yes",
        "--cluster-node-timeout",
        "2000",
        "--cluster-port",
        &bus.to_string(),
    ];
    let redis = Redis::with(vec![clients, nodes], &options)?;
    Ok((redis, bus))
}

/// Gives the node its part of the slots, and an epoch of its own, so that none conflicts.
fn give_slots(node: &Redis, n: usize) -> io::Result<()> {
    let first = SLOTS * n / NODES;
    let last = SLOTS * (n + 1) / NODES - 1;
    let (first, last) = (first.to_string(), last.to_string());
    resp::command(node.addr, &["CLUSTER", "ADDSLOTSRANGE", &first, &last])?;
    let epoch = (n + 1).to_string();
    resp::command(node.addr, &["CLUSTER", "SET-CONFIG-EPOCH", &epoch])?;
    Ok(())
}

/// Has a node make another known to the cluster.
fn meet(node: &Redis, other: &Redis, bus: u16) -> io::Result<()> {
    let (ip, port) = (other.addr.ip().to_string(), other.addr.port().to_string());
    let words = ["CLUSTER", "MEET", &ip, &port, &bus.to_string()];
    resp::command(node.addr, &words).map(drop)
}
