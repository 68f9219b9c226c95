//! The next step of a pool towards what is wanted.
//!
//! One step at a time; the next is found from what is seen then. So a step that was lost is found again, and one that was done in vain
//! does no harm.

use super::{Policy, Pool, Size, Worker};

/// What is done next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Have the StatefulSet have so many pods.
    Resize(u32),
    /// Have the worker with this ordinal hand over all it has.
    Drain(u32),
    /// Delete the pod with this ordinal; its StatefulSet makes another one, from the newest template.
    Replace(u32),
}

/// What has to happen before anything can be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Waiting {
    /// Control cannot be asked which worker has what.
    Fleet,
    /// The StatefulSet's controller has not seen the newest template.
    Template,
    /// This worker still has shards to hand over.
    Drained(u32),
    /// This worker is not ready, or its pod is not there yet.
    Ready(u32),
    /// If one more worker went, the others would not have the room.
    Room,
}

/// What is to be done about a pool.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Plan {
    /// How many workers there should be.
    pub size: Size,
    /// Whether workers are being replaced by ones of the newest template.
    pub rolling: bool,
    /// The next step.
    pub step: Option<Step>,
    /// Why there is none, if something is still to be done.
    pub waiting: Option<Waiting>,
}

impl Plan {
    /// Whether nothing is left to be done.
    pub const fn is_settled(&self) -> bool {
        self.step.is_none() && self.waiting.is_none()
    }
}

/// What is found: a step, or what it waits for; `None` if there is nothing to do.
type Found = Option<Result<Step, Waiting>>;

/// Finds the next step.
///
/// `wanted` is how many workers were wanted before: with a surge there are more of them.
pub fn plan(policy: &Policy, pool: &Pool, wanted: Option<u32>) -> Plan {
    let size = policy.size(pool.accounts, wanted.unwrap_or(pool.replicas));
    let known = pool.observed && pool.accounts.is_some();
    let rolling = known && pool.outdated() > 0;
    let replicas = match rolling {
        true => size.wanted.saturating_add(policy.surge),
        false => size.wanted,
    };
    let found = grow(pool, replicas)
        .or_else(|| pool.accounts.is_none().then_some(Err(Waiting::Fleet)))
        .or_else(|| (!pool.observed).then_some(Err(Waiting::Template)))
        .or_else(|| heal(pool, replicas))
        .or_else(|| shrink(pool, size, replicas))
        .or_else(|| roll(policy, pool, size))
        .or_else(|| start(pool));
    Plan {
        size,
        rolling,
        step: found.and_then(Result::ok),
        waiting: found.and_then(Result::err),
    }
}

/// More pods are made at once.
fn grow(pool: &Pool, replicas: u32) -> Found {
    (pool.replicas < replicas).then_some(Ok(Step::Resize(replicas)))
}

/// The highest goes, since it is the one that a StatefulSet removes: once it has nothing any more.
fn shrink(pool: &Pool, size: Size, replicas: u32) -> Found {
    if pool.replicas <= replicas {
        return None;
    }
    let highest = pool.replicas - 1;
    let gone = Step::Resize(highest);
    let Some(worker) = pool.worker(highest) else {
        return Some(Ok(gone));
    };
    if worker.leaving || may_go(worker) {
        return Some(Ok(gone));
    }
    Some(drain(pool, size, worker))
}

/// What has nothing and will not get anything as it is, is started anew: a worker that was drained and is to stay after all, and an
/// outdated one that was drained, or is ill. Nobody lacks its room.
fn heal(pool: &Pool, replicas: u32) -> Found {
    let stay = pool.kept().filter(|w| w.ordinal < replicas && !w.leaving);
    let worker = stay.highest(|w| w.is_empty() || (w.outdated && may_go(w)))?;
    Some(Ok(Step::Replace(worker.ordinal)))
}

/// Outdated workers are drained, the highest first; no more at a time than the surge.
fn roll(policy: &Policy, pool: &Pool, size: Size) -> Found {
    let outdated = || pool.kept().filter(|w| w.outdated && !w.leaving);
    // One that is ill is the first to go: the newest template may be what heals it.
    if let Some(ill) = outdated().highest(|w| !w.ready && !w.draining) {
        return Some(drain(pool, size, ill));
    }
    let next = outdated().highest(Worker::serves)?;
    if pool.unavailable() >= policy.surge.max(1) {
        return start(pool);
    }
    Some(drain(pool, size, next))
}

/// What should be there and does not serve yet is waited for.
fn start(pool: &Pool) -> Found {
    let missing = |ordinal: &u32| !pool.worker(*ordinal).is_some_and(Worker::serves);
    let ordinal = (0..pool.replicas).rev().find(missing)?;
    Some(Err(match pool.worker(ordinal) {
        Some(worker) if worker.draining && !worker.leaving => Waiting::Drained(ordinal),
        _ => Waiting::Ready(ordinal),
    }))
}

/// Has it hand over what it has, if the others have the room for that.
fn drain(pool: &Pool, size: Size, worker: &Worker) -> Result<Step, Waiting> {
    if worker.draining {
        return Err(Waiting::Drained(worker.ordinal));
    }
    let others = pool.serving() - u32::from(worker.serves());
    if others < size.needed {
        return Err(Waiting::Room);
    }
    Ok(Step::Drain(worker.ordinal))
}

/// Whether it has nothing that others would have to take over.
const fn may_go(worker: &Worker) -> bool {
    worker.is_empty() || (!worker.ready && worker.shards == 0)
}

/// The highest of some workers.
trait Highest<'a> {
    fn highest(self, wanted: impl Fn(&Worker) -> bool) -> Option<&'a Worker>;
}

impl<'a, I: Iterator<Item = &'a Worker>> Highest<'a> for I {
    fn highest(self, wanted: impl Fn(&Worker) -> bool) -> Option<&'a Worker> {
        self.filter(|worker| wanted(worker))
            .max_by_key(|worker| worker.ordinal)
    }
}
