//! What tests need and the product does not: real servers, hostile ones, receivers, clocks.
//!
//! A dev-dependency only. Its functions panic with a message that says what to do, since a test
//! that cannot have its server is a failed test.

pub mod backing;
pub mod clock;
pub mod courier;
pub mod cyrus;
pub mod dovecot;
pub mod fuzzing;
pub mod hostile;
pub mod imap_client;
pub mod nats;
pub mod otlp;
pub mod postgres;
pub mod process;
pub mod proxy;
pub mod redis;
pub mod server;
pub mod sogo;

pub use backing::{Backing, Backup, Program};
pub use clock::{MockClock, SeededEntropy};
pub use courier::Courier;
pub use cyrus::Cyrus;
pub use dovecot::Dovecot;
pub use hostile::{Behaviour, Hostile};
pub use nats::{Nats, NatsCluster};
pub use otlp::OtlpReceiver;
pub use postgres::Postgres;
pub use process::Process;
pub use proxy::Proxy;
pub use pushmail_mailsim::certs;
pub use redis::{Redis, RedisCluster, RedisSentinel};
pub use server::{Kind, MailServer};
pub use sogo::Sogo;

use std::io::Write as _;

/// Names the real servers to do without, separated by commas.
pub const WITHOUT_VARIABLE: &str = "PUSHMAIL_WITHOUT";

/// Whether the person who runs the tests chose to do without this server ([`WITHOUT_VARIABLE`]).
/// The test then returns at once; the printed line tells the runner that the run is incomplete.
pub fn skip(server: &str) -> bool {
    let without = std::env::var(WITHOUT_VARIABLE).unwrap_or_default();
    let skipped = is_listed(server, &without);
    if skipped {
        // Not by `println!`, which the test runner swallows for tests that pass.
        let told = writeln!(std::io::stdout(), "SKIPPED: without {server}");
        told.expect("standard output takes a line");
    }
    skipped
}

fn is_listed(server: &str, list: &str) -> bool {
    list.split(',').any(|name| name.trim() == server)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_listed_server_is_skipped() {
        assert!(is_listed("dovecot", "cyrus, dovecot"));
        assert!(!is_listed("dovecot", "cyrus"));
        assert!(!is_listed("dovecot", ""));
    }
}
