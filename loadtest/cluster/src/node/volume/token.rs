//! Tokens of service accounts, bound to their pods.

use super::super::Shared;
use super::super::environment::{name, namespace};
use anyhow::Context as _;
use k8s_openapi::api::authentication::v1::TokenRequest;
use k8s_openapi::api::core::v1::{Pod, ServiceAccount, ServiceAccountTokenProjection};
use kube::api::{Api, PostParams};
use serde_json::json;

/// How long a token holds that does not say; longer than a test.
const SECONDS: i64 = 3600;

/// Asks the API server for a token.
pub(super) async fn request(
    shared: &Shared,
    pod: &Pod,
    wanted: &ServiceAccountTokenProjection,
) -> anyhow::Result<String> {
    let spec = pod.spec.as_ref();
    let account = spec.and_then(|spec| spec.service_account_name.as_deref());
    let request: TokenRequest = serde_json::from_value(json!({
        "metadata": {},
        "spec": {
            "audiences": wanted.audience.iter().collect::<Vec<_>>(),
            "expirationSeconds": wanted.expiration_seconds.unwrap_or(SECONDS),
            "boundObjectRef": {
                "apiVersion": "v1",
                "kind": "Pod",
                "name": name(pod),
                "uid": pod.metadata.uid,
            },
        },
    }))?;
    let accounts = Api::<ServiceAccount>::namespaced(shared.client.clone(), namespace(pod));
    let account = account.unwrap_or("default");
    let params = PostParams::default();
    let answer = accounts.create_token_request(account, &params, &request);
    let status = answer
        .await?
        .status
        .context("the API server gave no token")?;
    Ok(status.token)
}
