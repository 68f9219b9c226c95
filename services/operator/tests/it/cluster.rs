//! An API server in small: objects by their paths, and what was asked of it.

use http::{Method, Request, Response, StatusCode};
use http_body_util::BodyExt as _;
use kube::Client;
use kube::client::Body;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::{Arc, Mutex};

/// The namespace of all objects.
pub(crate) const NAMESPACE: &str = "mail";

/// Clones share one.
#[derive(Clone, Default)]
pub(crate) struct Cluster(Arc<Mutex<Inner>>);

#[derive(Default)]
struct Inner {
    objects: BTreeMap<String, Value>,
    /// Methods, paths and bodies of what was not only read.
    writes: Vec<(String, Value)>,
}

impl Cluster {
    pub(crate) fn client(&self) -> Client {
        let cluster = self.clone();
        let service = tower::service_fn(move |request: Request<Body>| {
            let cluster = cluster.clone();
            async move {
                let (parts, body) = request.into_parts();
                let body = body.collect().await.expect("a body in memory").to_bytes();
                let body = serde_json::from_slice(&body).unwrap_or_default();
                let (status, answer) = cluster.answer(&parts.method, parts.uri.path(), body);
                let response = Response::builder().status(status);
                let response = response.body(Body::from(answer.to_string().into_bytes()));
                Ok::<_, Infallible>(response.expect("a response"))
            }
        });
        Client::new(service, NAMESPACE)
    }

    pub(crate) fn put(&self, path: &str, object: Value) {
        self.lock().objects.insert(path.to_owned(), object);
    }

    /// The object as it is now.
    pub(crate) fn get(&self, path: &str) -> Value {
        self.lock().objects.get(path).cloned().unwrap_or_default()
    }

    pub(crate) fn change(&self, path: &str, patch: &Value) {
        let mut inner = self.lock();
        merge(inner.objects.get_mut(path).expect("there is one"), patch);
    }

    /// What was written since the last time, events left out.
    pub(crate) fn writes(&self) -> Vec<(String, Value)> {
        let mut writes = std::mem::take(&mut self.lock().writes);
        writes.retain(|(what, _)| !what.contains("/events"));
        writes
    }

    /// The reasons of the events that were published.
    pub(crate) fn events(&self) -> Vec<String> {
        let inner = self.lock();
        let events = inner
            .writes
            .iter()
            .filter(|(what, _)| what.contains("/events"));
        events
            .map(|(_, event)| event["reason"].as_str().unwrap_or_default().to_owned())
            .collect()
    }

    fn answer(&self, method: &Method, path: &str, body: Value) -> (StatusCode, Value) {
        let mut inner = self.lock();
        if *method != Method::GET {
            inner
                .writes
                .push((format!("{method} {path}"), body.clone()));
        }
        let of = path.trim_end_matches("/status").trim_end_matches("/scale");
        match *method {
            Method::GET if path.ends_with("/pods") => (StatusCode::OK, list(&inner.objects, path)),
            Method::POST => (StatusCode::CREATED, body),
            _ => match inner.objects.get_mut(of) {
                None => not_found(),
                Some(object) => {
                    match *method {
                        Method::PATCH => merge(object, &body),
                        Method::DELETE => {
                            object["metadata"]["deletionTimestamp"] = json!("2026-01-01T00:00:00Z");
                        }
                        _ => {}
                    }
                    (StatusCode::OK, shown(path, object))
                }
            },
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Inner> {
        self.0.lock().expect("nothing panics with it")
    }
}

/// As the object is, or how large it is.
fn shown(path: &str, object: &Value) -> Value {
    if !path.ends_with("/scale") {
        return object.clone();
    }
    json!({
        "apiVersion": "autoscaling/v1", "kind": "Scale",
        "metadata": object["metadata"], "spec": { "replicas": object["spec"]["replicas"] },
    })
}

fn list(objects: &BTreeMap<String, Value>, path: &str) -> Value {
    let items = objects.iter().filter(|(of, _)| of.starts_with(path));
    let items: Vec<&Value> = items.map(|(_, object)| object).collect();
    json!({ "apiVersion": "v1", "kind": "List", "metadata": {}, "items": items })
}

fn not_found() -> (StatusCode, Value) {
    let status = json!({
        "apiVersion": "v1", "kind": "Status", "metadata": {}, "status": "Failure",
        "message": "not found", "reason": "NotFound", "code": 404,
    });
    (StatusCode::NOT_FOUND, status)
}

/// RFC 7396.
fn merge(object: &mut Value, patch: &Value) {
    let Value::Object(fields) = patch else {
        *object = patch.clone();
        return;
    };
    if !object.is_object() {
        *object = json!({});
    }
    for (name, value) in fields {
        if let (Value::Null, Some(object)) = (value, object.as_object_mut()) {
            object.remove(name);
        } else {
            merge(&mut object[name], value);
        }
    }
}
