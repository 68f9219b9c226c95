//! What a pool's status says.

use crate::core::{Plan, Policy, Pool, Step, Waiting};
use crate::crd::{Conditions, State, WatcherPool, WatcherPoolStatus};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use k8s_openapi::jiff::Timestamp;

/// How it is about a pool.
pub(super) enum Situation<'a> {
    /// Its StatefulSet is not there.
    Missing,
    /// Its StatefulSet replaces its pods without draining them.
    RollsByItself,
    /// It is known what is to be done.
    Planned {
        plan: &'a Plan,
        pool: &'a Pool,
        /// Why control could not be asked, if it could not.
        unreachable: Option<String>,
    },
}

/// Something that people should know of, and did not yet.
pub(super) struct Warning {
    pub(super) reason: String,
    pub(super) message: String,
}

/// The status, and what is new in it to warn of.
pub(super) fn of(
    pool: &WatcherPool,
    situation: Situation<'_>,
) -> (WatcherPoolStatus, Vec<Warning>) {
    let before = pool.status.clone().unwrap_or_default();
    let generation = pool.metadata.generation.unwrap_or_default();
    let conditions = Conditions::new(before.conditions.clone(), generation, now());
    let mut writer = Writer {
        conditions,
        warnings: Vec::new(),
    };
    let set = &pool.spec.stateful_set;
    let counted = match situation {
        Situation::Missing => {
            writer.broken(
                "StatefulSetMissing",
                format!("there is no StatefulSet {set} in this namespace"),
            );
            before
        }
        Situation::RollsByItself => {
            writer.broken("RollsByItself", format!("the updateStrategy of {set} has to be OnDelete: otherwise its pods are replaced before they handed their mailboxes over"));
            before
        }
        Situation::Planned {
            plan,
            pool: seen,
            unreachable,
        } => {
            writer.planned(pool, plan, seen, unreachable);
            WatcherPoolStatus {
                accounts: seen.accounts.or(before.accounts),
                workers: Some(plan.size.wanted),
                needed_workers: plan.size.needed,
                serving_workers: seen.serving(),
                outdated_workers: seen.outdated(),
                ..before
            }
        }
    };
    let status = WatcherPoolStatus {
        observed_generation: generation,
        conditions: writer.conditions.into_all(),
        ..counted
    };
    (status, writer.warnings)
}

struct Writer {
    conditions: Conditions,
    warnings: Vec<Warning>,
}

impl Writer {
    fn broken(&mut self, reason: &str, message: String) {
        self.warn_of("Ready", State::False, reason, message);
    }

    fn planned(
        &mut self,
        pool: &WatcherPool,
        plan: &Plan,
        seen: &Pool,
        unreachable: Option<String>,
    ) {
        let (wanted, serving) = (plan.size.wanted, seen.serving());
        let ready = serving >= wanted && !plan.rolling;
        let reason = if ready { "AllServe" } else { "NotAllServe" };
        let message = format!("{serving} of {wanted} workers serve");
        self.set("Ready", ready.into(), reason, message);
        self.progressing(plan);
        match unreachable {
            Some(why) => self.warn_of("FleetReachable", State::False, "ControlFailed", why),
            None => self.set(
                "FleetReachable",
                State::True,
                "ControlAnswers",
                String::new(),
            ),
        }
        self.outgrown(seen, &pool.spec.policy());
    }

    fn progressing(&mut self, plan: &Plan) {
        let (reason, message) = progress(plan);
        let progressing = State::from(!plan.is_settled());
        match plan.waiting {
            Some(Waiting::Room) => self.warn_of("Progressing", progressing, reason, message),
            _ => self.set("Progressing", progressing, reason, message),
        }
    }

    fn outgrown(&mut self, seen: &Pool, policy: &Policy) {
        let Some(accounts) = seen
            .accounts
            .filter(|accounts| policy.is_outgrown(*accounts))
        else {
            return self.set("Outgrown", State::False, "WithinMaximum", String::new());
        };
        let message = format!(
            "{accounts} accounts are more than {} workers should have: raise maxWorkers",
            policy.max
        );
        self.warn_of("Outgrown", State::True, "MaximumReached", message);
    }

    /// Sets a condition.
    fn set(&mut self, type_: &str, state: State, reason: &str, message: String) {
        self.conditions.set(type_, state, reason, message);
    }

    /// Sets a condition; if it is new, people are told.
    fn warn_of(&mut self, type_: &str, state: State, reason: &str, message: String) {
        if self.conditions.set(type_, state, reason, message.clone()) {
            self.warnings.push(Warning {
                reason: reason.to_owned(),
                message,
            });
        }
    }
}

/// What is being done, as a reason and in words.
fn progress(plan: &Plan) -> (&'static str, String) {
    match (plan.step, plan.waiting) {
        (Some(Step::Resize(replicas)), _) => ("Resizing", format!("to {replicas} workers")),
        (Some(Step::Drain(ordinal)), _) | (None, Some(Waiting::Drained(ordinal))) => (
            "Draining",
            format!("worker {ordinal} hands its mailboxes over"),
        ),
        (Some(Step::Replace(ordinal)), _) => ("Replacing", format!("worker {ordinal}")),
        (None, Some(Waiting::Ready(ordinal))) => (
            "WaitingForWorker",
            format!("worker {ordinal} is not ready yet"),
        ),
        (None, Some(Waiting::Room)) => (
            "WaitingForRoom",
            "if one more worker went, the others would not have the room for its accounts"
                .to_owned(),
        ),
        (None, Some(Waiting::Fleet)) => (
            "WaitingForControl",
            "control does not say which worker has what".to_owned(),
        ),
        (None, Some(Waiting::Template)) => (
            "WaitingForStatefulSet",
            "its controller has not seen the newest template yet".to_owned(),
        ),
        (None, None) => ("Settled", String::new()),
    }
}

fn now() -> Time {
    Time::from(Timestamp::now())
}
