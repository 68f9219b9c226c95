//! Looks at what there is, asks [`core`](crate::core) what is to be done, and does it.

pub mod pool;
pub mod tenant;

mod egress;
mod observe;
mod status;

use crate::control::{Control, ControlError};
use kube::Client;
use kube::api::PatchParams;
use kube::runtime::events::{Event, EventType, Recorder, Reporter};
use kube::{Resource, ResourceExt as _};
use std::sync::Arc;

/// Whom the fields of objects belong to that the operator sets.
pub const FIELD_MANAGER: &str = "pushmail-operator";

/// What reconciling needs.
#[derive(Clone)]
pub struct Context {
    /// The API server.
    pub client: Client,
    /// The gateway's control.
    pub control: Arc<dyn Control>,
    /// Tells people what was done.
    pub recorder: Recorder,
}

impl Context {
    /// As the operator with this name.
    pub fn new(client: Client, control: Arc<dyn Control>, name: &str) -> Self {
        let reporter = Reporter {
            controller: FIELD_MANAGER.into(),
            instance: Some(name.into()),
        };
        Self {
            recorder: Recorder::new(client.clone(), reporter),
            client,
            control,
        }
    }

    /// Tells people. That it could not be told is no reason to stop.
    async fn tell<K>(&self, about: &K, type_: EventType, reason: &str, note: String)
    where
        K: Resource<DynamicType = ()>,
    {
        let event = Event {
            type_,
            reason: reason.into(),
            note: Some(note),
            action: "Reconcile".into(),
            secondary: None,
        };
        let about_it = about.object_ref(&());
        if let Err(error) = self.recorder.publish(&event, &about_it).await {
            tracing::warn!(%error, object = about.name_any(), reason, "an event could not be published");
        }
    }
}

/// Reconciling failed; it is tried again.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The API server refused, or could not be asked.
    #[error("the API server: {0}")]
    Kubernetes(#[from] Box<kube::Error>),
    /// Control refused, or could not be asked.
    #[error(transparent)]
    Control(#[from] ControlError),
}

impl From<kube::Error> for Error {
    fn from(error: kube::Error) -> Self {
        Self::Kubernetes(Box::new(error))
    }
}

/// Whether the API server said that there is no such object.
fn is_not_found(error: &kube::Error) -> bool {
    matches!(error, kube::Error::Api(status) if status.code == 404)
}

/// Whether the API server said that the object is another one by now.
fn is_conflict(error: &kube::Error) -> bool {
    matches!(error, kube::Error::Api(status) if status.code == 409)
}

/// Changes by the operator.
fn parameters() -> PatchParams {
    PatchParams {
        field_manager: Some(FIELD_MANAGER.into()),
        ..PatchParams::default()
    }
}
