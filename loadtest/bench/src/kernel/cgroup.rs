//! A control group of one's own (cgroup v2): below this program's, if that may be divided.

use anyhow::{Context as _, ensure};
use std::path::{Path, PathBuf};

/// A control group, removed when this is dropped after its processes ended.
pub(crate) struct Cgroup(PathBuf);

impl Cgroup {
    /// Makes one that counts memory.
    pub(super) fn new() -> anyhow::Result<Self> {
        let own = own()?;
        let controllers = std::fs::read_to_string(own.join("cgroup.controllers"))?;
        let counted = controllers.split_whitespace().any(|name| name == "memory");
        ensure!(counted, "memory is not counted by cgroup v2");
        std::fs::write(own.join("cgroup.subtree_control"), "+memory")?;
        let name = format!("pushmail-loadtest-{}", std::process::id());
        let group = Self(own.join(name));
        std::fs::create_dir(&group.0)?;
        group.kernel_bytes()?;
        Ok(group)
    }

    /// Moves processes there. What they took before stays where it is.
    pub(super) fn adopt(&self, processes: impl IntoIterator<Item = u32>) -> anyhow::Result<()> {
        for process in processes {
            std::fs::write(self.0.join("cgroup.procs"), process.to_string())?;
        }
        Ok(())
    }

    /// What the kernel holds for its processes.
    pub(super) fn kernel_bytes(&self) -> anyhow::Result<u64> {
        let text = std::fs::read_to_string(self.0.join("memory.stat"))?;
        let value = text.lines().find_map(|line| line.strip_prefix("kernel "));
        Ok(value.context("memory.stat has no kernel")?.parse()?)
    }
}

impl Drop for Cgroup {
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_dir(&self.0) {
            eprintln!("{} stays: {error}", self.0.display());
        }
    }
}

/// The folder of this program's own group.
fn own() -> anyhow::Result<PathBuf> {
    let mounts = std::fs::read_to_string("/proc/self/mounts")?;
    let mounted = mounts.lines().find_map(|line| {
        let mut fields = line.split(' ').skip(1);
        let at = fields.next()?;
        (fields.next()? == "cgroup2").then_some(at)
    });
    let groups = std::fs::read_to_string("/proc/self/cgroup")?;
    let group = groups.lines().find_map(|line| line.strip_prefix("0::/"));
    let mounted = mounted.context("cgroup v2 is not mounted")?;
    Ok(Path::new(mounted).join(group.context("this process is in no group of cgroup v2")?))
}
