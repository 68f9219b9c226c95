//! The NATS server's configuration.

use crate::server::Lease;
use std::path::Path;

/// The configuration of a server that is no member of a cluster.
pub(super) fn server(
    data: &Path,
    client: &Lease,
    monitor: &Lease,
    max_file_store: Option<u64>,
) -> String {
    let (client, monitor, data) = (client.addr(), monitor.addr(), data.display());
    let limit = max_file_store.map(|bytes| format!("max_file_store: {bytes}\n"));
    let limit = limit.unwrap_or_default();
    format!(
        "listen: \"{client}\"\n\
         http: \"{monitor}\"\n\
         jetstream {{\n\
           store_dir: \"{data}\"\n\
           sync_interval: always\n\
           {limit}\
         }}\n"
    )
}
