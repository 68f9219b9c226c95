use super::*;
use crate::dial::Dialer;
use crate::testing::{Authority, Names};
use pushmail_domain::{Endpoint, FaultKind, Security};
use std::sync::Arc;
use tokio::net::TcpListener;

fn account(number: u16) -> AccountId {
    // As random as real ones are.
    let [high, low] = [1, 2].map(|salt| mix(u64::from(number) << 2 | salt));
    AccountId::from_bytes((u128::from(high) << 64 | u128::from(low)).to_be_bytes())
}

fn addresses(addresses: &[&str]) -> Vec<IpAddr> {
    let parsed = addresses.iter().map(|address| address.parse().unwrap());
    parsed.collect()
}

/// As the settings say them.
fn said(addresses: &[&str]) -> Vec<SourceAddress> {
    let parsed = addresses.iter().map(|address| address.parse().unwrap());
    parsed.collect()
}

/// Not asked whether they are of this machine.
fn sources(of: &[&str]) -> Sources {
    Sources {
        addresses: addresses(of),
        ..Sources::default()
    }
}

#[test]
fn accounts_are_spread_over_the_addresses() {
    let sources = sources(&["192.0.2.1", "192.0.2.2", "192.0.2.3", "2001:db8::1"]);
    let mut counts = HashMap::<IpAddr, usize>::new();
    for number in 0..3_000 {
        let source = sources.of(account(number), false).unwrap();
        *counts.entry(source).or_default() += 1;
    }
    assert_eq!(counts.len(), 3);
    assert!(
        counts.values().all(|count| (900..1_100).contains(count)),
        "{counts:?}"
    );
    assert_eq!(
        sources.of(account(1), true),
        Some(addresses(&["2001:db8::1"])[0])
    );
}

#[test]
fn an_account_changes_its_address_only_if_it_has_to() {
    let before = sources(&["192.0.2.1", "192.0.2.2", "192.0.2.3"]);
    let same = sources(&["192.0.2.3", "192.0.2.1", "192.0.2.2"]);
    let fewer = sources(&["192.0.2.1", "192.0.2.3"]);
    for number in 0..1_000 {
        let of = |sources: &Sources| sources.of(account(number), false).unwrap();
        assert_eq!(of(&before), of(&same));
        if of(&before).to_string() != "192.0.2.2" {
            assert_eq!(of(&before), of(&fewer));
        }
    }
    assert_eq!(before.of(account(1), true), None);
    assert_eq!(Sources::default().of(account(1), false), None);
}

#[test]
fn an_address_of_another_machine_is_refused() {
    let error = Sources::new(said(&["127.0.0.2", "192.0.2.1"])).unwrap_err();
    assert_eq!(error.address.to_string(), "192.0.2.1");
    let sources = Sources::new(said(&["127.0.0.2", "127.0.0.2"])).unwrap();
    assert_eq!(sources.addresses.len(), 1);
}

#[test]
fn an_address_is_said_alone_or_with_an_interface() {
    for text in ["192.0.2.1", "2001:db8::1", "192.0.2.1@net1"] {
        assert_eq!(said(&[text])[0].to_string(), text);
    }
    for text in ["", "net1", "192.0.2.1@", "@net1", "192.0.2.0/24"] {
        assert!(text.parse::<SourceAddress>().is_err(), "{text}");
    }
}

#[tokio::test]
async fn a_connection_leaves_by_the_interface_and_is_counted_by_the_address() {
    let dialer = dialer(&["192.0.2.7@lo"], names());
    let server = Recorder::at("127.0.0.1").await;
    let account = account(1);
    let counted = dialer.source(account, "127.0.0.1").await.unwrap();
    assert_eq!(counted, Some(addresses(&["192.0.2.7"])[0]));
    let peer = server.peer(&dialer, account, "127.0.0.1").await;
    assert_eq!(peer, addresses(&["127.0.0.1"])[0]);
    let error = Sources::new(said(&["192.0.2.7@none"])).unwrap_err();
    assert!(error.to_string().contains("interface"), "{error}");
}

/// A server that keeps who connects, on both loopback addresses where there are two.
struct Recorder {
    listener: TcpListener,
    port: u16,
}

impl Recorder {
    async fn at(address: &str) -> Self {
        let listener = TcpListener::bind((address, 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        Self { listener, port }
    }

    /// At another port than this.
    async fn elsewhere(address: &str, port: u16) -> Self {
        loop {
            let recorder = Self::at(address).await;
            if recorder.port != port {
                return recorder;
            }
        }
    }

    /// Where the account's connection comes from.
    async fn peer(&self, dialer: &Dialer, account: AccountId, host: &str) -> IpAddr {
        let endpoint = endpoint(host, self.port);
        let connecting = dialer.connect_for(account, &endpoint);
        let (connection, accepted) = tokio::join!(connecting, self.listener.accept());
        connection.unwrap();
        accepted.unwrap().1.ip()
    }
}

fn endpoint(host: &str, port: u16) -> Endpoint {
    Endpoint {
        host: host.to_owned(),
        port,
        security: Security::StartTls,
    }
}

fn dialer(own: &[&str], names: Names) -> Dialer {
    let sources = Sources::new(said(own)).unwrap();
    let dialer = Authority::new().dialer();
    dialer
        .with_resolver(Arc::new(names))
        .with_sources(Arc::new(sources))
}

fn names() -> Names {
    Names::default()
        .with("four.example.org", &["127.0.0.1"])
        .with("six.example.org", &["::1"])
        .with("both.example.org", &["127.0.0.1", "::1"])
}

#[tokio::test]
async fn an_account_s_connections_come_from_its_address() {
    let server = Recorder::at("127.0.0.1").await;
    let own = ["127.0.0.2", "127.0.0.3", "127.0.0.4"];
    let dialers = [0, 1].map(|_| dialer(&own, names()));
    let mut seen = HashMap::<IpAddr, usize>::new();
    for number in 0..30 {
        for dialer in &dialers {
            let peer = server
                .peer(dialer, account(number), "four.example.org")
                .await;
            let told = dialer.source(account(number), "four.example.org").await;
            assert_eq!(told.unwrap(), Some(peer));
            *seen.entry(peer).or_default() += 1;
        }
    }
    let mut seen: Vec<String> = seen.keys().map(ToString::to_string).collect();
    seen.sort();
    assert_eq!(seen, own);
}

/// A port that is taken at binding is taken for all hosts.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_source_has_its_ports_for_each_host_anew() {
    let socket = bound("127.0.0.9".parse().unwrap()).unwrap();
    let address = socket.local_addr().unwrap();
    assert_eq!(address.to_string(), "127.0.0.9:0");
}

#[tokio::test]
async fn the_family_is_that_of_the_server() {
    let four = Recorder::at("127.0.0.1").await;
    let six = Recorder::elsewhere("::1", four.port).await;
    let dialer = dialer(&["127.0.0.2", "::1"], names());
    let ann = account(1);
    let peer = four.peer(&dialer, ann, "four.example.org").await;
    assert_eq!(peer.to_string(), "127.0.0.2");
    let peer = six.peer(&dialer, ann, "both.example.org").await;
    assert_eq!(peer.to_string(), "::1");
    for (host, source) in [
        ("four.example.org", "127.0.0.2"),
        ("six.example.org", "::1"),
        ("both.example.org", "::1"),
    ] {
        let told = dialer.source(ann, host).await.unwrap().unwrap();
        assert_eq!(told.to_string(), source, "{host}");
    }
    // IPv6 is tried first and refused there: the port is the other server's.
    let peer = four.peer(&dialer, ann, "both.example.org").await;
    assert_eq!(peer.to_string(), "127.0.0.2");
}

#[tokio::test]
async fn a_server_without_an_address_of_the_sources_family_is_not_reached_from_elsewhere() {
    let server = Recorder::at("::1").await;
    let dialer = dialer(&["127.0.0.2"], names());
    let endpoint = endpoint("six.example.org", server.port);
    let fault = dialer.connect_for(account(1), &endpoint).await.unwrap_err();
    assert_eq!(fault.kind, FaultKind::EgressDenied);
    assert!(fault.message.contains("upstream.egress"), "{fault}");
}

#[tokio::test]
async fn without_sources_the_system_chooses() {
    let server = Recorder::at("127.0.0.1").await;
    let dialer = dialer(&[], names());
    let peer = server.peer(&dialer, account(1), "four.example.org").await;
    assert_eq!(peer.to_string(), "127.0.0.1");
    let told = dialer.source(account(1), "no.such.host").await.unwrap();
    assert_eq!(told, None);
}
