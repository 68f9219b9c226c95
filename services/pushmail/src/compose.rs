//! The only place where roles meet adapters.

mod fleet;
mod keys;
mod listener;
mod mailbox;
mod maintenance;
mod offline;
mod reach;
mod stores;

pub(crate) use keys::rotate;
pub(crate) use offline::{back_up, new_generation, registry, restore};

use crate::config::{Config, Shape};
use crate::data_dir::{DataDir, Lock, MasterKeyOrigin};
use crate::roles::Roles;
use anyhow::{Context as _, bail};
use listener::GrpcListener;
use pushmail_control::admin_key;
use pushmail_domain::{Clock, Entropy, Secret};
use pushmail_eventlog::TenantLog;
use pushmail_leases::Leases;
use pushmail_pacer::{SeenDevices, Workers};
use pushmail_registry::{Registry, Subscriptions};
use pushmail_runtime::{
    Aside, Lifecycle, Readiness, SystemEntropy, Telemetry, TelemetryConfig, serve_admin,
};
use pushmail_seal::MasterKey;
use pushmail_upstream::breaker::Breakers;
use pushmail_upstream::budget::{self, LoginBudget};
use pushmail_upstream::dial::{Dialer, Sources};
use pushmail_upstream::egress::{EgressConfig, EgressGuard};
use pushmail_upstream::lot::Lot;
use pushmail_upstream::tls;
use std::net::SocketAddr;
use std::sync::Arc;
use stores::Nudge;
use tokio::net::TcpListener;
use tonic::service::RoutesBuilder;

/// A running gateway.
pub(crate) struct Gateway {
    /// Where gRPC listens, if a role serves somebody.
    pub(crate) grpc: Option<SocketAddr>,
    /// The certificate chain that gRPC shows, as PEM; `None` without TLS.
    pub(crate) certificate: Option<String>,
    /// Where the admin endpoint listens.
    pub(crate) admin: SocketAddr,
    /// The admin key, and where it came from.
    pub(crate) admin_key: AdminKeyOrigin,
    /// Where the master key came from.
    pub(crate) master_key: MasterKeyOrigin,
    /// Metrics and traces.
    pub(crate) telemetry: Telemetry,
    /// Ready once every shard with accounts is held.
    pub(crate) readiness: Readiness,
    /// Where a watcher's heartbeats come from.
    _heart: Option<Aside>,
    _lock: Option<Lock>,
}

/// What to do about the admin key.
#[derive(Debug)]
pub(crate) enum AdminKey {
    /// Make one if there never was one.
    Keep,
    /// Make a new one; the one before stops working.
    Renew,
    /// It is this one; another one before stops working.
    Is(admin_key::AdminKey),
}

/// Where the admin key came from.
pub(crate) enum AdminKeyOrigin {
    /// An earlier start, which alone knew it; or another process has it.
    Before,
    /// Made by this start.
    Made(Secret<String>),
    /// Given to this start.
    Given(Secret<String>),
}

impl AdminKey {
    /// Sees to it that the registry knows the key.
    async fn settle(self, base: &Base) -> anyhow::Result<AdminKeyOrigin> {
        let (registry, entropy) = (&*base.registry, &*base.entropy);
        Ok(match self {
            Self::Keep => match admin_key::ensure(registry, entropy).await? {
                Some(key) => AdminKeyOrigin::Made(key),
                None => AdminKeyOrigin::Before,
            },
            Self::Renew => AdminKeyOrigin::Made(admin_key::renew(registry, entropy).await?),
            Self::Is(key) => {
                admin_key::set(registry, &key).await?;
                AdminKeyOrigin::Given(key.into_secret())
            }
        })
    }
}

/// What a process is besides its settings.
struct Process {
    roles: Roles,
    telemetry: Telemetry,
    lifecycle: Lifecycle,
    readiness: Readiness,
}

/// What all roles share.
struct Base {
    registry: Arc<dyn Registry>,
    subscriptions: Arc<dyn Subscriptions>,
    log: Arc<dyn TenantLog>,
    leases: Arc<dyn Leases>,
    devices: Arc<dyn SeenDevices>,
    /// How many workers share the rates of logins.
    workers: Workers,
    master: Arc<MasterKey>,
    guard: Arc<EgressGuard>,
    dialer: Arc<Dialer>,
    /// Shared by everything that logs in to mail servers.
    budget: Arc<LoginBudget>,
    breakers: Arc<Breakers>,
    telemetry: Telemetry,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    lifecycle: Lifecycle,
    nudge: Nudge,
}

/// Opens the data, binds the listeners, and starts the roles under the lifecycle.
pub(crate) async fn start(
    config: Config,
    data: &DataDir,
    lifecycle: &Lifecycle,
    roles: Roles,
    admin_key: AdminKey,
) -> anyhow::Result<Gateway> {
    let shape = config.shape()?;
    if shape == Shape::OneMachine && roles != Roles::ALL {
        bail!(
            "roles can run apart only in a fleet, which shares its data: set registry.url, eventlog.nats.servers and leases.url"
        );
    }
    data.make()?;
    let lock = match shape {
        Shape::OneMachine => Some(data.lock()?),
        Shape::Fleet => None,
    };
    let entropy: Arc<dyn Entropy> = Arc::new(SystemEntropy);
    let (master, master_key) = data.master_key(&*entropy, shape)?;
    let telemetry = Telemetry::new(&telemetry_config(&config), entropy.clone())?;
    let (mut listener, mut certificate) = (None, None);
    if roles.serve_grpc() {
        let identity = config.identity()?;
        certificate = identity.as_ref().map(|one| one.certificate.clone());
        listener = Some(GrpcListener::bind(config.listen.grpc, identity).await?);
    }
    let admin = TcpListener::bind(config.listen.admin).await;
    let admin =
        admin.with_context(|| format!("listen.admin: cannot listen on {}", config.listen.admin))?;
    let admin_address = admin.local_addr()?;

    let master = Arc::new(master);
    let process = Process {
        roles,
        telemetry: telemetry.clone(),
        lifecycle: lifecycle.clone(),
        readiness: Readiness::new(),
    };
    let base = base(&config, data, master, entropy, &process).await?;
    let admin_key = match roles.control {
        true => admin_key.settle(&base).await?,
        false => AdminKeyOrigin::Before,
    };

    // Every session has a connection of its own; operators and health checks have the rest.
    let connections = config.delivery.max_sessions.saturating_add(256);
    let readiness = process.readiness;
    let mut routes = RoutesBuilder::default();
    if roles.control {
        control(&config, &base).await?.register(&mut routes);
    }
    if roles.delivery {
        routes.add_service(delivery(&config, &base)?.gateway);
    }
    if shape == Shape::Fleet && roles.control && !roles.watcher {
        let (leases, workers) = (base.leases.clone(), base.workers.clone());
        let counting = fleet::count_workers(leases, workers, lifecycle.clone());
        lifecycle.attend("workers", counting);
    }
    let heart = match roles.watcher {
        true => Some(watcher(config, &base, &readiness)?),
        false => None,
    };
    let serve = |listener: GrpcListener| {
        listener.serve(routes.routes(), connections, readiness.clone(), lifecycle)
    };
    let grpc = listener.map(serve).transpose()?;
    let endpoint = serve_admin(
        admin,
        telemetry.clone(),
        readiness.clone(),
        lifecycle.clone(),
    );
    lifecycle.attend("admin", endpoint);
    Ok(Gateway {
        grpc,
        certificate,
        admin: admin_address,
        admin_key,
        master_key,
        telemetry,
        readiness,
        _heart: heart,
        _lock: lock,
    })
}

fn telemetry_config(config: &Config) -> TelemetryConfig {
    TelemetryConfig {
        otlp_endpoint: Some(config.telemetry.otlp_endpoint.clone()),
        sample_ratio: config.telemetry.sample_ratio,
        service_name: "pushmail".into(),
    }
}

/// What the roles share.
async fn base(
    config: &Config,
    data: &DataDir,
    master: Arc<MasterKey>,
    entropy: Arc<dyn Entropy>,
    process: &Process,
) -> anyhow::Result<Base> {
    let telemetry = &process.telemetry;
    #[cfg(not(feature = "plant"))]
    let clock: Arc<dyn Clock> = Arc::new(pushmail_runtime::SystemClock);
    #[cfg(feature = "plant")]
    let clock = crate::plant::clock();
    let stores = stores::open(config, data, clock.clone(), process).await?;
    keys::check(&stores.registry, &master).await?;
    let upstream = &config.upstream;
    let guard = EgressGuard::public_only(EgressConfig {
        allow: upstream.allow_networks.clone(),
    });
    let tls = tls::client_config(config.ca_file().as_deref())?;
    let sources = Sources::new(upstream.egress.iter().cloned()).context("upstream.egress")?;
    let dialer = Dialer::new(guard.clone(), tls).with_sockets(upstream.sockets);
    let pacing = budget::Deps {
        pacer: stores.pacer,
        workers: stores.workers.clone(),
        clock: clock.clone(),
        entropy: entropy.clone(),
        telemetry: telemetry.clone(),
    };
    let breakers = Breakers::new(
        upstream.breaker.clone(),
        clock.clone(),
        entropy.clone(),
        telemetry.clone(),
    );
    Ok(Base {
        subscriptions: Arc::new(stores.registry.clone()),
        registry: Arc::new(stores.registry),
        budget: Arc::new(LoginBudget::new(upstream.budget.clone(), pacing)),
        breakers: Arc::new(breakers),
        log: stores.log,
        leases: stores.leases,
        devices: stores.devices,
        workers: stores.workers,
        master,
        dialer: Arc::new(dialer.with_sources(Arc::new(sources))),
        guard: Arc::new(guard),
        telemetry: telemetry.clone(),
        clock,
        entropy,
        lifecycle: process.lifecycle.clone(),
        nudge: stores.nudge,
    })
}

/// The service of operators and tenants' backends.
async fn control(config: &Config, base: &Base) -> anyhow::Result<pushmail_control::Control> {
    let deps = pushmail_control::Deps {
        registry: base.registry.clone(),
        subscriptions: base.subscriptions.clone(),
        log: base.log.clone(),
        leases: base.leases.clone(),
        mailbox: Arc::new(mailbox::build(&config.mailbox, base)?),
        master: base.master.clone(),
        guard: base.guard.clone(),
        telemetry: base.telemetry.clone(),
        clock: base.clock.clone(),
        entropy: base.entropy.clone(),
        lifecycle: base.lifecycle.clone(),
        nudge: base.nudge.changed.clone(),
    };
    let config = pushmail_control::Config {
        messages: config.messages.clone(),
        ..config.control.clone()
    };
    Ok(pushmail_control::build(config, deps).await?)
}

fn delivery(config: &Config, base: &Base) -> anyhow::Result<pushmail_delivery::Delivery> {
    let deps = pushmail_delivery::Deps {
        registry: base.registry.clone(),
        log: base.log.clone(),
        devices: base.devices.clone(),
        master: base.master.clone(),
        telemetry: base.telemetry.clone(),
        clock: base.clock.clone(),
        entropy: base.entropy.clone(),
        lifecycle: base.lifecycle.clone(),
        has_others: config.shape()? == Shape::Fleet,
    };
    Ok(pushmail_delivery::build(config.delivery.clone(), deps))
}

/// Starts the watcher; where its heartbeats come from.
fn watcher(config: Config, base: &Base, readiness: &Readiness) -> anyhow::Result<Aside> {
    let heart = Aside::start("heart");
    let heart = heart.context("the heartbeats' thread cannot be started")?;
    let lot = Lot::start(config.upstream.lot, base.clock.clone());
    let lot = lot.context("the connections' threads cannot be started")?;
    let deps = pushmail_watcher::Deps {
        registry: base.registry.clone(),
        log: base.log.clone(),
        leases: base.leases.clone(),
        heart: heart.handle(),
        devices: base.devices.clone(),
        workers: base.workers.clone(),
        master: base.master.clone(),
        dialer: base.dialer.clone(),
        lot: Arc::new(lot),
        breakers: base.breakers.clone(),
        budget: base.budget.clone(),
        client: crate::client_name(),
        telemetry: base.telemetry.clone(),
        clock: base.clock.clone(),
        entropy: base.entropy.clone(),
        lifecycle: base.lifecycle.clone(),
        nudge: base.nudge.look.clone(),
        ready: readiness.latch("watcher"),
    };
    #[cfg(feature = "plant")]
    let config = crate::plant::into(config);
    pushmail_watcher::build(config.watcher, deps);
    Ok(heart)
}
