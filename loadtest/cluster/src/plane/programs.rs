//! What each program of the control plane is told.

use super::certs::Certificates;
use super::child::Child;
use super::network::{API_SERVER, NODES, PODS, SERVICES};
use crate::Tools;
use std::path::Path;

/// One etcd, which does not sync: what it holds does not outlive the test.
pub(super) fn etcd(tools: &Tools, folder: &Path) -> anyhow::Result<Child> {
    let data = folder.join("etcd").display().to_string();
    let arguments = [
        format!("--data-dir={data}"),
        "--listen-client-urls=http://127.0.0.1:2379".to_owned(),
        "--advertise-client-urls=http://127.0.0.1:2379".to_owned(),
        "--listen-peer-urls=http://127.0.0.1:2380".to_owned(),
        "--unsafe-no-fsync".to_owned(),
        "--log-level=warn".to_owned(),
    ];
    Child::start(&tools.of_kubernetes("etcd"), &arguments, folder)
}

/// The API server, with RBAC and the admission plugins that are on by default, pod security among them.
pub(super) fn api_server(
    tools: &Tools,
    folder: &Path,
    certificates: &Certificates,
) -> anyhow::Result<Child> {
    let file = |name: &str| certificates.file(name).display().to_string();
    let (certificate, key) = certificates.sign("kubelet-client", Some("system:masters"), vec![])?;
    std::fs::write(certificates.file("kubelet-client.crt"), certificate)?;
    std::fs::write(certificates.file("kubelet-client.key"), key)?;
    let arguments = [
        "--etcd-servers=http://127.0.0.1:2379".to_owned(),
        "--bind-address=0.0.0.0".to_owned(),
        "--secure-port=6443".to_owned(),
        format!("--advertise-address={API_SERVER}"),
        format!("--service-cluster-ip-range={SERVICES}"),
        format!("--tls-cert-file={}", file("server.crt")),
        format!("--tls-private-key-file={}", file("server.key")),
        format!("--client-ca-file={}", file("ca.crt")),
        "--service-account-issuer=https://kubernetes.default.svc.cluster.local".to_owned(),
        format!(
            "--service-account-signing-key-file={}",
            file("accounts.key")
        ),
        format!("--service-account-key-file={}", file("accounts.pub")),
        "--authorization-mode=Node,RBAC".to_owned(),
        "--enable-admission-plugins=NodeRestriction".to_owned(),
        format!(
            "--kubelet-client-certificate={}",
            file("kubelet-client.crt")
        ),
        format!("--kubelet-client-key={}", file("kubelet-client.key")),
        format!("--kubelet-certificate-authority={}", file("ca.crt")),
        "--kubelet-preferred-address-types=InternalIP".to_owned(),
    ];
    Child::start(&tools.of_kubernetes("kube-apiserver"), &arguments, folder)
}

/// Controllers, scheduler and proxy. One proxy serves all nodes, since they share this machine's network.
pub(super) fn others(
    tools: &Tools,
    folder: &Path,
    certificates: &Certificates,
) -> anyhow::Result<Vec<Child>> {
    let file = |name: &str| certificates.file(name).display().to_string();
    let (proxy, _) = NODES[0];
    let programs: [(&str, Vec<String>); 3] = [
        (
            "kube-controller-manager",
            vec![
                "--leader-elect=false".to_owned(),
                "--use-service-account-credentials=true".to_owned(),
                format!(
                    "--service-account-private-key-file={}",
                    file("accounts.key")
                ),
                format!("--root-ca-file={}", file("ca.crt")),
                "--bind-address=127.0.0.1".to_owned(),
            ],
        ),
        (
            "kube-scheduler",
            vec![
                "--leader-elect=false".to_owned(),
                "--bind-address=127.0.0.1".to_owned(),
            ],
        ),
        (
            "kube-proxy",
            vec![
                "--proxy-mode=iptables".to_owned(),
                format!("--hostname-override={proxy}"),
                format!("--cluster-cidr={PODS}"),
                // Limits of the whole machine.
                "--conntrack-max-per-core=0".to_owned(),
                "--conntrack-min=0".to_owned(),
                "--conntrack-tcp-timeout-established=0".to_owned(),
                "--conntrack-tcp-timeout-close-wait=0".to_owned(),
                "--iptables-min-sync-period=100ms".to_owned(),
            ],
        ),
    ];
    let start = |(name, mut arguments): (&str, Vec<String>)| {
        let kubeconfig = certificates.kubeconfig(folder, name)?;
        arguments.push(format!("--kubeconfig={}", kubeconfig.display()));
        Child::start(&tools.of_kubernetes(name), &arguments, folder)
    };
    programs.into_iter().map(start).collect()
}
