//! A fleet in small, with everything that goes wrong: what the plan must never do, and that it arrives.

use proptest::prelude::*;
use pushmail_operator::core::{Policy, Pool, Step, Worker, plan};

/// How long a pod takes to be ready, to hand its shards over and to end, in ticks.
const TAKES: u32 = 3;
/// After so many ticks without trouble everything has to be as it is wanted.
const ARRIVES: u32 = 400;

/// What happens to the fleet.
#[derive(Debug, Clone, Copy)]
enum Trouble {
    Accounts(u64),
    /// A new template.
    Template,
    /// A worker is not ready for a while.
    Ill(u32),
    /// Somebody deletes a pod.
    Deleted(u32),
    /// Somebody drains a worker by hand.
    Drained(u32),
}

#[derive(Debug, Clone, Copy)]
struct Pod {
    ordinal: u32,
    template: u32,
    /// Ticks until it is ready.
    starts: u32,
    /// Ticks until its shards are handed over, once it drains.
    drains: Option<u32>,
    /// Ticks until it is gone, once it is deleted.
    ends: Option<u32>,
}

impl Pod {
    const fn new(ordinal: u32, template: u32) -> Self {
        Self {
            ordinal,
            template,
            starts: TAKES,
            drains: None,
            ends: None,
        }
    }

    fn seen(&self, template: u32) -> Worker {
        let empty = self.drains == Some(0) || self.starts > 0 && self.drains.is_none();
        Worker {
            ordinal: self.ordinal,
            outdated: self.template != template,
            ready: self.starts == 0,
            leaving: self.ends.is_some(),
            draining: self.drains.is_some(),
            shards: if empty { 0 } else { 7 },
        }
    }
}

struct World {
    policy: Policy,
    replicas: u32,
    template: u32,
    accounts: u64,
    pods: Vec<Pod>,
    wanted: Option<u32>,
}

impl World {
    fn new(policy: Policy) -> Self {
        Self {
            policy,
            replicas: 1,
            template: 0,
            accounts: 0,
            pods: Vec::new(),
            wanted: None,
        }
    }

    fn seen(&self) -> Pool {
        Pool {
            replicas: self.replicas,
            observed: true,
            workers: self.pods.iter().map(|p| p.seen(self.template)).collect(),
            accounts: Some(self.accounts),
        }
    }

    fn pod(&mut self, ordinal: u32) -> Option<&mut Pod> {
        self.pods.iter_mut().find(|pod| pod.ordinal == ordinal)
    }

    /// What the StatefulSet's controller and the workers do.
    fn tick(&mut self) {
        for pod in &mut self.pods {
            pod.starts = pod.starts.saturating_sub(1);
            pod.drains = pod.drains.map(|left| left.saturating_sub(1));
            pod.ends = pod.ends.map(|left| left.saturating_sub(1));
            if pod.ordinal >= self.replicas && pod.ends.is_none() {
                pod.ends = Some(TAKES);
            }
        }
        self.pods.retain(|pod| pod.ends != Some(0));
        for ordinal in 0..self.replicas {
            if self.pod(ordinal).is_none() {
                self.pods.push(Pod::new(ordinal, self.template));
            }
        }
    }

    fn suffer(&mut self, trouble: Trouble) {
        match trouble {
            Trouble::Accounts(accounts) => self.accounts = accounts,
            Trouble::Template => self.template += 1,
            Trouble::Ill(ordinal) => {
                if let Some(pod) = self.pod(ordinal) {
                    pod.starts = TAKES;
                }
            }
            Trouble::Deleted(ordinal) => {
                if let Some(pod) = self.pod(ordinal) {
                    pod.ends = Some(TAKES);
                }
            }
            Trouble::Drained(ordinal) => {
                if let Some(pod) = self.pod(ordinal) {
                    pod.drains.get_or_insert(TAKES);
                }
            }
        }
    }

    /// Does the next step, and looks at whether it may be done. Returns whether nothing was left to do.
    fn act(&mut self) -> bool {
        let pool = self.seen();
        let plan = plan(&self.policy, &pool, self.wanted);
        self.wanted = Some(plan.size.wanted);
        match plan.step {
            Some(Step::Resize(replicas)) => {
                let most = plan.size.wanted + self.policy.surge;
                assert!(replicas < pool.replicas || replicas <= most, "{plan:?}");
                for gone in replicas..pool.replicas {
                    let pod = pool.worker(gone);
                    let serves = pod.is_some_and(|w| w.serves() || (w.shards > 0 && !w.leaving));
                    assert!(!serves, "{gone} has something: {plan:?}");
                }
                self.replicas = replicas;
            }
            Some(Step::Drain(ordinal)) => {
                let worker = pool.worker(ordinal).expect("there is a pod");
                let left = pool.serving() - u32::from(worker.serves());
                assert!(left >= plan.size.needed, "too few are left: {plan:?}");
                self.suffer(Trouble::Drained(ordinal));
            }
            Some(Step::Replace(ordinal)) => {
                let worker = pool.worker(ordinal).expect("there is a pod");
                assert!(!worker.serves() && worker.shards == 0, "{plan:?}");
                self.suffer(Trouble::Deleted(ordinal));
            }
            None => {}
        }
        plan.is_settled()
    }

    /// Whether every pod that should be there serves, and no other one is there.
    fn is_at_rest(&self) -> bool {
        let pool = self.seen();
        pool.unavailable() == 0 && pool.workers.len() == self.replicas as usize
    }

    /// That it is as it is wanted.
    fn arrived(&self) {
        let size = self.policy.size(Some(self.accounts), self.replicas);
        assert_eq!(self.replicas, size.wanted);
        let pool = self.seen();
        assert_eq!(pool.serving(), size.wanted);
        assert_eq!(pool.outdated(), 0);
    }
}

fn trouble() -> impl Strategy<Value = Trouble> {
    prop_oneof![
        (0..1200u64).prop_map(Trouble::Accounts),
        Just(Trouble::Template),
        (0..12u32).prop_map(Trouble::Ill),
        (0..12u32).prop_map(Trouble::Deleted),
        (0..12u32).prop_map(Trouble::Drained),
    ]
}

fn policy() -> impl Strategy<Value = Policy> {
    (1..4u32, 0..8u32, 0..3u32).prop_map(|(min, more, surge)| Policy {
        target: 100,
        min,
        max: min + more,
        surge,
    })
}

proptest! {
    #[test]
    fn a_pool_arrives_and_never_lacks_what_is_needed(
        policy in policy(),
        troubles in prop::collection::vec((trouble(), 0..30u32), 0..20),
    ) {
        let mut world = World::new(policy);
        for (trouble, ticks) in troubles {
            world.suffer(trouble);
            for _ in 0..ticks {
                world.act();
                world.tick();
            }
        }
        // Without a surge a roll may have to wait for room for ever.
        world.policy.surge = world.policy.surge.max(1);
        let settled = (0..ARRIVES).any(|_| {
            let settled = world.act();
            world.tick();
            settled && world.is_at_rest()
        });
        prop_assert!(settled, "it never came to rest: {:?}", world.seen());
        world.arrived();
    }
}
