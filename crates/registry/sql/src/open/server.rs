//! Opening a PostgreSQL database.

use super::{OpenError, OpenErrorKind};
use crate::engine::Engine;
use crate::{SqlRegistry, schema};
use sqlx::any::{AnyConnectOptions, AnyPoolOptions, install_default_drivers};
use sqlx::migrate::MigrateError;
use sqlx::{AnyConnection, AnyPool, Connection as _, Executor as _};
use std::time::Duration;
use tokio::time::timeout;

/// How long a connection is used: it comes to follow a server that has moved.
const LIFETIME: Duration = Duration::from_secs(600);
/// How long a connection may lie idle before it is closed.
const IDLE: Duration = Duration::from_secs(60);

/// Sees to it that what was answered survives a power cut, whatever the database's default is.
const DURABLE: &str = "SELECT set_config('synchronous_commit', 'on', FALSE) \
    WHERE current_setting('synchronous_commit') = 'off'";

/// How a PostgreSQL server is used. The defaults are for a service's process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerOptions {
    /// How many connections there are at most, from 1.
    pub connections: u32,
    /// How long an operation waits for a connection, whether one is made or one becomes free.
    pub connect_timeout: Duration,
    /// How long the server may take for one statement, its waits for locks included. It also ends a
    /// transaction whose client has been silent for so long.
    pub statement_timeout: Duration,
    /// How long an operation may take in all before it is answered with `Unavailable`.
    pub operation_timeout: Duration,
    /// What the server shows these connections as.
    pub application_name: String,
}

impl Default for ServerOptions {
    fn default() -> Self {
        Self {
            connections: 8,
            connect_timeout: Duration::from_secs(5),
            statement_timeout: Duration::from_secs(10),
            operation_timeout: Duration::from_secs(20),
            application_name: "pushmail".to_owned(),
        }
    }
}

impl SqlRegistry {
    /// Opens the registry in the PostgreSQL database at `url`: `postgres://user:password@host/database`,
    /// with libpq's parameters, such as `?sslmode=verify-full&sslrootcert=…`. What these set takes
    /// precedence over `options`. Makes the tables, if there are none, and brings older ones up to date.
    ///
    /// Any number of processes may do so at once. None waits for a server that does not answer.
    ///
    /// # Errors
    /// See [`OpenErrorKind`].
    pub async fn connect(url: &str, options: &ServerOptions) -> Result<Self, OpenError> {
        install_default_drivers();
        let wanted = parse(url)?;
        let place = without_secrets(&wanted);
        migrate(&wanted, options)
            .await
            .map_err(|error| OpenError::of_schema(error, &place, OpenErrorKind::Unreachable))?;
        let pool = pool(&wanted, options);
        let registry = Self {
            engine: Engine::Postgres,
            writers: pool.clone(),
            readers: pool,
            limit: Some(options.operation_timeout),
        };
        registry.checked(&place, OpenErrorKind::Unreachable).await
    }
}

/// The URL, if it is one of PostgreSQL's. An error does not repeat what might be a password.
fn parse(url: &str) -> Result<AnyConnectOptions, OpenError> {
    let unreachable = |why: &str| OpenError::new(OpenErrorKind::Unreachable, "postgres://…", why);
    let parsed: AnyConnectOptions = url
        .parse()
        .map_err(|_| unreachable("its URL cannot be read"))?;
    match parsed.database_url.scheme() {
        "postgres" | "postgresql" => Ok(parsed),
        _ => Err(unreachable("its URL does not begin with postgres://")),
    }
}

/// The URL for people. Its query may hold a password too.
fn without_secrets(wanted: &AnyConnectOptions) -> String {
    let mut url = wanted.database_url.clone();
    url.set_query(None);
    url.set_fragment(None);
    match url.set_password(None) {
        Ok(()) => url.to_string(),
        // A URL without a host has no password either.
        Err(()) => "postgres://…".to_owned(),
    }
}

/// Parameters of the server's sessions, before those that the URL has: the last one counts.
fn with(
    wanted: &AnyConnectOptions,
    options: &ServerOptions,
    statement: Duration,
) -> AnyConnectOptions {
    let mut with = wanted.clone();
    let url = &mut with.database_url;
    let theirs = url.query().map(str::to_owned);
    url.set_query(None);
    let millis = statement.as_millis().to_string();
    url.query_pairs_mut()
        .append_pair("application_name", &options.application_name)
        .append_pair("options[statement_timeout]", &millis)
        .append_pair("options[idle_in_transaction_session_timeout]", &millis);
    if let (Some(ours), Some(theirs)) = (url.query().map(str::to_owned), theirs) {
        url.set_query(Some(&format!("{ours}&{theirs}")));
    }
    with
}

/// Brings the schema up to date on a connection of its own, whose statements may take their time:
/// another process may be at it, and the tables may be large.
async fn migrate(wanted: &AnyConnectOptions, options: &ServerOptions) -> Result<(), MigrateError> {
    let patient = with(wanted, options, Duration::ZERO);
    let connecting = timeout(
        options.connect_timeout,
        AnyConnection::connect_with(&patient),
    );
    let mut connection = connecting.await.map_err(|_| sqlx::Error::PoolTimedOut)??;
    schema::migrate(Engine::Postgres, &mut connection).await?;
    connection.close().await?;
    Ok(())
}

fn pool(wanted: &AnyConnectOptions, options: &ServerOptions) -> AnyPool {
    AnyPoolOptions::new()
        .max_connections(options.connections)
        .acquire_timeout(options.connect_timeout)
        .idle_timeout(IDLE)
        .max_lifetime(LIFETIME)
        .after_connect(|connection, _| {
            Box::pin(async move { connection.execute(DURABLE).await.map(drop) })
        })
        .connect_lazy_with(with(wanted, options, options.statement_timeout))
}

#[cfg(test)]
mod tests {
    use super::*;
    use pushmail_testkit::Postgres;

    async fn shown(registry: &SqlRegistry, setting: &str) -> String {
        sqlx::query_scalar("SELECT current_setting($1)")
            .bind(setting)
            .fetch_one(&registry.writers)
            .await
            .unwrap()
    }

    #[tokio::test]
    async fn sessions_are_named_limited_and_durable() {
        let Some(postgres) = Postgres::shared() else {
            return;
        };
        let url = postgres.database();
        let options = ServerOptions::default();
        let registry = SqlRegistry::connect(&url, &options).await.unwrap();
        sqlx::query("ALTER ROLE postgres SET synchronous_commit = off")
            .execute(&registry.writers)
            .await
            .unwrap();
        registry.close().await;

        let registry = SqlRegistry::connect(&url, &options).await.unwrap();
        for (setting, value) in [
            ("application_name", "pushmail"),
            ("statement_timeout", "10s"),
            ("idle_in_transaction_session_timeout", "10s"),
            ("synchronous_commit", "on"),
        ] {
            assert_eq!(shown(&registry, setting).await, value, "{setting}");
        }
    }

    #[tokio::test]
    async fn the_url_takes_precedence() {
        let Some(postgres) = Postgres::shared() else {
            return;
        };
        let url = format!(
            "{}?application_name=theirs&options[statement_timeout]=7s",
            postgres.database()
        );
        let options = ServerOptions::default();
        let registry = SqlRegistry::connect(&url, &options).await.unwrap();
        for (setting, value) in [
            ("application_name", "theirs"),
            ("statement_timeout", "7s"),
            ("idle_in_transaction_session_timeout", "10s"),
        ] {
            assert_eq!(shown(&registry, setting).await, value, "{setting}");
        }
    }
}
