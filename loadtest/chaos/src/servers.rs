//! The servers that the fleet needs.

use crate::profile::Profile;
use anyhow::Context as _;
use pushmail_mailsim::{Config, Mailsim, eas};
use pushmail_runtime::SystemClock;
use pushmail_testkit::proxy::Mode;
use pushmail_testkit::{NatsCluster, Postgres, Proxy, Redis};
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;

/// How many NATS nodes there are.
pub(crate) const NODES: usize = 3;

/// All of them.
pub(crate) struct Servers {
    pub(crate) nats: NatsCluster,
    pub(crate) redis: Redis,
    pub(crate) postgres: Postgres,
    /// The path of the URL of the fleet's database.
    pub(crate) database: String,
    pub(crate) mail: Arc<Mailsim>,
    /// The way of all watchers to the mail server.
    pub(crate) way_to_mail: WayToMail,
}

/// The way to the mail server, in both protocols.
pub(crate) struct WayToMail {
    imap: Proxy,
    eas: Proxy,
}

/// Where the mail server is found.
#[derive(Debug, Clone, Copy)]
pub(crate) struct MailPorts {
    pub(crate) imap: u16,
    pub(crate) eas: u16,
}

impl WayToMail {
    async fn to(mail: &Mailsim) -> anyhow::Result<Self> {
        let eas = mail.eas().addr();
        let eas = eas.context("the mail server does not speak ActiveSync")?;
        Ok(Self {
            imap: Proxy::start(vec![mail.addr()]).await,
            eas: Proxy::start(vec![eas]).await,
        })
    }

    /// What happens on it from now on.
    pub(crate) fn set(&self, mode: Mode) {
        self.imap.set(mode);
        self.eas.set(mode);
    }

    pub(crate) fn ports(&self) -> MailPorts {
        MailPorts {
            imap: self.imap.addr().port(),
            eas: self.eas.addr().port(),
        }
    }
}

impl Servers {
    pub(crate) async fn start(profile: &Profile) -> anyhow::Result<Self> {
        let bytes = profile.file_store;
        let without = "the chaos test does without none of its servers";
        let (nats, redis, postgres) = tokio::task::block_in_place(|| {
            let nats = NatsCluster::with_max_file_store(NODES, bytes).context(without)?;
            let redis = Redis::start().context(without)?;
            anyhow::Ok((nats, redis, Postgres::start().context(without)?))
        })?;
        let url = postgres.database();
        let database = url.rsplit('/').next().unwrap_or_default().to_owned();
        let config = Config {
            eas: Some(eas::Config::default()),
            ..Config::new(Arc::new(SystemClock))
        };
        let mail = Arc::new(Mailsim::start(config).await?);
        let way_to_mail = WayToMail::to(&mail).await?;
        Ok(Self {
            nats,
            redis,
            postgres,
            database,
            mail,
            way_to_mail,
        })
    }

    /// Where the NATS nodes take clients.
    pub(crate) fn nodes(&self) -> [SocketAddr; NODES] {
        std::array::from_fn(|node| self.nats.node(node).addr())
    }

    /// Empties Redis.
    pub(crate) fn flush_redis(&self) -> anyhow::Result<()> {
        let mut stream = TcpStream::connect(self.redis.addr())?;
        stream.write_all(b"FLUSHALL\r\n")?;
        let mut answer = [0; 5];
        stream.read_exact(&mut answer)?;
        anyhow::ensure!(&answer == b"+OK\r\n", "Redis does not flush");
        Ok(())
    }
}
