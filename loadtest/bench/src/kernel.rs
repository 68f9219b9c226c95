//! What connections take of the kernel's memory: sockets, and what belongs to them.

mod cgroup;
mod network;
mod slabs;

pub(crate) use network::{Lost, Network};

use cgroup::Cgroup;

/// Where the kernel's memory is read.
pub(crate) enum Kernel {
    /// In a control group of the watchers' own (cgroup v2, `memory.stat`).
    Cgroup(Cgroup),
    /// In `/proc/slabinfo`, which has both ends of each connection.
    Slabs,
    /// Nowhere: this may not be read here.
    Unknown,
}

impl Kernel {
    /// What is best here.
    pub(crate) fn here() -> Self {
        match Cgroup::new() {
            Ok(group) => Self::Cgroup(group),
            Err(_) if slabs::bytes().is_ok() => Self::Slabs,
            Err(_) => Self::Unknown,
        }
    }

    /// Has these processes' memory counted from now on, if it is counted by processes.
    pub(crate) fn count(&self, processes: impl IntoIterator<Item = u32>) -> anyhow::Result<()> {
        match self {
            Self::Cgroup(group) => group.adopt(processes),
            Self::Slabs | Self::Unknown => Ok(()),
        }
    }

    /// Which way it is, in a report.
    pub(crate) const fn method(&self) -> &'static str {
        match self {
            Self::Cgroup(_) => "a cgroup v2 of their own, memory.stat: kernel",
            Self::Slabs => {
                "/proc/slabinfo: sockets and what belongs to them, halved between both ends"
            }
            Self::Unknown => "none: neither cgroup v2 nor /proc/slabinfo can be used",
        }
    }

    /// Bytes now of one end of all connections; `None` if it cannot be told.
    pub(crate) fn bytes(&self) -> anyhow::Result<Option<u64>> {
        match self {
            Self::Cgroup(group) => Ok(Some(group.kernel_bytes()?)),
            Self::Slabs => Ok(Some(slabs::bytes()? / 2)),
            Self::Unknown => Ok(None),
        }
    }
}
