mod client;

use super::{ends_when_dropped, is_open};
use client::Client;
use pushmail_testkit::{Nats, NatsCluster};

const STREAM: &str = r#"{"name":"S","subjects":["s.>"],"storage":"file"}"#;

fn stored(nats: &Nats) -> String {
    let mut client = Client::connect(nats.addr());
    let info = client.request("$JS.API.STREAM.INFO.S", "");
    let (_, rest) = info.split_once("\"messages\":").expect("a stream");
    rest.split(',').next().expect("nats answers").to_owned()
}

#[test]
fn a_stream_outlives_its_server() {
    let Some(mut nats) = Nats::start() else {
        return;
    };
    let addr = nats.addr();
    let mut client = Client::connect(addr);
    client.request("$JS.API.STREAM.CREATE.S", STREAM);
    assert_eq!(client.request("s.1", "one"), r#"{"stream":"S","seq":1}"#);

    nats.kill();
    assert!(!nats.is_running() && !is_open(addr));
    let backup = nats.back_up();
    nats.start_again();
    assert_eq!(stored(&nats), "1");
    let mut client = Client::connect(addr);
    assert_eq!(client.request("s.1", "two"), r#"{"stream":"S","seq":2}"#);

    nats.kill();
    nats.restore(&backup);
    nats.start_again();
    assert_eq!(stored(&nats), "1");
    ends_when_dropped(nats, addr);
}

#[test]
fn a_full_store_refuses_messages() {
    let Some(nats) = Nats::with_max_file_store(1 << 20) else {
        return;
    };
    let mut client = Client::connect(nats.addr());
    client.request("$JS.API.STREAM.CREATE.S", STREAM);
    let body = "x".repeat(300 << 10);
    let mut answers = (0..10).map(|_| client.request("s.1", &body));
    let refused = answers.position(|answer| answer.contains("insufficient resources"));
    // Not before the limit, and not later than the message after the one that crosses it.
    assert_eq!(refused, Some(4));
}

#[test]
fn a_cluster_outlives_the_leader_of_a_stream() {
    let Some(mut cluster) = NatsCluster::start(3) else {
        return;
    };
    assert_eq!(cluster.urls().len(), 3);
    let mut client = Client::connect(cluster.node(0).addr());
    let stream = STREAM.replace('}', r#","num_replicas":3}"#);
    let created = client.request("$JS.API.STREAM.CREATE.S", &stream);
    assert!(created.contains(r#""num_replicas":3"#), "{created}");
    assert!(client.request("s.1", "one").contains(r#""seq":1"#));

    let leader = cluster.leader_of("S");
    cluster.node_mut(leader).kill();
    cluster.wait_ready();
    let other = cluster.leader_of("S");
    assert_ne!(other, leader);
    let mut client = Client::connect(cluster.node(other).addr());
    assert!(client.request("s.1", "two").contains(r#""seq":2"#));

    cluster.node_mut(leader).start_again();
    cluster.wait_ready();
    assert_eq!(stored(cluster.node(leader)), "2");
}
