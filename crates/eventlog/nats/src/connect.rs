//! The connection: made within a time, and made again for ever.

use crate::config::{Auth, Config};
use crate::error::OpenError;
use crate::link::Link;
use crate::pause::{Pause, spread};
use async_nats::{Client, ConnectError, ConnectErrorKind, ConnectOptions, ServerAddr};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::timeout;

/// The oldest server that has all that the log is built on: ids in atomic batches.
const NEEDED: (i64, i64, i64) = (2, 12, 1);
const NEEDED_TEXT: &str = "2.12.1";
/// How often a quiet connection is tested.
const PING: Duration = Duration::from_secs(10);
/// The longest pause before connecting again.
const MAX_PAUSE: Duration = Duration::from_secs(4);

/// Connects, and goes on trying as long as the configuration allows.
pub(crate) async fn connect(config: &Config) -> Result<(Client, Arc<Link>), OpenError> {
    let servers = servers(config)?;
    let mut pause = Pause::new();
    let mut last = None;
    let attempts = async {
        loop {
            match attempt(config, &servers).await? {
                Ok(connection) => return Ok(connection),
                Err(source) if is_final(&source) => {
                    let servers = config.urls.join(", ");
                    return Err(OpenError::Unwelcome { servers, source });
                }
                Err(source) => last = Some(source),
            }
            pause.wait().await;
        }
    };
    let (client, link) = match timeout(config.open_timeout, attempts).await {
        Ok(connection) => connection?,
        Err(_) => {
            let timed_out = || ConnectError::new(ConnectErrorKind::TimedOut);
            return Err(OpenError::Unreachable {
                servers: config.urls.join(", "),
                source: last.unwrap_or_else(timed_out),
            });
        }
    };
    let (major, minor, patch) = NEEDED;
    if !client.is_server_compatible(major, minor, patch) {
        return Err(OpenError::TooOld {
            found: client.server_info().version,
            needed: NEEDED_TEXT,
        });
    }
    Ok((client, link))
}

fn servers(config: &Config) -> Result<Vec<ServerAddr>, OpenError> {
    let parse = |url: &String| {
        let is_plain = !url.contains('@');
        let server = url.parse::<ServerAddr>().ok();
        server.filter(|_| is_plain).ok_or(OpenError::Address)
    };
    config.urls.iter().map(parse).collect()
}

async fn attempt(
    config: &Config,
    servers: &[ServerAddr],
) -> Result<Result<(Client, Arc<Link>), ConnectError>, OpenError> {
    let link = Arc::new(Link::default());
    let told = Arc::clone(&link);
    let options = options(config).await?.event_callback(move |event| {
        told.hear(&event);
        std::future::ready(())
    });
    let client = options.connect(servers).await;
    Ok(client.map(|client| (client, link)))
}

async fn options(config: &Config) -> Result<ConnectOptions, OpenError> {
    let mut options = ConnectOptions::new()
        .name(&config.name)
        .custom_inbox_prefix(&config.inbox_prefix)
        .ping_interval(PING)
        .connection_timeout(config.connect_timeout)
        .max_reconnects(None)
        .require_tls(config.require_tls)
        .reconnect_delay_callback(|attempts| match attempts {
            0 | 1 => spread(Duration::from_millis(100)),
            more => {
                let exponent = u32::try_from(more).unwrap_or(u32::MAX).min(8);
                spread(Duration::from_millis(50 << exponent).min(MAX_PAUSE))
            }
        });
    if let Some(authority) = &config.tls_ca {
        options = options.add_root_certificates(authority.clone());
    }
    Ok(match &config.auth {
        Auth::Nobody => options,
        Auth::Token(token) => options.token(token.expose().clone()),
        Auth::User { name, password } => {
            options.user_and_password(name.clone(), password.expose().clone())
        }
        Auth::Credentials(path) => {
            let read = options.credentials_file(path).await;
            read.map_err(|source| OpenError::Credentials {
                path: path.clone(),
                source,
            })?
        }
    })
}

/// Whether trying again is of no use.
fn is_final(error: &ConnectError) -> bool {
    matches!(
        error.kind(),
        ConnectErrorKind::Authentication
            | ConnectErrorKind::AuthorizationViolation
            | ConnectErrorKind::ServerParse
    )
}
