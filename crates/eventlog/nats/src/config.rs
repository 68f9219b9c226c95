//! What an operator can set.

use pushmail_domain::Secret;
use std::path::PathBuf;
use std::time::Duration;

/// Who this process is to the servers.
#[derive(Debug, Clone, Default)]
pub enum Auth {
    /// Nobody in particular.
    #[default]
    Nobody,
    /// A token that all clients share.
    Token(Secret<String>),
    /// A user and its password.
    User {
        /// The user's name.
        name: String,
        /// The user's password.
        password: Secret<String>,
    },
    /// A file with a user's JWT and nkey seed, as `nsc` writes it.
    Credentials(PathBuf),
}

/// How the log is reached, and how it keeps events. Start from [`Config::new`], which has the defaults.
#[derive(Debug, Clone)]
pub struct Config {
    /// Servers of the cluster, such as `nats://10.0.0.1:4222` or `tls://…`; the others are learned from
    /// them. Without user and password: those belong to `auth`.
    pub urls: Vec<String>,
    /// Who this process is. Default: nobody.
    pub auth: Auth,
    /// The certificates that sign the servers', as PEM; the system's if not given.
    pub tls_ca: Option<PathBuf>,
    /// Whether a connection without TLS is refused. Default: no.
    pub require_tls: bool,
    /// The name of this client in the servers' reports. Default: `pushmail`.
    pub name: String,
    /// What the subjects begin with at which answers come: clients with permissions of their own need one each.
    /// Default: `_INBOX`.
    pub inbox_prefix: String,
    /// Whether streams are made and brought up to date; else they are waited for. Default: yes.
    pub makes_streams: bool,
    /// How long streams that somebody else makes are waited for. Default: 5 minutes.
    pub streams_timeout: Duration,
    /// Copies of each stream: 1 or 3. Default: 1.
    pub replicas: u8,
    /// How long events are kept. Default: 7 days.
    pub retention: Duration,
    /// For how long a repeated id is recognised (invariant 2); at least 100 ms. Default: 5 minutes.
    pub dedupe_window: Duration,
    /// The most bytes of each stream; more is refused until something expires. Default: no limit but
    /// the disk's.
    pub max_bytes: Option<u64>,
    /// Tags that the servers which hold the streams must have. Default: none.
    pub placement: Vec<String>,
    /// How many events a live subscriber may be behind before it lags; rounded up to a power of
    /// two, at least 1. Default: 16,384.
    pub live_capacity: usize,
    /// How long one attempt to connect may take. Default: 5 s.
    pub connect_timeout: Duration,
    /// How long opening may take in all, with servers that are starting. Default: 30 s.
    pub open_timeout: Duration,
    /// How long an append waits for its acknowledgement before it is ambiguous. Default: 5 s.
    pub publish_timeout: Duration,
    /// How long a read, or the taking of a shard, goes on trying for each of its questions. Longer than
    /// a leader's election, which takes 4 to 9 s. Default: 12 s.
    pub read_timeout: Duration,
    /// How often the generations are read again. Default: 3 s.
    pub refresh: Duration,
    /// Leaves out the check at the leader, so that a read ends where the replica that answers
    /// ends. Exists only with the feature `plant`, for the test that has to notice it.
    #[cfg(feature = "plant")]
    pub plant_stale_replica: bool,
    /// Leaves out the condition that the fence is the writer's, so that a stale writer is not refused.
    /// Exists only with the feature `plant`, for the test that has to notice it.
    #[cfg(feature = "plant")]
    pub plant_skip_fence: bool,
}

impl Config {
    /// The defaults, with these servers.
    pub fn new(urls: impl IntoIterator<Item = String>) -> Self {
        Self {
            urls: urls.into_iter().collect(),
            auth: Auth::Nobody,
            tls_ca: None,
            require_tls: false,
            name: "pushmail".to_owned(),
            inbox_prefix: "_INBOX".to_owned(),
            makes_streams: true,
            streams_timeout: Duration::from_secs(5 * 60),
            replicas: 1,
            retention: Duration::from_secs(7 * 24 * 60 * 60),
            dedupe_window: Duration::from_secs(5 * 60),
            max_bytes: None,
            placement: Vec::new(),
            live_capacity: 16_384,
            connect_timeout: Duration::from_secs(5),
            open_timeout: Duration::from_secs(30),
            publish_timeout: Duration::from_secs(5),
            read_timeout: Duration::from_secs(12),
            refresh: Duration::from_secs(3),
            #[cfg(feature = "plant")]
            plant_stale_replica: false,
            #[cfg(feature = "plant")]
            plant_skip_fence: false,
        }
    }

    /// Whether reads are checked at the leader.
    pub(crate) const fn asks_the_leader(&self) -> bool {
        #[cfg(feature = "plant")]
        if self.plant_stale_replica {
            return false;
        }
        true
    }

    /// Whether events are published on the condition that the fence is the writer's.
    pub(crate) const fn fences(&self) -> bool {
        #[cfg(feature = "plant")]
        if self.plant_skip_fence {
            return false;
        }
        true
    }
}
