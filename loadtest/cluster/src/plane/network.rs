//! The network of the cluster: this network namespace, in which nothing else is.
//!
//! Each pod has a namespace of its own and one link to this one, with addresses routed and not bridged, so that kube-proxy's rules
//! apply to all that pods send.

use crate::shell;
use std::fs;

/// Where the API server listens, for pods too.
pub const API_SERVER: &str = "10.198.0.1";
/// Where the simulated mail server listens.
pub const MAIL_SERVER: &str = "10.198.1.1";
/// The nodes and their addresses.
pub const NODES: [(&str, &str); 3] = [
    ("node-a", "10.198.0.11"),
    ("node-b", "10.198.0.12"),
    ("node-c", "10.198.0.13"),
];
/// The addresses of services.
pub(super) const SERVICES: &str = "10.96.0.0/16";
/// That of the API server among them.
pub(super) const API_SERVICE: &str = "10.96.0.1";
/// The addresses of pods.
pub(super) const PODS: &str = "10.197.0.0/16";
/// Names that this process may resolve, kept by the node agent.
const HOSTS: &str = "127.0.0.1 localhost\n";

/// Makes the links of the machine, and lets it forward.
pub(super) async fn make() -> anyhow::Result<()> {
    // What is at these places belongs to the machine: here they are our own.
    shell::line("mount -t tmpfs tmpfs /run").await?;
    // The file alone would not stay: others may replace it.
    for folder in ["/run/etc", "/run/etc-work"] {
        fs::create_dir(folder)?;
    }
    let layers = "lowerdir=/etc,upperdir=/run/etc,workdir=/run/etc-work";
    shell::line(&format!("mount -t overlay overlay -o {layers} /etc")).await?;
    fs::write("/etc/hosts", HOSTS)?;
    shell::line("ip link set lo up").await?;
    // A bridge of nothing: only its addresses matter.
    shell::line("ip link add machine type bridge").await?;
    let nodes = NODES.iter().map(|(_, address)| *address);
    for address in [API_SERVER, MAIL_SERVER].into_iter().chain(nodes) {
        shell::line(&format!("ip address add {address}/32 dev machine")).await?;
    }
    shell::line("ip link set machine up").await?;
    // kube-proxy's rules see only what has a route: services have none of their own.
    shell::line(&format!(
        "ip route add {SERVICES} dev machine src {API_SERVER}"
    ))
    .await?;
    fs::write("/proc/sys/net/ipv4/ip_forward", "1")?;
    Ok(())
}
