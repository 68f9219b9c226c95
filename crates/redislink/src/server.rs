//! How connections come about, for each shape of URL.

use crate::address::{Address, Shape};
use crate::config::{Config, ConfigError};
use crate::trouble::Trouble;
use redis::aio::{MultiplexedConnection, PubSub};
use redis::cluster::ClusterClient;
use redis::cluster_async::ClusterConnection;
use redis::sentinel::{SentinelClient, SentinelClientBuilder, SentinelServerType};
use redis::{
    AsyncConnectionConfig, Client, ErrorKind, FromRedisValue, RedisError, RedisResult,
    ScriptInvocation, TlsCertificates, TlsMode,
};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::sync::Mutex;

/// Redis, as configured.
pub struct Server {
    ways: Ways,
    /// For messages.
    at: String,
    /// Must not be in messages.
    secrets: Vec<String>,
    /// Within which every call has succeeded or failed.
    deadline: Duration,
}

enum Ways {
    Single(Client),
    /// Asks the sentinels at each connection anew who the primary is.
    Sentinel(Mutex<SentinelClient>),
    /// For subscriptions any node will do: messages go to all. They are tried in turn.
    Cluster {
        client: ClusterClient,
        nodes: Vec<Client>,
        next: AtomicUsize,
    },
}

/// A connection for scripts. Copies share it.
#[derive(Clone)]
pub(crate) enum Connection {
    Node(MultiplexedConnection),
    Cluster(ClusterConnection),
}

impl Connection {
    pub(crate) async fn invoke<T: FromRedisValue>(
        &mut self,
        script: &ScriptInvocation<'_>,
    ) -> RedisResult<T> {
        match self {
            Self::Node(connection) => script.invoke_async(connection).await,
            Self::Cluster(connection) => script.invoke_async(connection).await,
        }
    }
}

impl std::fmt::Debug for Server {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Server")
            .field("at", &self.at)
            .finish_non_exhaustive()
    }
}

impl Server {
    /// Connects to nothing yet.
    ///
    /// # Errors
    ///
    /// [`ConfigError::Url`] and [`ConfigError::Setup`].
    pub fn new(config: &Config) -> Result<Self, ConfigError> {
        let address = Address::parse(config.url.expose())?;
        let secrets = [&address.password, &config.sentinel_password];
        let secrets = secrets.into_iter().flatten();
        let ways = Ways::new(&address, config);
        Ok(Self {
            ways: ways.map_err(|error| ConfigError::Setup(error.to_string()))?,
            at: address.to_string(),
            secrets: secrets.map(|secret| secret.expose().clone()).collect(),
            deadline: config.deadline,
        })
    }

    /// A new connection to whoever is the primary now.
    pub(crate) async fn connect(&self) -> RedisResult<Connection> {
        match &self.ways {
            Ways::Single(client) => connect(client).await,
            Ways::Sentinel(sentinels) => {
                let primary = sentinels.lock().await.async_get_client().await?;
                connect(&primary).await
            }
            Ways::Cluster { client, .. } => {
                let connection = client.get_async_connection().await;
                connection.map(Connection::Cluster)
            }
        }
    }

    /// A new connection for subscriptions.
    ///
    /// # Errors
    ///
    /// As Redis, or the client, has it.
    pub async fn listen(&self) -> RedisResult<PubSub> {
        match &self.ways {
            Ways::Single(client) => client.get_async_pubsub().await,
            Ways::Sentinel(sentinels) => {
                let primary = sentinels.lock().await.async_get_client().await?;
                primary.get_async_pubsub().await
            }
            Ways::Cluster { nodes, next, .. } => {
                let turn = next.fetch_add(1, Ordering::Relaxed) % nodes.len().max(1);
                let node = nodes.get(turn).ok_or_else(no_node)?;
                node.get_async_pubsub().await
            }
        }
    }

    /// What the call comes to, or an error at the deadline.
    ///
    /// # Errors
    ///
    /// [`Trouble::Deadline`], or what the call failed by.
    pub async fn in_time<T>(
        &self,
        call: impl Future<Output = RedisResult<T>>,
    ) -> Result<T, Trouble> {
        match tokio::time::timeout(self.deadline, call).await {
            Ok(done) => done.map_err(|error| Trouble::of(&error, self.at.clone(), &self.secrets)),
            Err(_) => Err(Trouble::Deadline {
                at: self.at.clone(),
                deadline: self.deadline,
            }),
        }
    }
}

impl Ways {
    fn new(address: &Address, config: &Config) -> RedisResult<Self> {
        let certificates = address.tls.then(|| TlsCertificates {
            client_tls: None,
            root_cert: config.authorities.clone(),
        });
        let connections = address.connections()?;
        let clients = || {
            let clients = connections.iter().cloned();
            let clients = clients.map(|connection| match &certificates {
                Some(certificates) => Client::build_with_tls(connection, certificates.clone()),
                None => Client::open(connection),
            });
            clients.collect::<RedisResult<Vec<Client>>>()
        };
        Ok(match &address.shape {
            Shape::Single => Self::Single(clients()?.pop().ok_or_else(no_node)?),
            Shape::Sentinel { primary } => {
                let client = sentinels(address, primary, certificates, config)?;
                Self::Sentinel(Mutex::new(client))
            }
            Shape::Cluster => Self::Cluster {
                nodes: clients()?,
                next: AtomicUsize::new(0),
                client: cluster(&connections, certificates, config.deadline)?,
            },
        })
    }
}

async fn connect(client: &Client) -> RedisResult<Connection> {
    // The deadline covers the whole call; the client's own, shorter ones would come before it.
    let unhurried = AsyncConnectionConfig::new()
        .set_connection_timeout(None)
        .set_response_timeout(None);
    let connection = client.get_multiplexed_async_connection_with_config(&unhurried);
    let mut connection = connection.await?;
    // Without a login where one is needed, a long command is answered by a mere "protocol error".
    redis::cmd("PING").exec_async(&mut connection).await?;
    Ok(Connection::Node(connection))
}

fn sentinels(
    address: &Address,
    primary: &str,
    certificates: Option<TlsCertificates>,
    config: &Config,
) -> RedisResult<SentinelClient> {
    let kind = SentinelServerType::Master;
    let mut builder = SentinelClientBuilder::new(address.targets(), primary, kind)?
        .set_client_to_redis_db(address.database);
    if let Some(user) = &address.user {
        builder = builder.set_client_to_redis_username(user);
    }
    if let Some(password) = &address.password {
        builder = builder.set_client_to_redis_password(password.expose());
    }
    if let Some(password) = &config.sentinel_password {
        builder = builder.set_client_to_sentinel_password(password.expose());
    }
    if let Some(certificates) = certificates {
        builder = builder
            .set_client_to_redis_tls_mode(TlsMode::Secure)
            .set_client_to_redis_certificates(certificates.clone())
            .set_client_to_sentinel_tls_mode(TlsMode::Secure)
            .set_client_to_sentinel_certificates(certificates);
    }
    builder.build()
}

fn cluster(
    nodes: &[redis::ConnectionInfo],
    certificates: Option<TlsCertificates>,
    deadline: Duration,
) -> RedisResult<ClusterClient> {
    let mut builder = ClusterClient::builder(nodes.iter().cloned())
        .connection_timeout(deadline)
        .response_timeout(deadline);
    if let Some(certificates) = certificates {
        builder = builder.certs(certificates);
    }
    builder.build()
}

fn no_node() -> RedisError {
    RedisError::from((ErrorKind::InvalidClientConfig, "the URL names no host"))
}
