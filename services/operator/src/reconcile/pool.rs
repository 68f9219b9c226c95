//! A pool of workers is brought to the size and the template that it should have.

use super::observe::Observed;
use super::status::{self, Situation};
use super::{Context, Error, egress, is_conflict, is_not_found, parameters};
use crate::control::Fleet;
use crate::core::{Plan, Step, plan};
use crate::crd::{WatcherPool, WatcherPoolStatus};
use k8s_openapi::api::apps::v1::StatefulSet;
use k8s_openapi::api::core::v1::Pod;
use kube::ResourceExt as _;
use kube::api::{Api, DeleteParams, Patch, Preconditions};
use kube::runtime::controller::Action;
use kube::runtime::events::EventType;
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;

/// When a pool is looked at again: after a step; while something is waited for; when nothing is to be done.
const AFTER_STEP: Duration = Duration::from_secs(1);
const WAITING: Duration = Duration::from_secs(2);
const SETTLED: Duration = Duration::from_secs(10);
/// After a failure.
const FAILED: Duration = Duration::from_secs(5);

/// Does the pool's next step.
///
/// # Errors
///
/// If the API server or control refuse or cannot be asked. That control cannot be asked while nothing has to be drained is
/// no error, but in the status.
pub async fn reconcile(pool: Arc<WatcherPool>, context: Arc<Context>) -> Result<Action, Error> {
    let namespace = pool.namespace().unwrap_or_default();
    let sets: Api<StatefulSet> = Api::namespaced(context.client.clone(), &namespace);
    let Some(set) = sets.get_opt(&pool.spec.stateful_set).await? else {
        report(&pool, &context, Situation::Missing).await?;
        return Ok(Action::requeue(SETTLED));
    };
    if !is_on_delete(&set) {
        report(&pool, &context, Situation::RollsByItself).await?;
        return Ok(Action::requeue(SETTLED));
    }
    if egress::attach(&pool, &set, &sets).await? {
        return Ok(Action::requeue(AFTER_STEP));
    }
    let fleet = ask(&context).await;
    let unreachable = fleet.as_ref().err().cloned();
    let observed = Observed::look(&context.client, &set, fleet.ok()).await?;
    let wanted = pool.status.as_ref().and_then(|status| status.workers);
    let plan = plan(&pool.spec.policy(), &observed.pool, wanted);
    let situation = Situation::Planned {
        plan: &plan,
        pool: &observed.pool,
        unreachable,
    };
    report(&pool, &context, situation).await?;
    let Some(step) = plan.step else {
        return Ok(Action::requeue(if plan.is_settled() {
            SETTLED
        } else {
            WAITING
        }));
    };
    act(&pool, &context, &observed, step).await?;
    tell(&pool, &context, &plan, step).await;
    Ok(Action::requeue(AFTER_STEP))
}

/// What is done when reconciling failed.
#[expect(
    clippy::needless_pass_by_value,
    reason = "a controller hands it over so"
)]
pub fn failed(pool: Arc<WatcherPool>, error: &Error, _: Arc<Context>) -> Action {
    tracing::warn!(%error, pool = pool.name_any(), "a pool could not be reconciled; it is tried again");
    Action::requeue(FAILED)
}

/// What control says of the fleet, or why it says nothing.
async fn ask(context: &Context) -> Result<Fleet, String> {
    let fleet = context.control.fleet().await;
    fleet.map_err(|error| error.to_string())
}

/// Writes what is seen into the status, if it is something else than before.
async fn report(
    pool: &WatcherPool,
    context: &Context,
    situation: Situation<'_>,
) -> Result<(), Error> {
    let (status, changed) = status::of(pool, situation);
    if pool.status.as_ref() == Some(&status) {
        return Ok(());
    }
    let pools: Api<WatcherPool> = Api::namespaced(
        context.client.clone(),
        &pool.namespace().unwrap_or_default(),
    );
    write(&pools, pool, &status).await?;
    for warning in changed {
        let reason = &warning.reason;
        context
            .tell(pool, EventType::Warning, reason, warning.message)
            .await;
    }
    Ok(())
}

async fn write(
    pools: &Api<WatcherPool>,
    pool: &WatcherPool,
    status: &WatcherPoolStatus,
) -> Result<(), Error> {
    let patch = Patch::Merge(json!({ "status": status }));
    let parameters = parameters();
    pools
        .patch_status(&pool.name_any(), &parameters, &patch)
        .await?;
    Ok(())
}

async fn act(
    pool: &WatcherPool,
    context: &Context,
    observed: &Observed,
    step: Step,
) -> Result<(), Error> {
    let namespace = pool.namespace().unwrap_or_default();
    match step {
        Step::Resize(replicas) => {
            let sets: Api<StatefulSet> = Api::namespaced(context.client.clone(), &namespace);
            let patch = Patch::Merge(json!({ "spec": { "replicas": replicas } }));
            let parameters = parameters();
            sets.patch_scale(&pool.spec.stateful_set, &parameters, &patch)
                .await?;
        }
        Step::Drain(ordinal) => {
            if let Some(worker) = observed.worker_id(ordinal) {
                context.control.drain(worker).await?;
            }
        }
        Step::Replace(ordinal) => {
            if let Some(pod) = observed.pod(ordinal) {
                let pods: Api<Pod> = Api::namespaced(context.client.clone(), &namespace);
                delete(&pods, pod).await?;
            }
        }
    }
    Ok(())
}

/// Deletes this pod, and not one that has its name by now.
async fn delete(pods: &Api<Pod>, pod: &Pod) -> Result<(), Error> {
    let parameters = DeleteParams {
        preconditions: Some(Preconditions {
            uid: pod.uid(),
            ..Preconditions::default()
        }),
        ..DeleteParams::default()
    };
    match pods.delete(&pod.name_any(), &parameters).await {
        Err(error) if !is_not_found(&error) && !is_conflict(&error) => Err(error.into()),
        _ => Ok(()),
    }
}

async fn tell(pool: &WatcherPool, context: &Context, plan: &Plan, step: Step) {
    let set = &pool.spec.stateful_set;
    let (reason, note) = match step {
        Step::Resize(replicas) => (
            "Resized",
            format!(
                "{set} has {replicas} workers now; {} are wanted",
                plan.size.wanted
            ),
        ),
        Step::Drain(ordinal) => (
            "Draining",
            format!("{set}-{ordinal} hands its mailboxes over"),
        ),
        Step::Replace(ordinal) => (
            "Replaced",
            format!("{set}-{ordinal} is replaced by one of the newest template"),
        ),
    };
    tracing::info!(pool = pool.name_any(), reason, note);
    context.tell(pool, EventType::Normal, reason, note).await;
}

/// Whether the StatefulSet leaves it to others to replace its pods.
fn is_on_delete(set: &StatefulSet) -> bool {
    let strategy = set.spec.as_ref().and_then(|s| s.update_strategy.as_ref());
    strategy.and_then(|s| s.type_.as_deref()) == Some("OnDelete")
}
