//! The proxy: what passes, what does not, and what comes late.

use pushmail_testkit::proxy::{Answer, Mode};
use pushmail_testkit::{Nats, Proxy};
use std::time::Duration;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;

/// A connection to NATS that has said who it is, line by line.
async fn connect(proxy: &Proxy) -> BufReader<TcpStream> {
    let mut stream = BufReader::new(
        TcpStream::connect(proxy.addr())
            .await
            .expect("the proxy accepts"),
    );
    assert!(line(&mut stream).await.starts_with("INFO "));
    say(
        &mut stream,
        "CONNECT {\"verbose\":false,\"headers\":true}\r\n",
    )
    .await;
    stream
}

async fn say(stream: &mut BufReader<TcpStream>, text: &str) {
    stream
        .get_mut()
        .write_all(text.as_bytes())
        .await
        .expect("the proxy reads");
}

async fn line(stream: &mut BufReader<TcpStream>) -> String {
    let mut line = String::new();
    stream.read_line(&mut line).await.expect("the proxy writes");
    line
}

#[tokio::test]
async fn held_publishes_come_late_and_are_answered_while_all_else_passes() {
    let Some(nats) = Nats::start() else { return };
    let proxy = Proxy::of_nats(nats.addr()).await;
    let mut client = connect(&proxy).await;
    say(&mut client, "SUB >  1\r\nPING\r\n").await;
    assert_eq!(line(&mut client).await, "PONG\r\n");
    proxy.hold("ev.");
    say(
        &mut client,
        "PUB ev.a answer 2\r\nhi\r\nPUB b 0\r\n\r\nPING\r\n",
    )
    .await;
    assert_eq!(line(&mut client).await, "MSG b 1 0\r\n");
    assert_eq!(line(&mut client).await, "\r\n");
    assert_eq!(line(&mut client).await, "PONG\r\n");
    assert_eq!(proxy.held(), 1);

    // Somebody who answers what comes on `ev.a`.
    let mut other = connect(&proxy).await;
    say(&mut other, "SUB ev.a 1\r\nPING\r\n").await;
    assert_eq!(line(&mut other).await, "PONG\r\n");
    let answering = async {
        assert_eq!(line(&mut other).await, "MSG ev.a 1 answer 2\r\n");
        say(&mut other, "PUB answer 9\r\n{\"seq\":7}\r\n").await;
    };
    let (late, ()) = tokio::join!(proxy.release(Duration::from_secs(30)), answering);
    assert_eq!(late.len(), 1);
    assert_eq!(late[0].subject, "ev.a");
    assert_eq!(
        late[0].answer,
        Answer::Said(serde_json::json!({ "seq": 7 }))
    );
    assert_eq!(proxy.held(), 0);
}

#[tokio::test]
async fn a_refusing_proxy_ends_connections_and_a_passing_one_takes_new_ones() {
    let Some(nats) = Nats::start() else { return };
    let proxy = Proxy::start(vec![nats.addr()]).await;
    let mut client = connect(&proxy).await;
    proxy.set(Mode::Refuse);
    assert_eq!(line(&mut client).await, "");
    proxy.set(Mode::Pass);
    connect(&proxy).await;
}

#[tokio::test]
async fn what_waits_in_a_stalled_proxy_passes_later() {
    let Some(nats) = Nats::start() else { return };
    let proxy = Proxy::start(vec![nats.addr()]).await;
    let mut client = connect(&proxy).await;
    proxy.set(Mode::Stall);
    say(&mut client, "PING\r\n").await;
    let mut second = BufReader::new(TcpStream::connect(proxy.addr()).await.unwrap());
    proxy.set(Mode::Pass);
    assert_eq!(line(&mut client).await, "PONG\r\n");
    assert!(line(&mut second).await.starts_with("INFO "));
}
