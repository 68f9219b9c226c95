use super::{ends_when_dropped, is_open};
use pushmail_testkit::{Redis, RedisCluster, RedisSentinel};
use std::io::{BufRead as _, BufReader, ErrorKind, Write as _};
use std::net::TcpStream;
use std::time::Duration;

/// A connection on which inline commands are answered by lines.
struct Client(BufReader<TcpStream>);

impl Client {
    fn connect(redis: &Redis) -> Self {
        let stream = TcpStream::connect(redis.addr()).expect("redis answers");
        Self(BufReader::new(stream))
    }

    fn send(&mut self, command: &str) {
        self.0
            .get_mut()
            .write_all(format!("{command}\r\n").as_bytes())
            .expect("redis answers");
    }

    fn command(&mut self, command: &str) -> String {
        self.send(command);
        self.line().expect("redis answers")
    }

    fn line(&mut self) -> std::io::Result<String> {
        let mut line = String::new();
        self.0.read_line(&mut line)?;
        Ok(line.trim_end().to_owned())
    }
}

#[test]
fn it_answers_and_is_empty_after_a_kill() {
    let Some(mut redis) = Redis::start() else {
        return;
    };
    let addr = redis.addr();
    assert_eq!(redis.url(), format!("redis://{addr}"));
    assert_eq!(Client::connect(&redis).command("SET a 1"), "+OK");
    redis.kill();
    assert!(!redis.is_running() && !is_open(addr));
    redis.start_again();
    assert_eq!(Client::connect(&redis).command("GET a"), "$-1");
    ends_when_dropped(redis, addr);
}

#[test]
fn a_paused_one_answers_once_it_goes_on() {
    let Some(mut redis) = Redis::start() else {
        return;
    };
    let mut client = Client::connect(&redis);
    assert_eq!(client.command("PING"), "+PONG");
    redis.pause();
    client.send("PING");
    let timeout = Some(Duration::from_millis(100));
    client.0.get_ref().set_read_timeout(timeout).unwrap();
    assert_eq!(client.line().unwrap_err().kind(), ErrorKind::WouldBlock);
    client.0.get_ref().set_read_timeout(None).unwrap();
    redis.resume();
    assert_eq!(client.line().unwrap(), "+PONG");
}

#[test]
fn a_paused_one_can_be_killed() {
    let Some(mut redis) = Redis::start() else {
        return;
    };
    redis.pause();
    redis.kill();
    assert!(!is_open(redis.addr()));
}

#[test]
fn sentinels_move_the_primary_when_asked_and_when_it_dies() {
    let Some(mut redis) = RedisSentinel::start(3) else {
        return;
    };
    assert_eq!(redis.sentinel_addrs().len(), 3);
    assert_eq!(redis.primary(), 0);
    redis.fail_over();
    assert_eq!(redis.primary(), 1);
    assert_eq!(Client::connect(redis.node_mut(1)).command("SET a 1"), "+OK");

    redis.wait_replicated();
    redis.node_mut(1).kill();
    redis.wait_failed_over(1);
    assert_eq!(redis.primary(), 0);
}

#[test]
fn nodes_of_a_cluster_know_where_each_slot_is() {
    let Some(mut cluster) = RedisCluster::start() else {
        return;
    };
    assert_eq!(cluster.urls().len(), 3);
    // The slot of `a` is 15,495: the last node's.
    let moved = Client::connect(cluster.node_mut(0)).command("SET a 1");
    let to = cluster.node_mut(2).addr();
    assert_eq!(moved, format!("-MOVED 15495 {to}"));
    assert_eq!(
        Client::connect(cluster.node_mut(2)).command("SET a 1"),
        "+OK"
    );

    cluster.node_mut(0).kill();
    let mut client = Client::connect(cluster.node_mut(2));
    while client.command("GET a") != "-CLUSTERDOWN The cluster is down" {}
    cluster.node_mut(0).start_again();
    cluster.wait_ready();
    assert_eq!(Client::connect(cluster.node_mut(2)).command("GET a"), "$1");
}
