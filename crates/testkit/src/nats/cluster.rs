//! Several NATS servers that keep their streams together.

use super::config::{Member, Settings};
use super::{ALWAYS, NAME, Nats};
use crate::backing::{self, until};
use crate::server::Lease;
use serde_json::Value;
use std::io;

/// A member alone cannot be more ready than this: a stream needs a majority.
const READY: &str = "/healthz?js-server-only=true";

/// A running cluster of NATS servers: a stream may have as many replicas as it has nodes.
pub struct NatsCluster(Vec<Nats>);

impl NatsCluster {
    /// Starts a cluster of so many nodes; it takes streams when this returns. `None` if NATS is to
    /// be done without (see [`skip`](crate::skip)).
    ///
    /// # Panics
    /// When NATS is not installed or does not start; the message says what to do or shows the logs.
    pub fn start(nodes: usize) -> Option<Self> {
        backing::start(NAME, || Self::launch(nodes, None))
    }

    /// The same, with at most this many bytes of messages in the files of each node: it refuses those
    /// that come then, as on a full disk.
    ///
    /// # Panics
    /// As [`NatsCluster::start`].
    pub fn with_max_file_store(nodes: usize, bytes: u64) -> Option<Self> {
        backing::start(NAME, || Self::launch(nodes, Some(bytes)))
    }

    fn launch(count: usize, max_file_store: Option<u64>) -> io::Result<Self> {
        let lease =
            || -> io::Result<[Lease; 3]> { Ok([Lease::new()?, Lease::new()?, Lease::new()?]) };
        let ports: Vec<[Lease; 3]> = (0..count).map(|_| lease()).collect::<io::Result<_>>()?;
        let routes: Vec<_> = ports.iter().map(|[_, _, route]| route.addr()).collect();
        let mut nodes = Vec::new();
        for (n, ports) in ports.into_iter().enumerate() {
            let [client, monitor, route] = ports.each_ref().map(Lease::addr);
            let member = Member {
                name: name(n),
                route,
                routes: routes.clone(),
            };
            let settings = Settings {
                client,
                monitor,
                sync_interval: ALWAYS,
                max_file_store,
                users: String::new(),
                member: Some(member),
            };
            nodes.push(Nats::launch(&settings, ports.into(), READY)?);
        }
        let mut cluster = Self(nodes);
        until(|| cluster.is_ready())?;
        Ok(cluster)
    }

    /// The URLs of its nodes.
    pub fn urls(&self) -> Vec<String> {
        self.0.iter().map(Nats::url).collect()
    }

    /// A node; the first is 0.
    ///
    /// # Panics
    /// When there is no such node.
    pub fn node(&self, n: usize) -> &Nats {
        &self.0[n]
    }

    /// A node, to kill it, for instance. A node that is started again is back before its streams
    /// are: see [`NatsCluster::wait_ready`].
    ///
    /// # Panics
    /// When there is no such node.
    pub fn node_mut(&mut self, n: usize) -> &mut Nats {
        &mut self.0[n]
    }

    /// Waits until the nodes that run, which have to be a majority and not paused, have a leader
    /// and all their streams.
    ///
    /// # Panics
    /// When that takes too long.
    pub fn wait_ready(&mut self) {
        let ready = until(|| self.is_ready());
        ready.unwrap_or_else(|error| panic!("the NATS cluster is not ready: {error}"));
    }

    /// The node that leads the cluster; waits until there is one.
    ///
    /// # Panics
    /// When that takes too long.
    pub fn leader(&mut self) -> usize {
        let leader = until(|| self.led(meta_leader));
        leader.unwrap_or_else(|error| panic!("the NATS cluster is not led: {error}"))
    }

    /// The node that leads the stream, which is one of the default account; waits until there is
    /// one.
    ///
    /// # Panics
    /// When that takes too long.
    pub fn leader_of(&mut self, stream: &str) -> usize {
        let leader = until(|| self.led(|jsz| stream_leader(jsz, stream)));
        leader.unwrap_or_else(|error| panic!("the stream {stream} is not led: {error}"))
    }

    /// The running node that says itself that it leads, in what it tells of JetStream.
    fn led(&mut self, leader: impl Fn(&Value) -> Option<&str>) -> io::Result<usize> {
        for (n, node) in self.0.iter_mut().enumerate() {
            if node.is_running() && leader(&node.ask("/jsz?streams=1")?) == Some(&name(n)) {
                return Ok(n);
            }
        }
        Err(io::Error::other("no node says that it leads"))
    }

    fn is_ready(&mut self) -> io::Result<()> {
        let leader = self.led(meta_leader)?;
        let jsz = self.0[leader].ask("/jsz")?;
        let followers = jsz["meta_cluster"]["replicas"].as_array();
        for (n, node) in self.0.iter_mut().enumerate() {
            if !node.is_running() {
                continue;
            }
            node.ask("/healthz")?;
            let follows = |follower: &Value| {
                follower["name"] == name(n).as_str() && follower["current"] == true
            };
            if n != leader && !followers.is_some_and(|all| all.iter().any(follows)) {
                let error = format!("{} does not follow {jsz}", name(n));
                return Err(io::Error::other(error));
            }
        }
        Ok(())
    }
}

fn meta_leader(jsz: &Value) -> Option<&str> {
    jsz["meta_cluster"]["leader"].as_str()
}

fn stream_leader<'a>(jsz: &'a Value, stream: &str) -> Option<&'a str> {
    let accounts = jsz["account_details"].as_array()?.iter();
    let mut streams = accounts
        .filter_map(|account| account["stream_detail"].as_array())
        .flatten();
    let detail = streams.find(|detail| detail["name"] == stream)?;
    detail["cluster"]["leader"].as_str()
}

/// What the server of a node is called.
fn name(node: usize) -> String {
    format!("node{node}")
}
