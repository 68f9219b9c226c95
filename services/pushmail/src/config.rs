//! The configuration: defaults, file, environment.

mod stores;

use crate::roles::Roles;
use anyhow::{Context as _, bail};
use ipnet::IpNet;
use pushmail_runtime::LogFormat;
use pushmail_upstream::breaker::BreakerConfig;
use pushmail_upstream::budget::BudgetConfig;
use pushmail_upstream::dial::{SocketConfig, SourceAddress};
use pushmail_upstream::lot::LotConfig;
use serde::Deserialize;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;
pub(crate) use stores::Shape;

/// Every setting with its default, as a commented TOML page.
pub(crate) const DEFAULTS: &str = include_str!("config.default.toml");

/// What a drain may take besides the times that settings give it.
const DRAIN_MARGIN: Duration = Duration::from_secs(5);

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Config {
    pub(crate) listen: Listen,
    pub(crate) tls: Tls,
    pub(crate) upstream: Upstream,
    pub(crate) watcher: pushmail_watcher::Config,
    pub(crate) registry: stores::Registry,
    pub(crate) eventlog: stores::EventLog,
    pub(crate) leases: stores::Leases,
    pub(crate) delivery: pushmail_delivery::Config,
    pub(crate) messages: pushmail_control::MessagesConfig,
    pub(crate) mailbox: pushmail_mailbox_imap::Config,
    pub(crate) control: pushmail_control::Config,
    pub(crate) telemetry: Telemetry,
    pub(crate) log: Log,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Listen {
    pub(crate) grpc: SocketAddr,
    pub(crate) admin: SocketAddr,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Tls {
    certificate: String,
    key: String,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Upstream {
    pub(crate) allow_networks: Vec<IpNet>,
    ca_file: String,
    pub(crate) egress: Vec<SourceAddress>,
    pub(crate) sockets: SocketConfig,
    pub(crate) lot: LotConfig,
    pub(crate) budget: BudgetConfig,
    pub(crate) breaker: BreakerConfig,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Telemetry {
    pub(crate) otlp_endpoint: String,
    pub(crate) sample_ratio: f64,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Log {
    pub(crate) format: LogFormat,
    pub(crate) filter: String,
}

/// A certificate chain and its key, as PEM.
pub(crate) struct Identity {
    pub(crate) certificate: String,
    pub(crate) key: String,
}

impl Config {
    /// Reads the layers and refuses what cannot work for these roles, before anything binds.
    pub(crate) fn load(
        file: Option<&Path>,
        overrides: &[(&str, String)],
        roles: Roles,
    ) -> anyhow::Result<Self> {
        let mut config: Self =
            pushmail_runtime::config::load(DEFAULTS, file, std::env::vars(), overrides)?;
        config.check(roles)?;
        if config.watcher.fleet.name.is_empty() {
            let host = rustix::system::uname();
            config.watcher.fleet.name = host.nodename().to_string_lossy().into_owned();
        }
        Ok(config)
    }

    fn check(&self, roles: Roles) -> anyhow::Result<()> {
        if self.tls.certificate.is_empty() != self.tls.key.is_empty() {
            bail!("tls.certificate and tls.key belong together: set both or none");
        }
        // Without gRPC there is nothing to encrypt: the admin endpoint is plain HTTP.
        if roles.serve_grpc() {
            self.check_listeners()?;
        }
        if self.watcher.checkpoint_interval > Duration::from_secs(1) {
            bail!("watcher.checkpoint_interval may be at most 1s");
        }
        if self.watcher.fleet.beat_interval > self.leases.ttl / 3 {
            bail!("watcher.fleet.beat_interval may be at most a third of leases.ttl");
        }
        if self.watcher.sweep.interval < Duration::from_secs(1) {
            bail!("watcher.sweep.interval must be at least 1s");
        }
        self.shape()?;
        if self.mailbox.answer_within.is_zero() {
            bail!("mailbox.answer_within must be more than 0s: no mail server answers at once");
        }
        if !self.upstream.sockets.is_valid() {
            bail!("upstream.sockets: times are 1s to 9h, keepalive_probes is 1 to 127");
        }
        if self.upstream.breaker.failing_percent >= 100 {
            bail!("upstream.breaker.failing_percent is a share below 100, in percent");
        }
        if !(0.0..=1.0).contains(&self.telemetry.sample_ratio) {
            bail!("telemetry.sample_ratio is a share: 0.0 to 1.0");
        }
        Ok(())
    }

    fn check_listeners(&self) -> anyhow::Result<()> {
        let listeners = [
            ("listen.grpc", self.listen.grpc),
            ("listen.admin", self.listen.admin),
        ];
        for (key, address) in listeners {
            if !address.ip().is_loopback() && self.tls.certificate.is_empty() {
                bail!(
                    "{key} = \"{address}\" is reachable from other machines: set tls.certificate and tls.key, or listen on 127.0.0.1"
                );
            }
        }
        Ok(())
    }

    /// The gRPC listener's certificate and key, if it has one.
    pub(crate) fn identity(&self) -> anyhow::Result<Option<Identity>> {
        if self.tls.certificate.is_empty() {
            return Ok(None);
        }
        let read = |key: &str, path: &str| {
            std::fs::read_to_string(path).with_context(|| format!("{key}: cannot read {path}"))
        };
        Ok(Some(Identity {
            certificate: read("tls.certificate", &self.tls.certificate)?,
            key: read("tls.key", &self.tls.key)?,
        }))
    }

    /// How long a drain of a process with these roles may take: a little more than the longest of what they do in it. The
    /// chart's `terminationGracePeriodSeconds` follows the same settings.
    pub(crate) fn drains_within(&self, roles: Roles) -> Duration {
        let mut longest = Duration::ZERO;
        if roles.watcher {
            longest = longest.max(self.watcher.fleet.hand_over_within);
        }
        if roles.delivery {
            let delivery = &self.delivery;
            longest = longest.max(delivery.drain_spread + delivery.drain_grace);
        }
        longest + DRAIN_MARGIN
    }

    /// Whether this is a process of a fleet.
    pub(crate) fn shape(&self) -> anyhow::Result<Shape> {
        stores::shape(&self.registry, &self.eventlog, &self.leases)
    }

    /// The extra certificate authorities' file, if there is one.
    pub(crate) fn ca_file(&self) -> Option<PathBuf> {
        (!self.upstream.ca_file.is_empty()).then(|| PathBuf::from(&self.upstream.ca_file))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::roles::Role;
    use pushmail_watcher::fleet::FleetConfig;
    use pushmail_watcher::sweep::SweepConfig;

    fn load(overrides: &[(&str, String)]) -> anyhow::Result<Config> {
        Config::load(None, overrides, Roles::ALL)
    }

    #[test]
    fn the_printed_defaults_are_a_valid_configuration() {
        let config = load(&[]).unwrap();
        assert_eq!(config.watcher.backoff.base, Duration::from_secs(2));
        assert_eq!(config.messages, pushmail_control::MessagesConfig::default());
        assert_eq!(config.upstream.sockets, SocketConfig::default());
        assert_eq!(config.upstream.lot, LotConfig::default());
        assert_eq!(config.upstream.budget, BudgetConfig::default());
        assert_eq!(config.upstream.breaker, BreakerConfig::default());
        let named = FleetConfig {
            name: config.watcher.fleet.name.clone(),
            ..FleetConfig::default()
        };
        assert_eq!(config.watcher.fleet, named);
        assert_eq!(config.watcher.sweep, SweepConfig::default());
        assert!(!named.name.is_empty());
        assert_eq!(config.shape().unwrap(), Shape::OneMachine);
    }

    #[test]
    fn a_drain_may_take_as_long_as_what_its_roles_do_in_it() {
        let config = load(&[
            ("watcher.fleet.hand_over_within", "2min".into()),
            ("delivery.drain_grace", "30s".into()),
        ]);
        let config = config.unwrap();
        for (roles, seconds) in [
            (vec![], 125),
            (vec![Role::Watcher], 125),
            (vec![Role::Delivery, Role::Control], 45),
            (vec![Role::Control], 5),
        ] {
            let within = config.drains_within(Roles::of(&roles));
            assert_eq!(within, Duration::from_secs(seconds), "{roles:?}");
        }
    }

    #[test]
    fn manners_that_cannot_work_are_refused_by_name() {
        for (key, value) in [
            ("upstream.sockets.keepalive_probes", "0"),
            ("upstream.breaker.failing_percent", "100"),
        ] {
            let error = load(&[(key, value.into())]).unwrap_err();
            let section = key.rsplit_once('.').unwrap().0;
            assert!(error.to_string().contains(section), "{error}");
        }
    }

    #[test]
    fn a_public_listener_without_a_certificate_is_refused_and_says_what_to_set() {
        for key in ["listen.grpc", "listen.admin"] {
            let error = load(&[(key, "0.0.0.0:7443".into())]).unwrap_err();
            assert!(error.to_string().contains("tls.certificate"), "{error}");
        }
    }

    #[test]
    fn who_serves_nobody_needs_no_certificate() {
        let public = [("listen.admin", "0.0.0.0:7480".into())];
        Config::load(None, &public, Roles::of(&[Role::Watcher])).unwrap();
        let serving = Roles::of(&[Role::Watcher, Role::Delivery]);
        Config::load(None, &public, serving).unwrap_err();
    }

    #[test]
    fn half_a_fleet_is_refused_and_says_what_is_missing() {
        let registry = ("registry.url", "postgres://localhost/pushmail".into());
        let error = load(&[registry]).unwrap_err();
        assert!(
            error.to_string().contains("eventlog.nats.servers"),
            "{error}"
        );
    }

    #[test]
    fn a_secret_of_a_url_is_not_in_debug_output() {
        let leases = ("leases.url", "redis://:hunter2@localhost".into());
        let registry = ("registry.url", "postgres://me:hunter2@localhost/db".into());
        let servers = ("eventlog.nats.servers", "[\"nats://localhost\"]".into());
        let config = load(&[leases, registry, servers]).unwrap();
        assert_eq!(config.shape().unwrap(), Shape::Fleet);
        assert!(!format!("{config:?}").contains("hunter2"));
    }
}
