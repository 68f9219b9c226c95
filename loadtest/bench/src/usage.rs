//! What a process takes, as `/proc` tells.

use anyhow::Context as _;
use std::iter::Sum;
use std::ops::Add;
use std::time::Duration;

/// Of the times in `/proc/PID/stat`: Linux tells them in hundredths of a second on every platform.
const TICK: Duration = Duration::from_millis(10);

/// What one process takes, or several together.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Usage {
    /// Bytes of memory of its own (`RssAnon`).
    pub(crate) memory: u64,
    /// Bytes of memory with what it shares with files (`VmRSS`).
    pub(crate) resident: u64,
    /// The processor time that it took so far, of its own and in the kernel.
    pub(crate) cpu: Duration,
}

impl Usage {
    /// Of the process with this id, now.
    pub(crate) fn of(id: u32) -> anyhow::Result<Self> {
        let status = std::fs::read_to_string(format!("/proc/{id}/status"));
        let status = status.with_context(|| format!("process {id} is gone"))?;
        Ok(Self {
            memory: bytes(&status, "RssAnon:")?,
            resident: bytes(&status, "VmRSS:")?,
            cpu: cpu(id)?,
        })
    }

    /// Of all of these processes together.
    pub(crate) fn of_all(ids: impl IntoIterator<Item = u32>) -> anyhow::Result<Self> {
        ids.into_iter().map(Self::of).sum()
    }

    /// Processor time since an earlier look.
    pub(crate) fn cpu_since(&self, before: &Self) -> Duration {
        self.cpu.saturating_sub(before.cpu)
    }
}

/// Bytes of memory of the process, with its part of what it shares with others (`Pss`, `man 5 proc_pid_smaps`).
pub(crate) fn pss(id: u32) -> anyhow::Result<u64> {
    let rollup = std::fs::read_to_string(format!("/proc/{id}/smaps_rollup"))?;
    bytes(&rollup, "Pss:")
}

/// How many files the process has open.
pub(crate) fn files(id: u32) -> anyhow::Result<u64> {
    Ok(std::fs::read_dir(format!("/proc/{id}/fd"))?.count() as u64)
}

fn bytes(status: &str, name: &str) -> anyhow::Result<u64> {
    let mut lines = status.lines();
    let value = lines.find_map(|line| line.strip_prefix(name));
    let kib = value.and_then(|value| value.split_whitespace().next());
    let kib = kib.with_context(|| format!("/proc/PID/status has no {name}"))?;
    Ok(kib.parse::<u64>()? * 1024)
}

/// The processor time that the process took so far, of its own and in the kernel.
pub(crate) fn cpu(id: u32) -> anyhow::Result<Duration> {
    let stat = std::fs::read_to_string(format!("/proc/{id}/stat"))?;
    // After the name, which may hold anything: state is the first field, utime the 12th, stime the 13th.
    let (_, fields) = stat
        .rsplit_once(')')
        .context("/proc/PID/stat has no name")?;
    let ticks = fields.split_whitespace().skip(11).take(2);
    let ticks: u32 = ticks.map(|field| field.parse().unwrap_or(0)).sum();
    Ok(TICK * ticks)
}

impl Add for Usage {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            memory: self.memory + other.memory,
            resident: self.resident + other.resident,
            cpu: self.cpu + other.cpu,
        }
    }
}

impl Sum for Usage {
    fn sum<I: Iterator<Item = Self>>(all: I) -> Self {
        all.fold(Self::default(), Add::add)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_process_takes_something() {
        let usage = Usage::of(std::process::id()).unwrap();
        assert!(usage.memory > 0 && usage.resident >= usage.memory);
        assert!(files(std::process::id()).unwrap() >= 3);
        assert!(pss(std::process::id()).unwrap() > 0);
    }
}
