//! The servers in which the product keeps things, and what tests do to them.

mod nats;
mod postgres;
mod redis;

use pushmail_testkit::{Backing, Nats, Postgres, Redis, skip};
use std::io::{BufRead as _, BufReader};
use std::net::{SocketAddr, TcpStream};
use std::ops::Deref;
use std::path::Path;
use std::process::{Command, Stdio};

/// Set for a test program that another is to kill.
const TO_BE_KILLED: &str = "PUSHMAIL_TESTKIT_TO_BE_KILLED";

fn is_open(addr: SocketAddr) -> bool {
    TcpStream::connect(addr).is_ok()
}

/// Drops a server, and checks that it and its folder are gone.
fn ends_when_dropped<T: Deref<Target = Backing>>(server: T, addr: SocketAddr) {
    let data = server.data();
    assert!(is_open(addr) && data.exists());
    drop(server);
    assert!(!is_open(addr), "{addr} still listens");
    assert!(!data.exists(), "{} is still there", data.display());
}

#[test]
fn servers_and_their_folders_go_when_the_test_program_is_killed() {
    if std::env::var_os(TO_BE_KILLED).is_some() {
        return start_and_wait();
    }
    if ["nats", "postgres", "redis"].into_iter().any(skip) {
        return;
    }
    let name = "backing::servers_and_their_folders_go_when_the_test_program_is_killed";
    let mut program = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", name, "--nocapture"])
        .env(TO_BE_KILLED, "1")
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(program.stdout.take().unwrap()).lines();
    let lines = lines.map(Result::unwrap);
    let started: Vec<(SocketAddr, String)> = lines
        .filter_map(|line| {
            let (addr, data) = line.strip_prefix("STARTED ")?.split_once(' ')?;
            Some((addr.parse().unwrap(), data.to_owned()))
        })
        .take(3)
        .collect();
    for (addr, data) in &started {
        assert!(is_open(*addr) && Path::new(data).exists());
    }
    program.kill().unwrap();
    program.wait().unwrap();
    for (addr, data) in started {
        let folder = Path::new(&data).parent().unwrap();
        while is_open(addr) || folder.exists() {
            std::thread::yield_now();
        }
    }
}

/// Starts one server of each kind, one of them paused, says so, and waits to be killed.
fn start_and_wait() {
    let nats = Nats::start().expect("it was not left out");
    let mut redis = Redis::start().expect("it was not left out");
    redis.pause();
    let postgres = Postgres::shared().expect("it was not left out");
    println!();
    println!("STARTED {} {}", nats.addr(), nats.data().display());
    println!("STARTED {} {}", redis.addr(), redis.data().display());
    println!("STARTED {} {}", postgres.addr(), postgres.data().display());
    loop {
        std::thread::park();
    }
}
