//! What is told in the end.

use super::push::Pushed;
use crate::kernel::Lost;
use crate::machine::Machine;
use crate::mail_server::Protocol;
use crate::parked::{Spread, TlsPark};
use serde::Serialize;

/// Bytes are summed over all watchers and divided by the number of mailboxes, if nothing else is said.
#[derive(Serialize)]
pub(super) struct Report {
    pub(super) machine: Machine,
    /// How many mailboxes wait, one connection each.
    pub(super) connections: usize,
    /// How many processes watch them, and how many are their mail servers.
    pub(super) watchers: usize,
    pub(super) mail_servers: usize,
    /// What is spoken with the mail servers.
    pub(super) protocol: Protocol,
    pub(super) tls_park: TlsPark,
    /// Bytes of certificates that the servers show besides their own.
    pub(super) chain_bytes: usize,
    /// Whether the event log acknowledged what was not on its disk yet.
    pub(super) hasty_log: bool,
    /// How many logins a second were allowed at most, if that was limited.
    pub(super) logins_per_s: Option<u32>,
    /// From the first registration until the last was registered, and until all were in IDLE.
    pub(super) registered_s: f64,
    pub(super) connected_s: f64,
    pub(super) connected_per_s: f64,
    /// Memory of the watchers' own (RssAnon), nothing subtracted.
    pub(super) user_bytes_per_account: u64,
    /// The same of a watcher without mailboxes, by watcher.
    pub(super) baseline_bytes_per_watcher: u64,
    /// The first without all of the second.
    pub(super) marginal_bytes_per_account: u64,
    /// Memory with what is shared with files (VmRSS), nothing subtracted.
    pub(super) resident_bytes_per_account: u64,
    /// Memory of its own of the watcher that has the least, and of the one that has the most.
    pub(super) bytes_of_a_watcher: Spread,
    /// What the kernel holds for the watchers' end of a connection.
    pub(super) kernel_bytes_per_account: Option<u64>,
    /// How that was found.
    pub(super) kernel_bytes_method: &'static str,
    /// Files that watchers have open: all together, and the one with the fewest and the one with the most.
    pub(super) files: u64,
    pub(super) files_of_a_watcher: Spread,
    /// Shards of the watcher with the fewest and of the one with the most, of 4,096.
    pub(super) shards_of_a_watcher: Spread,
    /// Mailboxes of the one with the fewest, and of the one with the most.
    pub(super) accounts_of_a_watcher: Spread,
    /// Memory of the mail servers' own, the other end of each connection.
    pub(super) mail_server_bytes_per_account: u64,
    /// Processor time of the watchers for each mailbox and second.
    pub(super) cpu_us_per_account_s: f64,
    /// The same of watchers without mailboxes, for as many mailboxes.
    pub(super) baseline_cpu_us_per_account_s: f64,
    /// For how many seconds processor time was counted.
    pub(super) seconds: u64,
    /// Mail to some of them; `None` if none was sent.
    pub(super) push: Option<Pushed>,
    /// What the kernel lost of the whole machine's packets in all this time.
    pub(super) network: Lost,
    /// How many connections were in IDLE in the end.
    pub(super) idling_in_the_end: usize,
}

impl Report {
    /// Whether all mailboxes still waited in the end, and no mail was lost or came twice.
    pub(super) fn passed(&self) -> bool {
        let pushed = self.push.as_ref().is_none_or(Pushed::is_exact);
        pushed && self.idling_in_the_end >= self.connections
    }
}

impl std::fmt::Display for Report {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(
            f,
            "  {} mailboxes, {} watchers: {} bytes each ({} without the baseline), {:.2} us of each second",
            self.connections,
            self.watchers,
            self.user_bytes_per_account,
            self.marginal_bytes_per_account,
            self.cpu_us_per_account_s
        )?;
        let Spread { min, max } = self.bytes_of_a_watcher;
        writeln!(f, "  a watcher has {min} to {max} bytes")?;
        match self.kernel_bytes_per_account {
            Some(kernel) => write!(f, "  the kernel has {kernel} bytes for each")?,
            None => write!(f, "  the kernel's bytes are unknown")?,
        }
        if let Some(push) = &self.push {
            write!(f, "\n  {push}")?;
        }
        if self.idling_in_the_end < self.connections {
            let Self {
                idling_in_the_end,
                connections,
                ..
            } = self;
            write!(
                f,
                "\n  only {idling_in_the_end} of {connections} waited in the end"
            )?;
        }
        Ok(())
    }
}
