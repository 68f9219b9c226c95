//! Mistakes that are planted: a check that lets one of them through is worth nothing.

use super::{Tools, chart, check, tools};
use crate::cargo;
use anyhow::ensure;
use std::fs;
use std::path::Path;
use std::process::Command;

/// Values that are none, beside `ci/minimal-values.yaml`.
const VALUES: [&str; 23] = [
    "delivry.replicas=3",
    "delivery.replica=3",
    "delivery.replicas=three",
    "delivery.replicas=0",
    "image.pullPolicy=Sometimes",
    "nats.servers[0]=nats://me:secret@nats:4222",
    "nats.servers=",
    "masterKey.existingSecret=",
    "masterKey.value=secret",
    "adminKey.existingSecret=",
    "tls.existingSecret=",
    "config.eventlog.retentoin=7d",
    "config.eventlog.retention=7",
    "config.eventlog.retention=7days",
    "config.registry.url=postgres://x",
    "config.listen.grpc=0.0.0.0:1",
    "config.eventlog.nats.replicas=2",
    "nats.auth.method=token",
    "nats.auth.method=password",
    "podMonitor.enabled=true",
    "podSecurity.user=0",
    "watcher.resources.request.cpu=1",
    "evaluation.enabled=true",
];

/// In a template, what is replaced by what.
const TEMPLATES: [(&str, &str, &str); 30] = [
    ("_pod.tpl", "readinessProbe:", "readynessProbe:"),
    ("_pod.tpl", "periodSeconds: 5", "periodSeconds: often"),
    (
        "_pod.tpl",
        "automountServiceAccountToken: false",
        "automountServiceAccountToken: never",
    ),
    ("_pod.tpl", "drop: [ALL]", "drop: [NET_RAW]"),
    (
        "_pod.tpl",
        "readOnlyRootFilesystem: true",
        "readOnlyRootFilesystem: false",
    ),
    ("_pod.tpl", "runAsNonRoot: true", "runAsNonRoot: false"),
    ("_pod.tpl", "seconds: {{ . }}", "second: {{ . }}"),
    (
        "_pod.tpl",
        "$config.watcher.fleet.hand_over_within",
        "$config.delivery.drain_grace",
    ),
    (
        "_pod.tpl",
        "$config.delivery.drain_spread",
        "$config.delivery.drain_grace",
    ),
    (
        "delivery/hpa.yaml",
        "averageUtilization",
        "averageUtilisation",
    ),
    ("delivery/pdb.yaml", "\"delivery\"", "\"deliver\""),
    (
        "watcher/statefulset.yaml",
        "podManagementPolicy",
        "podManagmentPolicy",
    ),
    (
        "monitoring/podmonitor.yaml",
        "podMetricsEndpoints",
        "podMetricEndpoints",
    ),
    (
        "monitoring/prometheusrule.yaml",
        "fromYaml | toYaml",
        "quote",
    ),
    ("control/networkpolicy.yaml", "policyTypes", "policyType"),
    (
        "control/service.yaml",
        "targetPort: grpc",
        "targetPort: [grpc]",
    ),
    (
        "control/deployment.yaml",
        "replicas:",
        "replicas: 1\n  replicas:",
    ),
    (
        "evaluation/nats/statefulset.yaml",
        "mountPath: /data",
        "mountpath: /data",
    ),
    (
        "watcher/networkpolicy.yaml",
        "(list \"test-mail\")",
        "(list \"test-mails\")",
    ),
    ("tests/mail/_mail.tpl", "-test-mail.", "-test-mails."),
    (
        "evaluation/mail.yaml",
        "pushmail.test.mail.secret",
        "pushmail.fullname",
    ),
    (
        "operator/rbac.yaml",
        "  kind: Role\n",
        "  kind: ClusterRole\n",
    ),
    ("operator/rbac.yaml", "-watcher]", "-watchers]"),
    ("operator/rbac.yaml", "-operator]", "-leader]"),
    ("operator/rbac.yaml", "[list, delete]", "[list, remove]"),
    (
        "operator/deployment.yaml",
        "}}-operator\n      #",
        "}}\n      #",
    ),
    (
        "operator/deployment.yaml",
        "--lease={{ include \"pushmail.fullname\" . }}-operator",
        "--lease={{ include \"pushmail.fullname\" . }}",
    ),
    (
        "operator/networkpolicy.yaml",
        "(list \"control\")",
        "(list \"controls\")",
    ),
    ("watcher/pool.yaml", "statefulSet:", "statefulset:"),
    ("watcher/pool.yaml", "-watcher\n", "-watchers\n"),
];

/// Plants each of them, and says which were not refused.
pub(super) fn all_refused(tools: &Tools) -> anyhow::Result<bool> {
    let mut let_through = Vec::new();
    for planted in VALUES {
        if is_rendered(tools, planted)? {
            let_through.push(planted.to_owned());
        }
    }
    for planted in TEMPLATES {
        if passes(tools, planted)? {
            let_through.push(format!("{planted:?}"));
        }
    }
    for planted in &let_through {
        eprintln!("not refused: {planted}");
    }
    let all = VALUES.len() + TEMPLATES.len();
    println!(
        "{} of {all} planted mistakes refused",
        all - let_through.len()
    );
    Ok(let_through.is_empty())
}

fn is_rendered(tools: &Tools, set: &str) -> anyhow::Result<bool> {
    let values = chart().join("ci/minimal-values.yaml");
    let mut helm = tools.helm(&["template", "mail"], &chart(), &values, tools::KUBERNETES);
    Ok(helm.args(["--set", set]).output()?.status.success())
}

fn passes(tools: &Tools, (file, from, to): (&str, &str, &str)) -> anyhow::Result<bool> {
    let folder = tempfile::tempdir()?;
    let copy = folder.path().join("pushmail");
    copy_folder(&chart(), &copy)?;
    let path = copy.join("templates").join(file);
    let text = fs::read_to_string(&path)?;
    ensure!(
        text.contains(from),
        "{file} has no {from:?} to plant a mistake in"
    );
    fs::write(&path, text.replace(from, to))?;
    Ok(check(tools, &copy)?.status.success())
}

fn copy_folder(from: &Path, to: &Path) -> anyhow::Result<()> {
    let mut copy = Command::new("cp");
    copy.arg("-r").arg(from).arg(to);
    cargo::run(copy)
}
