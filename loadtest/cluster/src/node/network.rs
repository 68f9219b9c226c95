//! Pods' network namespaces.

use crate::{plane::API_SERVER, shell};
use std::sync::atomic::{AtomicU32, Ordering};

/// The first part of pods' addresses.
const PREFIX: &str = "10.197";
/// What pods send everything to; it is at the other end of each link.
const GATEWAY: &str = "169.254.1.1";

/// Gives addresses out, each once.
#[derive(Debug, Default)]
pub(super) struct Networks(AtomicU32);

/// A pod's namespace, with one link to the nodes'.
#[derive(Debug, Clone)]
pub(super) struct Network {
    number: u32,
    pub(super) address: String,
}

impl Networks {
    /// Makes a namespace.
    pub(super) async fn make(&self) -> anyhow::Result<Network> {
        let number = self.0.fetch_add(1, Ordering::Relaxed) + 1;
        let [_, _, high, low] = number.to_be_bytes();
        let network = Network {
            number,
            address: format!("{PREFIX}.{high}.{low}"),
        };
        let (space, link, address) = (network.name(), network.link(), &network.address);
        let steps = [
            format!("ip netns add {space}"),
            format!("ip link add {link} type veth peer name eth0 netns {space}"),
            format!("ip -n {space} link set lo up"),
            format!("ip -n {space} address add {address}/32 dev eth0"),
            format!("ip -n {space} link set eth0 up"),
            format!("ip -n {space} route add {GATEWAY} dev eth0"),
            format!("ip -n {space} route add default via {GATEWAY}"),
            format!("ip address add {GATEWAY}/32 dev {link}"),
            format!("ip link set {link} up"),
            format!("ip route add {address}/32 dev {link} src {API_SERVER}"),
        ];
        for step in &steps {
            shell::line(step).await?;
        }
        Ok(network)
    }
}

impl Network {
    fn name(&self) -> String {
        format!("pod{}", self.number)
    }

    fn link(&self) -> String {
        format!("link{}", self.number)
    }

    /// The namespace as a file.
    pub(super) fn path(&self) -> String {
        format!("/run/netns/{}", self.name())
    }

    /// Removes it; its link goes with it.
    pub(super) async fn remove(&self) -> anyhow::Result<()> {
        shell::line(&format!("ip netns delete {}", self.name())).await
    }
}
