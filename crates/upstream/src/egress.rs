//! The egress guard: which addresses a tenant-chosen host may lead to (invariant 9).

mod special;

use ipnet::IpNet;
use pushmail_domain::{Fault, FaultKind};
use serde::{Deserialize, Serialize};
use std::net::IpAddr;

/// What the configuration says about egress.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EgressConfig {
    /// Networks that are allowed although they are not public: the key `upstream.allow_networks`.
    /// Empty by default.
    #[serde(default)]
    pub allow: Vec<IpNet>,
}

#[derive(Debug, Clone)]
enum Policy {
    PublicOnly(EgressConfig),
    Unrestricted,
}

/// Decides which addresses the gateway connects to. Every address that a name resolves to is asked
/// about, right before it is dialled, so that a name cannot change its meaning in between.
#[derive(Debug, Clone)]
pub struct EgressGuard {
    policy: Policy,
}

impl EgressGuard {
    /// Only public unicast addresses, and those that `config` allows. For hosts that tenants choose.
    pub const fn public_only(config: EgressConfig) -> Self {
        Self {
            policy: Policy::PublicOnly(config),
        }
    }

    /// Any address. Only for a program that a person runs on their own machine for themselves.
    pub const fn unrestricted() -> Self {
        Self {
            policy: Policy::Unrestricted,
        }
    }

    /// Whether `addr`, which `host` resolved to (or is), may be dialled.
    ///
    /// # Errors
    ///
    /// [`FaultKind::EgressDenied`] if not; it names the address, what it is, and the setting that
    /// would allow it.
    pub fn check(&self, host: &str, addr: IpAddr) -> Result<(), Fault> {
        let Policy::PublicOnly(config) = &self.policy else {
            return Ok(());
        };
        let Some(special) = special::of(addr) else {
            return Ok(());
        };
        // An IPv4-mapped address is dialled as the IPv4 address it holds, so a rule for that fits.
        let forms = [addr, addr.to_canonical()];
        if config
            .allow
            .iter()
            .any(|net| forms.iter().any(|form| net.contains(form)))
        {
            return Ok(());
        }
        Err(denied(host, addr, &special))
    }
}

fn denied(host: &str, addr: IpAddr, special: &special::Special) -> Fault {
    let subject = if host.parse() == Ok(addr) {
        addr.to_string()
    } else {
        format!("{host} resolves to {addr}, and that")
    };
    let (what, net) = (&special.what, special.net);
    Fault::new(
        FaultKind::EgressDenied,
        format!(
            "{subject} is {what}; to allow it set upstream.allow_networks = [\"{net}\"] in the configuration"
        ),
    )
}

#[cfg(test)]
mod tests;
