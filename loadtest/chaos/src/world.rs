//! The whole of a run, as faults find it.

use crate::Args;
use crate::devices::Device;
use crate::fleet::{Member, Role};
use crate::history::History;
use crate::nats::Admin;
use crate::observer::{Fences, Observer};
use crate::profile::Profile;
use crate::provision::{self, Watched};
use crate::sender::Sender;
use crate::servers::Servers;
use crate::tally::Tally;
use anyhow::Context as _;
use futures::future::try_join_all;
use pushmail_domain::{Entropy as _, Shard, WorkerId};
use pushmail_loadtest_tenant::{Devices, Place};
use pushmail_testkit::{Backup, Proxy, SeededEntropy};
use std::collections::HashSet;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, sleep, timeout};

/// How many processes of each kind there are.
pub(crate) const WATCHERS: usize = 3;
pub(crate) const DELIVERIES: usize = 2;
/// Between two looks at whether something is as it should be.
const LOOK: Duration = Duration::from_millis(25);

/// Everything that a run works with. Dropped in this order.
pub(crate) struct World {
    pub(crate) profile: Profile,
    pub(crate) entropy: SeededEntropy,
    pub(crate) tally: Tally,
    pub(crate) history: Arc<History>,
    pub(crate) sender: Arc<Sender>,
    pub(crate) devices: Devices,
    pub(crate) observer: Arc<Observer>,
    pub(crate) admin: Admin,
    pub(crate) watched: Vec<Watched>,
    pub(crate) watchers: Vec<Member>,
    pub(crate) deliveries: Vec<Member>,
    pub(crate) control: Member,
    pub(crate) balancer: Proxy,
    pub(crate) servers: Servers,
    /// Of each node, and how many mails had come then.
    pub(crate) backups: Option<(Vec<Backup>, u64)>,
}

/// A watcher that is about to be met by a fault.
pub(crate) struct Victim {
    /// Its place among the watchers.
    pub(crate) index: usize,
    pub(crate) worker: WorkerId,
    /// Those of its shards that have accounts.
    pub(crate) shards: Vec<Shard>,
}

impl World {
    /// Starts everything.
    pub(crate) async fn start(
        args: &Args,
        profile: Profile,
        program: &Path,
    ) -> anyhow::Result<Self> {
        let servers = Servers::start(&profile).await?;
        let start =
            |role, number| Member::start(role, number, program, &servers, &profile, args.plant);
        let control = start(Role::Control, 1).await?;
        let watchers =
            try_join_all((1..=WATCHERS).map(|number| start(Role::Watcher, number))).await?;
        let deliveries =
            try_join_all((1..=DELIVERIES).map(|number| start(Role::Delivery, number))).await?;
        let observer = Observer::open(&servers, &profile).await?;
        let admin = Admin::connect(servers.nats.urls()).await?;
        let ports = servers.way_to_mail.ports();
        let all = 0..profile.mailboxes;
        let provisioned = provision::provision(&control, ports, all, profile.per_device).await?;
        let balancer = Proxy::start(deliveries.iter().map(Member::grpc).collect()).await;
        let history = Arc::new(History::default());
        let mut devices = Devices::default();
        connect(&mut devices, provisioned.tokens, balancer.addr(), &history);
        let sender = Arc::new(Sender::new(Arc::clone(&servers.mail), Arc::clone(&history)));
        Ok(Self {
            entropy: SeededEntropy::new(args.seed),
            profile,
            tally: Tally::default(),
            history,
            sender,
            devices,
            observer,
            admin,
            watched: provisioned.watched,
            watchers,
            deliveries,
            control,
            balancer,
            servers,
            backups: None,
        })
    }

    /// Waits until every mailbox is watched, and has an event in the log.
    pub(crate) async fn begin(&self) -> anyhow::Result<()> {
        self.until("every mailbox is watched", async || self.all_watched())
            .await?;
        let connected = async || self.history.count_connected() == self.watched.len();
        self.until("every device has connected", connected).await?;
        for mailbox in 0..self.profile.mailboxes {
            self.sender.send(mailbox);
        }
        self.until_received().await
    }

    /// Registers so many more mailboxes, each with a device of its own that connects through this balancer, and waits until each has
    /// received a mail.
    pub(crate) async fn register(&mut self, more: u32, balancer: SocketAddr) -> anyhow::Result<()> {
        let ports = self.servers.way_to_mail.ports();
        let new = self.profile.mailboxes..self.profile.mailboxes + more;
        let made = provision::provision(&self.control, ports, new.clone(), 1).await?;
        self.profile.mailboxes = new.end;
        self.watched.extend(made.watched);
        connect(&mut self.devices, made.tokens, balancer, &self.history);
        let connected = async || self.history.count_connected() == self.watched.len();
        self.until("every device has connected", connected).await?;
        self.until("every mailbox is watched", async || self.all_watched())
            .await?;
        new.for_each(|mailbox| self.sender.send(mailbox));
        self.until_received().await
    }

    fn all_watched(&self) -> bool {
        self.servers.mail.idling() >= self.profile.mailboxes as usize
    }

    /// A number below this, as the seed decides.
    pub(crate) fn choose(&self, below: usize) -> usize {
        usize::try_from(self.entropy.below(below as u64)).unwrap_or_default()
    }

    /// A watcher that owns shards with accounts.
    pub(crate) async fn victim(&self) -> anyhow::Result<Victim> {
        let index = self.choose(self.watchers.len());
        self.victim_at(index).await
    }

    /// This watcher, with its shards.
    pub(crate) async fn victim_at(&self, index: usize) -> anyhow::Result<Victim> {
        let name = &self.watchers[index].name;
        let worker = self.observer.worker(name).await;
        let worker = worker.with_context(|| format!("{name} is no member of the fleet"))?;
        let view = self
            .observer
            .view()
            .await
            .context("Redis does not answer")?;
        let used: HashSet<Shard> = self.watched.iter().map(|one| one.shard).collect();
        let owned = view
            .owners
            .iter()
            .filter(|(shard, owner)| *owner == worker && used.contains(shard));
        Ok(Victim {
            index,
            worker,
            shards: owned.map(|(shard, _)| *shard).collect(),
        })
    }

    /// The mailboxes of these shards.
    pub(crate) fn mailboxes_of(&self, shards: &[Shard]) -> Vec<Watched> {
        let of = self
            .watched
            .iter()
            .filter(|one| shards.contains(&one.shard));
        of.cloned().collect()
    }

    /// Waits until others have taken the victim's shards.
    pub(crate) fn takeover(
        &self,
        victim: &Victim,
        before: Fences,
    ) -> tokio::task::JoinHandle<crate::observer::Takeover> {
        let (observer, worker) = (Arc::clone(&self.observer), victim.worker);
        let patience = self.profile.patience + self.profile.postgres_gone;
        tokio::spawn(async move { observer.takeover(worker, before, patience).await })
    }

    /// Waits until everything is as without faults: every watcher is a member, every mailbox watched,
    /// and every mail sent so far received.
    pub(crate) async fn until_well(&self) -> anyhow::Result<Duration> {
        let begin = Instant::now();
        self.until_watched().await?;
        self.until_received().await?;
        Ok(begin.elapsed())
    }

    /// Every process, watchers first.
    pub(crate) fn members(&mut self) -> impl Iterator<Item = &mut Member> {
        let members = self.watchers.iter_mut().chain(&mut self.deliveries);
        members.chain([&mut self.control])
    }

    /// Waits until every watcher is a member, and every mailbox watched.
    pub(crate) async fn until_watched(&self) -> anyhow::Result<()> {
        self.until("all watchers are members", async || {
            self.all_members().await
        })
        .await?;
        self.until("every mailbox is watched", async || self.all_watched())
            .await
    }

    async fn all_members(&self) -> bool {
        let Some(view) = self.observer.view().await else {
            return false;
        };
        let is_member = |member: &Member| {
            let mut named = view
                .members
                .iter()
                .filter(|seen| seen.member.name == member.name);
            named.next().is_some() && named.next().is_none()
        };
        let used: HashSet<Shard> = self.watched.iter().map(|one| one.shard).collect();
        let owned: HashSet<Shard> = view.owners.iter().map(|(shard, _)| *shard).collect();
        self.watchers.iter().all(is_member) && used.is_subset(&owned)
    }

    /// Waits until every mail sent so far is received.
    pub(crate) async fn until_received(&self) -> anyhow::Result<()> {
        let missing = self.history.missing();
        let received = async || self.history.still_missing(&missing) == 0;
        let waited = self.until("every mail is received", received).await;
        waited.with_context(|| {
            let all = self.history.missing();
            let still: Vec<&String> = missing.iter().filter(|mail| all.contains(*mail)).collect();
            format!(
                "{} of {} are missing, such as {:?}",
                still.len(),
                missing.len(),
                &still[..still.len().min(5)]
            )
        })
    }

    /// Waits until this is so.
    pub(crate) async fn until(
        &self,
        what: &str,
        mut is_so: impl AsyncFnMut() -> bool,
    ) -> anyhow::Result<()> {
        let asking = async {
            while !is_so().await {
                sleep(LOOK).await;
            }
        };
        let patience = self.profile.patience;
        let waited = timeout(patience, asking).await;
        waited.map_err(|_| anyhow::anyhow!("not in {patience:?}: {what}"))
    }

    /// Keeps the processes' logs in the folder.
    pub(crate) fn keep_logs(&self, folder: &Path) -> anyhow::Result<()> {
        let members = self.watchers.iter().chain(&self.deliveries);
        members
            .chain([&self.control])
            .try_for_each(|member| member.keep_log(folder))
    }
}

/// Starts a device for each token.
fn connect(
    devices: &mut Devices,
    tokens: Vec<String>,
    balancer: SocketAddr,
    history: &Arc<History>,
) {
    let place = Place {
        endpoint: format!("http://{balancer}"),
        ca_pem: None,
    };
    for token in tokens {
        devices.add(token, &place, Device::new(history));
    }
}
