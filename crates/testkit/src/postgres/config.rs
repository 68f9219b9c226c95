//! PostgreSQL's configuration.

use crate::server::Lease;

/// What is added to `postgresql.conf`: one loopback port, room for many tests, and little memory
/// and disk. Durability stays as it is by default.
pub(super) fn settings(port: &Lease) -> String {
    let port = port.port();
    format!(
        "listen_addresses = '127.0.0.1'\n\
         port = {port}\n\
         unix_socket_directories = ''\n\
         max_connections = 200\n\
         shared_buffers = '32MB'\n\
         dynamic_shared_memory_type = mmap\n\
         wal_level = minimal\n\
         max_wal_senders = 0\n\
         wal_init_zero = off\n\
         max_wal_size = '256MB'\n\
         max_parallel_workers_per_gather = 0\n\
         jit = off\n"
    )
}
