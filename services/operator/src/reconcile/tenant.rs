//! A declared tenant is made, and erased if that is wanted.

use super::{Context, Error, parameters};
use crate::control::ControlError;
use crate::crd::{Conditions, DeletionPolicy, MailTenant, MailTenantStatus, State};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use k8s_openapi::jiff::Timestamp;
use kube::ResourceExt as _;
use kube::api::{Api, Patch};
use kube::runtime::controller::Action;
use kube::runtime::events::EventType;
use ring::digest::{SHA256, digest};
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;

/// Keeps the resource until its tenant is erased.
const FINALIZER: &str = "pushmail.io/erase";
/// When it is looked at again: somebody may have erased the tenant by hand.
const SETTLED: Duration = Duration::from_secs(300);
/// After a failure.
const FAILED: Duration = Duration::from_secs(10);

/// Makes the tenant if it is not there; erases it if the resource is being deleted and says so.
///
/// The request's id is of namespace and name, so that a resource that is declared anew, in this cluster or in another one with the same
/// registry, gets the tenant that it had.
///
/// # Errors
///
/// If the API server or control refuse or cannot be asked.
pub async fn reconcile(tenant: Arc<MailTenant>, context: Arc<Context>) -> Result<Action, Error> {
    let namespace = tenant.namespace().unwrap_or_default();
    let tenants: Api<MailTenant> = Api::namespaced(context.client.clone(), &namespace);
    if tenant.metadata.deletion_timestamp.is_some() {
        end(&tenants, &tenant, &context).await?;
        return Ok(Action::await_change());
    }
    let erases = tenant.spec.deletion_policy == DeletionPolicy::Erase;
    hold(&tenants, &tenant, erases).await?;
    let made = make(&tenant, &context).await;
    report(&tenants, &tenant, &made).await?;
    made?;
    Ok(Action::requeue(SETTLED))
}

/// What is done when reconciling failed.
#[expect(
    clippy::needless_pass_by_value,
    reason = "a controller hands it over so"
)]
pub fn failed(tenant: Arc<MailTenant>, error: &Error, _: Arc<Context>) -> Action {
    tracing::warn!(%error, tenant = tenant.name_any(), "a tenant could not be reconciled; it is tried again");
    Action::requeue(FAILED)
}

/// Erases the tenant, then lets the resource go.
async fn end(
    tenants: &Api<MailTenant>,
    tenant: &MailTenant,
    context: &Context,
) -> Result<(), Error> {
    if !is_held(tenant) {
        return Ok(());
    }
    if tenant.spec.deletion_policy == DeletionPolicy::Erase {
        // One whose id was not written down in time is found by the request that made it.
        let (id, _) = make(tenant, context).await?;
        context.control.delete_tenant(&id).await?;
        let note = format!("{id} and all it had are gone");
        context
            .tell(tenant, EventType::Normal, "Erased", note)
            .await;
    }
    hold(tenants, tenant, false).await
}

/// Whether the finalizer is there.
fn is_held(tenant: &MailTenant) -> bool {
    tenant.finalizers().iter().any(|one| one == FINALIZER)
}

/// Puts the finalizer there, or takes it away.
async fn hold(tenants: &Api<MailTenant>, tenant: &MailTenant, held: bool) -> Result<(), Error> {
    if is_held(tenant) == held {
        return Ok(());
    }
    let mut finalizers = tenant.finalizers().to_vec();
    finalizers.retain(|one| one != FINALIZER);
    if held {
        finalizers.push(FINALIZER.to_owned());
    }
    // With its version: a finalizer of somebody else's that was added meanwhile must stay.
    let patch = json!({ "metadata": {
        "finalizers": finalizers,
        "resourceVersion": tenant.resource_version(),
    } });
    let (name, patch) = (tenant.name_any(), Patch::Merge(patch));
    tenants.patch(&name, &parameters(), &patch).await?;
    Ok(())
}

/// The tenant's id, and whether it is there: it is made if it was not before.
async fn make(tenant: &MailTenant, context: &Context) -> Result<(String, bool), ControlError> {
    if let Some(id) = known(tenant) {
        let there = context.control.has_tenant(id).await?;
        return Ok((id.to_owned(), there));
    }
    let request = request_id(&tenant.namespace().unwrap_or_default(), &tenant.name_any());
    let id = context
        .control
        .create_tenant(&tenant.spec.name, &request)
        .await?;
    let note = format!("the tenant is {id}");
    context.tell(tenant, EventType::Normal, "Made", note).await;
    Ok((id, true))
}

/// The id that its status has.
fn known(tenant: &MailTenant) -> Option<&str> {
    tenant.status.as_ref()?.tenant.as_deref()
}

/// Writes what is known into the status, if it is something else than before.
async fn report(
    tenants: &Api<MailTenant>,
    tenant: &MailTenant,
    made: &Result<(String, bool), ControlError>,
) -> Result<(), Error> {
    let before = tenant.status.clone().unwrap_or_default();
    let generation = tenant.metadata.generation.unwrap_or_default();
    let now = Time::from(Timestamp::now());
    let mut conditions = Conditions::new(before.conditions, generation, now);
    match made {
        Ok((_, true)) => conditions.set("Ready", State::True, "Made", "the tenant is there"),
        Ok((_, false)) => conditions.set(
            "Ready",
            State::False,
            "Gone",
            "the tenant was erased by hand: delete this resource, too",
        ),
        Err(error) => conditions.set("Ready", State::False, "ControlFailed", error.to_string()),
    };
    let status = MailTenantStatus {
        observed_generation: generation,
        tenant: made
            .as_ref()
            .ok()
            .map(|(id, _)| id.clone())
            .or(before.tenant),
        conditions: conditions.into_all(),
    };
    if tenant.status.as_ref() == Some(&status) {
        return Ok(());
    }
    let patch = Patch::Merge(json!({ "status": status }));
    let name = tenant.name_any();
    tenants.patch_status(&name, &parameters(), &patch).await?;
    Ok(())
}

/// The same for the same namespace and name: 64 characters at most.
fn request_id(namespace: &str, name: &str) -> String {
    let digest = digest(&SHA256, format!("{namespace}/{name}").as_bytes());
    let hex = digest.as_ref().iter().map(|byte| format!("{byte:02x}"));
    let hex: String = hex.take(24).collect();
    format!("mailtenant-{hex}")
}

#[cfg(test)]
mod tests {
    use super::request_id;

    #[test]
    fn a_resource_declared_anew_asks_for_the_same_tenant() {
        let one = request_id("mail", "acme");
        assert_eq!(one, request_id("mail", "acme"));
        assert_ne!(one, request_id("mail2", "acme"));
        assert!(one.len() <= 64);
    }
}
