//! A pool of workers as it is seen.

/// A pod, and the worker in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Worker {
    /// The pod's number in its StatefulSet, from 0 on. When the set shrinks, the highest go.
    pub ordinal: u32,
    /// Whether it was made from a template that is not the newest.
    pub outdated: bool,
    /// Whether it is ready: it has taken all shards that are leased to it.
    pub ready: bool,
    /// Whether the pod is being deleted.
    pub leaving: bool,
    /// Whether it hands its shards over and takes none, for as long as it runs.
    pub draining: bool,
    /// How many shards it owns; 0 too if the fleet does not know it, or could not be asked.
    pub shards: u32,
}

impl Worker {
    /// Whether it takes and keeps accounts.
    pub const fn serves(&self) -> bool {
        self.ready && !self.leaving && !self.draining
    }

    /// Whether its pod can go without anybody noticing.
    pub const fn is_empty(&self) -> bool {
        self.draining && self.shards == 0
    }
}

/// A pool, as it is seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pool {
    /// How many pods its StatefulSet is to have.
    pub replicas: u32,
    /// Whether the StatefulSet's controller has seen the newest template: which pods are outdated is known only then.
    pub observed: bool,
    /// The pods that there are, by ordinal.
    pub workers: Vec<Worker>,
    /// How many accounts all shards have; `None` if control could not be asked.
    pub accounts: Option<u64>,
}

impl Pool {
    /// The worker with this ordinal, if it has a pod.
    pub fn worker(&self, ordinal: u32) -> Option<&Worker> {
        self.workers.iter().find(|worker| worker.ordinal == ordinal)
    }

    /// How many take and keep accounts.
    pub fn serving(&self) -> u32 {
        count(self.workers.iter().filter(|worker| worker.serves()))
    }

    /// How many of those that should be there do not serve: they start, drain or end, or have no pod yet.
    pub fn unavailable(&self) -> u32 {
        let there = self.kept().filter(|worker| worker.serves());
        self.replicas.saturating_sub(count(there))
    }

    /// How many of those that should be there were made from an older template.
    pub fn outdated(&self) -> u32 {
        count(self.kept().filter(|worker| worker.outdated))
    }

    /// Those that should be there.
    pub fn kept(&self) -> impl Iterator<Item = &Worker> {
        let replicas = self.replicas;
        self.workers.iter().filter(move |w| w.ordinal < replicas)
    }
}

fn count<'a>(workers: impl Iterator<Item = &'a Worker>) -> u32 {
    u32::try_from(workers.count()).unwrap_or(u32::MAX)
}
