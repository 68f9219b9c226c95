//! Redis behind TLS.

use crate::contract::{handle, rings, steady};
use pushmail_leases::Leases as _;
use pushmail_leases::contract::sample::Worker;
use pushmail_leases_redis::RedisLeases;
use pushmail_testkit::Redis;
use pushmail_testkit::certs::Authority;
use std::error::Error as _;
use std::net::SocketAddr;
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

/// Takes TLS connections for the server; where.
async fn terminate(acceptor: TlsAcceptor, server: SocketAddr) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addr = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            let acceptor = acceptor.clone();
            tokio::spawn(async move {
                let mut client = acceptor.accept(client).await?;
                let mut server = TcpStream::connect(server).await?;
                tokio::io::copy_bidirectional(&mut client, &mut server).await
            });
        }
    });
    addr
}

#[tokio::test]
async fn the_certificate_is_checked_against_the_authorities() {
    let Some(redis) = Redis::start() else {
        return;
    };
    let authority = Authority::new().unwrap();
    let issued = authority.issue(&["localhost"]).unwrap();
    let acceptor = TlsAcceptor::from(issued.server_config().unwrap());
    let port = terminate(acceptor, redis.addr()).await.port();

    let mut config = steady(format!("rediss://localhost:{port}"));
    config.authorities = Some(authority.pem().into_bytes());
    let mut workers = [1, 2].map(|number| Worker::new(handle(&config), number));
    let [one, two] = &mut workers;
    let mut wakes = two.leases.wakes(two.id()).await.unwrap();
    one.claim([1]).await;
    one.give(1, None).await;
    rings(&mut wakes).await;

    let stranger = Authority::new().unwrap().pem().into_bytes();
    for (url, authorities) in [
        (format!("rediss://localhost:{port}"), Some(stranger)),
        (format!("rediss://127.0.0.1:{port}"), config.authorities),
        (format!("rediss://localhost:{port}"), None),
    ] {
        let mut config = steady(url);
        config.authorities = authorities;
        let leases = RedisLeases::new(&config).unwrap();
        let error = leases.view().await.unwrap_err();
        let said = error.source().unwrap().to_string();
        assert!(said.contains("certificate"), "{said}");
    }
}
