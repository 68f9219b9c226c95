use super::{ends_when_dropped, is_open};
use pushmail_testkit::Postgres;
use std::process::{Command, Stdio};

/// What psql prints for a statement.
fn ask(url: &str, statement: &str) -> String {
    let psql = Command::new("psql")
        .args([
            "--no-psqlrc",
            "--tuples-only",
            "--no-align",
            "--dbname",
            url,
        ])
        .args(["--command", statement])
        .output()
        .expect("psql runs");
    assert!(psql.status.success(), "{psql:?}");
    String::from_utf8(psql.stdout)
        .expect("psql runs")
        .trim()
        .to_owned()
}

#[test]
fn a_table_outlives_its_server() {
    let Some(mut postgres) = Postgres::start() else {
        return;
    };
    let addr = postgres.addr();
    let url = postgres.database();
    ask(&url, "CREATE TABLE t AS SELECT 7 AS n");
    assert_eq!(ask(&url, "SHOW fsync"), "on");
    postgres.kill();
    assert!(!postgres.is_running() && !is_open(addr));
    postgres.start_again();
    assert_eq!(ask(&url, "SELECT n FROM t"), "7");
    ends_when_dropped(postgres, addr);
}

#[test]
fn databases_of_the_shared_server_are_empty_and_apart() {
    let Some(postgres) = Postgres::shared() else {
        return;
    };
    let [one, two] = [postgres.database(), postgres.database()];
    assert_ne!(one, two);
    for url in [one, two] {
        ask(&url, "CREATE TABLE t (n int)");
    }
}

#[test]
fn a_kill_ends_its_sessions_even_if_they_are_paused() {
    let Some(mut postgres) = Postgres::start() else {
        return;
    };
    let mut session = Command::new("psql")
        .args(["--quiet", "--tuples-only", "--dbname", &postgres.database()])
        .args(["--command", "SELECT 1", "--command", "SELECT pg_sleep(600)"])
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let sleeping = "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'";
    let url = postgres.database();
    while ask(&url, sleeping) != "1" {}
    postgres.pause();
    postgres.kill();
    assert!(!session.wait().unwrap().success());
    postgres.start_again();
    assert_eq!(ask(&url, sleeping), "0");
}
