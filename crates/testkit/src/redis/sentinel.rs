//! A primary and its replica, watched over by sentinels.

use super::{NAME, Redis, command, resp};
use crate::backing::{self, DATA, until};
use crate::server::{Files, Lease};
use std::io;
use std::net::SocketAddr;

/// What the sentinels call the primary.
const PRIMARY: &str = "primary";
/// How often sentinels tell each other what they know and ask servers what they are, in milliseconds:
/// the defaults are 2,000, 10,000 and 1,000, which tests would wait for again and again.
const HASTE: [&str; 8] = [
    "SENTINEL",
    "DEBUG",
    "PUBLISH-PERIOD",
    "250",
    "INFO-PERIOD",
    "1000",
    "ASK-PERIOD",
    "250",
];

/// Two running Redis servers, of which one is the primary, and the sentinels that say which.
pub struct RedisSentinel {
    sentinels: Vec<Redis>,
    nodes: [Redis; 2],
}

impl RedisSentinel {
    /// Starts a primary, a replica, and so many sentinels, of which a majority decides; they know
    /// each other when this returns. `None` if Redis is to be done without (see
    /// [`skip`](crate::skip)).
    ///
    /// # Panics
    /// When Redis is not installed or does not start; the message says what to do or shows its log.
    pub fn start(sentinels: usize) -> Option<Self> {
        backing::start(NAME, || Self::launch(sentinels))
    }

    fn launch(count: usize) -> io::Result<Self> {
        let primary = Redis::with(vec![Lease::new()?], &[])?;
        let of = [
            primary.addr.ip().to_string(),
            primary.addr.port().to_string(),
        ];
        let replica = Redis::with(vec![Lease::new()?], &["--replicaof", &of[0], &of[1]])?;
        let addr = replica.addr;
        // A sentinel learns of a replica at once only if it is connected already.
        until(|| follows(addr))?;

        let quorum = count / 2 + 1;
        let sentinels = (0..count).map(|_| sentinel(primary.addr, quorum));
        let sentinels: Vec<Redis> = sentinels.collect::<io::Result<_>>()?;
        let port = addr.port().to_string();
        for sentinel in &sentinels {
            let quorum = format!("OK {count} usable Sentinels");
            until(|| has(sentinel.addr, &["SENTINEL", "CKQUORUM", PRIMARY], &quorum))?;
            until(|| has(sentinel.addr, &["SENTINEL", "REPLICAS", PRIMARY], &port))?;
        }
        Ok(Self {
            sentinels,
            nodes: [primary, replica],
        })
    }

    /// Where the sentinels take clients.
    pub fn sentinel_addrs(&self) -> Vec<SocketAddr> {
        self.sentinels.iter().map(Redis::addr).collect()
    }

    /// What the sentinels call the primary.
    pub fn primary_name(&self) -> &'static str {
        PRIMARY
    }

    /// The node that the first sentinel says is the primary: 0 at first, else 1.
    ///
    /// # Panics
    /// When it does not say so.
    pub fn primary(&self) -> usize {
        let primary = primary_at(self.sentinels[0].addr);
        let primary = self.sentinels[0].expect(primary, "name the primary");
        let node = self.nodes.iter().position(|node| node.addr == primary);
        node.unwrap_or_else(|| panic!("{primary} is not one of the nodes"))
    }

    /// The first primary is node 0, the first replica 1.
    ///
    /// # Panics
    /// When there is no such node.
    pub fn node_mut(&mut self, n: usize) -> &mut Redis {
        &mut self.nodes[n]
    }

    /// A sentinel; the first is 0.
    ///
    /// # Panics
    /// When there is no such sentinel.
    pub fn sentinel_mut(&mut self, n: usize) -> &mut Redis {
        &mut self.sentinels[n]
    }

    /// Has the sentinels make the other node the primary, and waits until they all say so and it is.
    ///
    /// # Panics
    /// When they do not.
    pub fn fail_over(&mut self) {
        let old = self.primary();
        let first = &self.sentinels[0];
        // It is refused until the sentinel has looked at the replica once.
        let asked = until(|| resp::command(first.addr, &["SENTINEL", "FAILOVER", PRIMARY]));
        first.expect(asked, "fail over");
        self.wait_failed_over(old);
    }

    /// Waits until the sentinels agree that another node than `old` is the primary, and it is: for
    /// instance after `old` was killed.
    ///
    /// # Panics
    /// When that takes too long.
    pub fn wait_failed_over(&mut self, old: usize) {
        let new = self.nodes[1 - old].addr;
        for sentinel in &mut self.sentinels {
            if !sentinel.is_running() {
                continue;
            }
            let agreed = until(|| match primary_at(sentinel.addr)? {
                primary if primary == new => Ok(()),
                primary => Err(io::Error::other(format!("the primary is {primary}"))),
            });
            sentinel.expect(agreed, "agree on the new primary");
        }
        let promoted = until(|| has(new, &["ROLE"], "master"));
        self.nodes[1 - old].expect(promoted, "become the primary");
    }

    /// Waits until the node that is not the primary, and has to run, is its replica. Of an old
    /// primary sentinels ask that only after four of their periods; it then drops its clients.
    ///
    /// # Panics
    /// When that takes too long.
    pub fn wait_replicated(&self) {
        let replica = &self.nodes[1 - self.primary()];
        let followed = until(|| follows(replica.addr));
        replica.expect(followed, "follow the primary");
    }
}

/// Succeeds if the server is a replica with all that its primary has.
fn follows(replica: SocketAddr) -> io::Result<()> {
    has(replica, &["INFO", "replication"], "master_link_status:up")
}

/// Starts a sentinel. It keeps what it learns in its configuration file, but not its haste.
fn sentinel(primary: SocketAddr, quorum: usize) -> io::Result<Redis> {
    let files = Files::new(NAME)?;
    let data = files.make_folder(DATA)?;
    let port = Lease::new()?;
    let config = format!(
        "bind 127.0.0.1\n\
         port {}\n\
         dir {}\n\
         sentinel monitor {PRIMARY} {} {} {quorum}\n\
         sentinel down-after-milliseconds {PRIMARY} 1000\n\
         sentinel failover-timeout {PRIMARY} 3000\n",
        port.port(),
        data.display(),
        primary.ip(),
        primary.port(),
    );
    let mut command = command(&files)?;
    command
        .arg(files.write("sentinel.conf", &config)?)
        .arg("--sentinel");
    let sentinel = Redis::launch(files, vec![port], command)?;
    resp::command(sentinel.addr, &HASTE)?;
    Ok(sentinel)
}

fn primary_at(sentinel: SocketAddr) -> io::Result<SocketAddr> {
    let words = ["SENTINEL", "GET-MASTER-ADDR-BY-NAME", PRIMARY];
    let answer = resp::command(sentinel, &words)?.join(":");
    answer.parse().map_err(io::Error::other)
}

/// Succeeds if the answer to a command has this text in it.
fn has(addr: SocketAddr, words: &[&str], text: &str) -> io::Result<()> {
    let answer = resp::command(addr, words)?;
    if answer.iter().any(|part| part.contains(text)) {
        return Ok(());
    }
    let error = format!("{} is answered by {answer:?}, not {text}", words.join(" "));
    Err(io::Error::other(error))
}
