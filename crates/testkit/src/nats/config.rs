//! The NATS server's configuration.

use std::net::SocketAddr;
use std::path::Path;

/// What distinguishes a server from others.
pub(super) struct Settings {
    pub(super) client: SocketAddr,
    pub(super) monitor: SocketAddr,
    /// When what is acknowledged is synced to disk: `always` is before it is acknowledged.
    pub(super) sync_interval: &'static str,
    /// The most bytes of messages in files.
    pub(super) max_file_store: Option<u64>,
    /// Who may do what, as a file for `authorization` has it; empty: everybody everything.
    pub(super) users: String,
    /// `None` if it is in no cluster.
    pub(super) member: Option<Member>,
}

/// A server's place in a cluster.
pub(super) struct Member {
    pub(super) name: String,
    /// Where it takes the other servers.
    pub(super) route: SocketAddr,
    /// Where all servers of the cluster take each other.
    pub(super) routes: Vec<SocketAddr>,
}

impl Settings {
    /// The text of the configuration file, for a server that keeps its data in this folder.
    pub(super) fn config(&self, data: &Path) -> String {
        let (client, monitor, data) = (self.client, self.monitor, data.display());
        let (sync, limit) = (self.sync_interval, self.max_file_store);
        let limit = limit.map(|bytes| format!("max_file_store: {bytes}\n"));
        let limit = limit.unwrap_or_default();
        let member = self.member.as_ref().map(Member::config);
        let member = member.unwrap_or_default();
        let users = match &*self.users {
            "" => String::new(),
            users => format!("authorization {{\n{users}\n}}\n"),
        };
        format!(
            "listen: \"{client}\"\n\
             http: \"{monitor}\"\n\
             jetstream {{\n\
               store_dir: \"{data}\"\n\
               sync_interval: {sync}\n\
               {limit}\
             }}\n\
             {users}{member}"
        )
    }
}

impl Member {
    fn config(&self) -> String {
        let Self {
            name,
            route,
            routes,
        } = self;
        let routes = routes.iter().map(|route| format!("nats://{route}\n"));
        let routes: String = routes.collect();
        format!(
            "server_name: {name}\n\
             cluster {{\n\
               name: test\n\
               listen: \"{route}\"\n\
               no_advertise: true\n\
               routes: [\n{routes}]\n\
             }}\n"
        )
    }
}
