//! The dependency rules: which crate may know which.

use crate::cargo;
use serde::Deserialize;
use std::collections::{BTreeSet, HashMap};

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    dependencies: Vec<Dependency>,
}

#[derive(Deserialize)]
struct Dependency {
    name: String,
    kind: Option<String>,
}

/// Adapters: only the binary that composes them may name them.
const ADAPTERS: [&str; 9] = [
    "pushmail-eventlog-embedded",
    "pushmail-eventlog-nats",
    "pushmail-leases-embedded",
    "pushmail-leases-redis",
    "pushmail-mailbox-eas",
    "pushmail-mailbox-imap",
    "pushmail-pacer-embedded",
    "pushmail-pacer-redis",
    "pushmail-registry-sql",
];
/// Service libraries.
const SERVICES: [&str; 4] = [
    "pushmail-control",
    "pushmail-delivery",
    "pushmail-operator",
    "pushmail-watcher",
];
/// The operator, and what tries it on a cluster.
const ON_KUBERNETES: [&str; 2] = ["pushmail-operator", "pushmail-cluster"];
/// Protocols and their codecs.
const PROTOCOLS: [&str; 3] = ["pushmail-eas", "pushmail-imap", "pushmail-wbxml"];
/// For tests only.
const TEST_ONLY: [&str; 2] = ["pushmail-testkit", "pushmail-powercut"];
/// Not shipped: these may use what is for tests only.
const TOOLS: [&str; 7] = [
    "xtask",
    "pushmail-chaos",
    "pushmail-ledger",
    "pushmail-loadtest",
    "pushmail-loadtest-tenant",
    "pushmail-simulation",
    "pushmail-testkit",
];
/// Crates that do I/O, run tasks or tell the time.
const IO: [&str; 11] = [
    "async-imap",
    "tokio",
    "mio",
    "socket2",
    "hyper",
    "tonic",
    "axum",
    "rusqlite",
    "sqlx",
    "rustls",
    "hickory-resolver",
];
/// Those on Redis, and the way there that they share.
const ON_REDIS: [&str; 2] = ["pushmail-leases-redis", "pushmail-pacer-redis"];
const REDIS_LINK: &str = "pushmail-redis-link";
/// The one binary.
const BINARY: &str = "pushmail";

/// Checks the workspace; prints each violation.
pub(crate) fn run() -> anyhow::Result<bool> {
    let text = cargo::output(cargo::cargo(&[
        "metadata",
        "--no-deps",
        "--format-version",
        "1",
    ]))?;
    let metadata: Metadata = serde_json::from_str(&text)?;
    let graph: Graph = metadata
        .packages
        .into_iter()
        .map(|package| {
            let normal = package
                .dependencies
                .into_iter()
                .filter(|d| d.kind.is_none());
            (package.name, normal.map(|d| d.name).collect())
        })
        .collect();
    let violations = violations(&graph);
    for violation in &violations {
        eprintln!("rule broken: {violation}");
    }
    Ok(violations.is_empty())
}

/// Each workspace crate and what it depends on outside of tests.
type Graph = HashMap<String, BTreeSet<String>>;

fn violations(graph: &Graph) -> Vec<String> {
    let mut found = Vec::new();
    let mut forbid = |who: &str, what: &[&str], why: &str| {
        for name in what {
            if graph
                .get(who)
                .is_some_and(|dependencies| dependencies.contains(*name))
            {
                found.push(format!("{who} depends on {name}: {why}"));
            }
        }
    };
    let workspace: Vec<&str> = graph.keys().map(String::as_str).collect();
    forbid(
        "pushmail-domain",
        &workspace,
        "domain depends on no workspace crate",
    );
    forbid("pushmail-domain", &IO, "domain does no I/O");
    for protocol in PROTOCOLS {
        forbid(
            protocol,
            &IO,
            "a protocol's flow sees no socket, task or clock",
        );
    }
    for service in SERVICES {
        forbid(
            service,
            &ADAPTERS,
            "a service library sees ports, never adapters",
        );
        forbid(
            service,
            &SERVICES,
            "service libraries do not know each other",
        );
    }
    for adapter in ADAPTERS {
        forbid(adapter, &ADAPTERS, "adapters never see each other");
        forbid(adapter, &SERVICES, "adapters do not know services");
    }
    for name in &workspace {
        if !TOOLS.contains(name) {
            forbid(
                name,
                &TEST_ONLY,
                "this is for tests only: make it a dev-dependency",
            );
        }
        if *name != BINARY && !TOOLS.contains(name) {
            forbid(
                name,
                &ADAPTERS,
                "only the binary, and tools, compose adapters",
            );
        }
        if !ON_REDIS.contains(name) {
            forbid(
                name,
                &[REDIS_LINK],
                "only adapters on Redis know the way there",
            );
        }
        if !ON_KUBERNETES.contains(name) {
            forbid(name, &["kube"], "kube belongs to the operator");
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn graph(edges: &[(&str, &str)]) -> Graph {
        let mut graph = Graph::new();
        for (who, what) in edges {
            graph
                .entry((*who).to_owned())
                .or_default()
                .insert((*what).to_owned());
        }
        graph
    }

    #[test]
    fn a_service_that_knows_an_adapter_is_caught() {
        let planted = graph(&[("pushmail-watcher", "pushmail-registry-sql")]);
        assert!(!violations(&planted).is_empty());
    }

    #[test]
    fn a_flow_that_knows_a_socket_is_caught() {
        assert!(!violations(&graph(&[("pushmail-imap", "tokio")])).is_empty());
    }

    #[test]
    fn the_test_kit_in_a_shipped_crate_is_caught() {
        assert!(!violations(&graph(&[("pushmail", "pushmail-testkit")])).is_empty());
        assert!(violations(&graph(&[("pushmail-ledger", "pushmail-testkit")])).is_empty());
    }
}
