//! What a pod's status says, from what its containers are doing.

use super::now::{self, Now, One, Over, State};
use k8s_openapi::api::core::v1::Pod;
use serde_json::{Value, json};

/// The part of the API that a pod's conditions are about here.
const CONDITIONS: [&str; 4] = [
    "PodReadyToStartContainers",
    "Initialized",
    "ContainersReady",
    "Ready",
];

/// The patch of a pod's status. `before` is the status as it was patched last.
pub(super) fn patch(pod: &Pod, node: &str, now: &Now, before: &Value) -> Value {
    let phase = phase(pod, now);
    let is_over = phase == "Succeeded" || phase == "Failed";
    let holds = |condition: &str| match condition {
        "PodReadyToStartContainers" => now.address.is_some(),
        "Initialized" => now.is_initialized(),
        _ => now.is_ready() && !is_over,
    };
    let others = pod.status.iter().flat_map(|status| &status.conditions);
    let others = others
        .flatten()
        .filter(|other| !CONDITIONS.contains(&other.type_.as_str()))
        .map(|other| json!(other));
    let own = CONDITIONS.map(|name| condition(name, holds(name), before));
    let (reason, message) = now.failed.clone().unwrap_or_default();
    let address = now.address.as_deref();
    json!({"status": {
        "phase": phase,
        "reason": reason,
        "message": message,
        "hostIP": node,
        "podIP": address,
        "podIPs": address.map(|ip| json!([{"ip": ip}])),
        "startTime": before["status"]["startTime"].as_str().map_or_else(now::time, str::to_owned),
        "conditions": others.chain(own).collect::<Vec<_>>(),
        "initContainerStatuses": now.inits.iter().map(container).collect::<Vec<_>>(),
        "containerStatuses": now.containers.iter().map(container).collect::<Vec<_>>(),
    }})
}

fn phase(pod: &Pod, now: &Now) -> &'static str {
    if now.failed.is_some() {
        return "Failed";
    }
    let policy = pod
        .spec
        .as_ref()
        .and_then(|spec| spec.restart_policy.as_deref());
    let policy = policy.unwrap_or("Always");
    let ended = |one: &One| match &one.state {
        State::Over(over) => Some(over.code),
        _ => None,
    };
    let codes: Vec<Option<i32>> = now.containers.iter().map(ended).collect();
    let init_failed = now
        .inits
        .iter()
        .any(|one| ended(one).is_some_and(|code| code != 0));
    let is_ending = pod.metadata.deletion_timestamp.is_some();
    if init_failed && policy == "Never" {
        "Failed"
    } else if codes.iter().all(Option::is_some) && (policy != "Always" || is_ending) {
        let all_well = codes.iter().all(|code| *code == Some(0));
        if all_well {
            "Succeeded"
        } else if policy == "Never" || is_ending {
            "Failed"
        } else {
            "Running"
        }
    } else if now.containers.iter().any(|one| !one.id.is_empty()) {
        "Running"
    } else {
        "Pending"
    }
}

fn condition(name: &str, holds: bool, before: &Value) -> Value {
    let status = if holds { "True" } else { "False" };
    let conditions = before["status"]["conditions"].as_array();
    let same = conditions
        .into_iter()
        .flatten()
        .find(|other| other["type"] == name && other["status"] == status);
    let since = same.and_then(|other| other["lastTransitionTime"].as_str());
    json!({
        "type": name,
        "status": status,
        "lastProbeTime": null,
        "lastTransitionTime": since.map_or_else(now::time, str::to_owned),
    })
}

fn container(one: &One) -> Value {
    let state = match &one.state {
        State::Waiting { reason, message } => {
            json!({"waiting": {"reason": reason, "message": message}, "running": null, "terminated": null})
        }
        State::Running { started } => {
            json!({"running": {"startedAt": started}, "waiting": null, "terminated": null})
        }
        State::Over(end) => json!({"terminated": over(end), "waiting": null, "running": null}),
    };
    json!({
        "name": one.name,
        "image": one.image,
        "imageID": one.image,
        "containerID": format!("runc://{}", one.id),
        "ready": one.is_ready,
        "started": one.has_started,
        "restartCount": one.restarts,
        "state": state,
        "lastState": one.last.as_ref().map(|last| json!({"terminated": over(last)})),
    })
}

fn over(over: &Over) -> Value {
    json!({
        "exitCode": over.code,
        "reason": over.reason,
        "message": over.message,
        "startedAt": over.started,
        "finishedAt": over.finished,
        "containerID": format!("runc://{}", over.id),
    })
}
