//! The delivery processes, and what they take.

use crate::kernel::Kernel;
use crate::rig::Rig;
use crate::rig::process::Process;
use crate::stage::identity::Identity;
use crate::stage::pods::url;
use crate::usage::{Usage, pss};
use serde::Serialize;
use std::time::Duration;
use tokio::time::sleep;

/// Sessions of one process: it may open 20,000 files, and refuses more than 20,000 by default.
const PER_POD: usize = 19_000;

pub(super) struct Pods(Vec<Process>);

impl Pods {
    /// How many processes this many sessions take; `one_less`: after one of them is gone.
    pub(super) fn for_sessions(sessions: usize, one_less: bool) -> usize {
        sessions.div_ceil(PER_POD).max(1) + usize::from(one_less)
    }

    /// Starts this many, which show this certificate.
    pub(super) fn start(rig: &Rig, count: usize, identity: &Identity) -> anyhow::Result<Self> {
        let settings = identity.settings();
        let start = |number| rig.process_with("delivery", &format!("pod-{number}"), &settings);
        let pods = (1..=count).map(start);
        Ok(Self(pods.collect::<anyhow::Result<_>>()?))
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    pub(super) fn ids(&self) -> Vec<u32> {
        self.0.iter().map(|pod| pod.id).collect()
    }

    pub(super) fn urls(&self) -> Vec<String> {
        self.0.iter().map(url).collect()
    }

    /// Processor time of all together, so far.
    pub(super) fn cpu(&self) -> anyhow::Result<Duration> {
        self.0.iter().map(Process::cpu).sum()
    }

    /// Processor time of all together within this time.
    pub(super) async fn cpu_over(&self, time: Duration) -> anyhow::Result<Duration> {
        let before = self.cpu()?;
        sleep(time).await;
        Ok(self.cpu()?.saturating_sub(before))
    }

    /// How many sessions the first one says that it has.
    pub(super) fn sessions_of_first(&self) -> anyhow::Result<u64> {
        self.0[0].metric("pushmail_open_sessions")
    }

    /// Has the first one drain, and waits until it ended.
    pub(super) async fn drain_first(&mut self) -> anyhow::Result<()> {
        self.0[0].drain().await
    }
}

/// Bytes of all of them together, or of a part.
#[derive(Debug, Clone, Copy, Serialize)]
pub(super) struct Taken {
    /// Memory of their own (`RssAnon`).
    pub(super) own: u64,
    /// With what they share with files (`VmRSS`).
    pub(super) resident: u64,
    /// With their part of what processes share (`Pss`).
    pub(super) proportional: u64,
    /// What the kernel holds for their end of the connections; `None` if it cannot be told.
    pub(super) kernel: Option<u64>,
}

impl Taken {
    pub(super) fn now(pods: &Pods, kernel: &Kernel) -> anyhow::Result<Self> {
        let usage = Usage::of_all(pods.ids())?;
        let shares = pods.ids().into_iter().map(pss);
        Ok(Self {
            own: usage.memory,
            resident: usage.resident,
            proportional: shares.sum::<anyhow::Result<u64>>()?,
            kernel: kernel.bytes()?,
        })
    }

    /// What came since then.
    pub(super) fn since(self, before: &Self) -> Self {
        let kernel = self.kernel.zip(before.kernel);
        Self {
            own: self.own.saturating_sub(before.own),
            resident: self.resident.saturating_sub(before.resident),
            proportional: self.proportional.saturating_sub(before.proportional),
            kernel: kernel.map(|(now, before)| now.saturating_sub(before)),
        }
    }

    /// For each of so many.
    pub(super) fn per(self, many: usize) -> Self {
        let many = many.max(1) as u64;
        Self {
            own: self.own / many,
            resident: self.resident / many,
            proportional: self.proportional / many,
            kernel: self.kernel.map(|kernel| kernel / many),
        }
    }
}
