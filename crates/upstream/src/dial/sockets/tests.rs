use super::*;
use crate::dial::{Connection, Dialer};
use crate::testing::Authority;
use pushmail_domain::{Endpoint, Security};
use std::net::SocketAddr;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpListener;
use tokio::time::timeout;

async fn connected(dialer: &Dialer, to: SocketAddr) -> Connection {
    let endpoint = Endpoint {
        host: to.ip().to_string(),
        port: to.port(),
        security: Security::StartTls,
    };
    dialer.connect(&endpoint).await.unwrap()
}

fn options(connection: &Connection) -> (Duration, Duration, u32, Option<Duration>) {
    let socket = SockRef::from(connection.socket());
    assert!(socket.tcp_nodelay().unwrap() && socket.keepalive().unwrap());
    (
        socket.tcp_keepalive_time().unwrap(),
        socket.tcp_keepalive_interval().unwrap(),
        socket.tcp_keepalive_retries().unwrap(),
        socket.tcp_user_timeout().unwrap(),
    )
}

#[tokio::test]
async fn every_connection_is_tuned_against_silent_death() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let dialer = Authority::new().dialer();
    let connection = connected(&dialer, listener.local_addr().unwrap()).await;
    let seconds = Duration::from_secs;
    let wanted = (seconds(120), seconds(30), 4, Some(seconds(180)));
    assert_eq!(options(&connection), wanted);
}

#[tokio::test]
async fn the_rules_for_silent_connections_can_be_set() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let seconds = Duration::from_secs;
    let dialer = Authority::new().dialer().with_sockets(SocketConfig {
        keepalive_idle: seconds(60),
        keepalive_interval: seconds(7),
        keepalive_probes: 2,
        user_timeout: seconds(80),
    });
    let connection = connected(&dialer, listener.local_addr().unwrap()).await;
    let wanted = (seconds(60), seconds(7), 2, Some(seconds(80)));
    assert_eq!(options(&connection), wanted);
}

#[test]
fn what_the_operating_system_would_refuse_is_not_valid() {
    let valid = SocketConfig::default();
    assert!(valid.is_valid());
    let invalid = [
        SocketConfig {
            keepalive_idle: Duration::ZERO,
            ..valid
        },
        SocketConfig {
            keepalive_interval: Duration::from_secs(32_768),
            ..valid
        },
        SocketConfig {
            keepalive_probes: 128,
            ..valid
        },
        SocketConfig {
            user_timeout: Duration::from_millis(10),
            ..valid
        },
    ];
    assert!(!invalid.iter().any(SocketConfig::is_valid));
}

#[tokio::test]
async fn data_to_a_peer_that_froze_ends_the_connection_within_the_user_timeout() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let dialer = Authority::new().dialer().with_sockets(SocketConfig {
        user_timeout: Duration::from_secs(1),
        ..SocketConfig::default()
    });
    let mut connection = connected(&dialer, listener.local_addr().unwrap()).await;
    // It takes the connection and never reads: once its window is shut, only probes go out.
    let (_frozen, _) = listener.accept().await.unwrap();
    let fill = async {
        loop {
            if let Err(error) = connection.write_all(&[0; 65536]).await {
                return error.kind();
            }
        }
    };
    let ended = timeout(Duration::from_secs(20), fill).await.unwrap();
    assert_eq!(ended, io::ErrorKind::TimedOut);
}
