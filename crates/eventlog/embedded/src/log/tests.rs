use super::*;
use pushmail_eventlog::contract::sample::{Writer as Sample, account, message, messages};

struct Still;

impl Clock for Still {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(1_000_000)
    }

    fn elapsed(&self) -> Duration {
        Duration::ZERO
    }
}

fn open(config: Config) -> EmbeddedLog {
    EmbeddedLog::open(config, Arc::new(Still), None).unwrap()
}

async fn pragma(log: &EmbeddedLog, name: &'static str) -> String {
    let query = format!("SELECT CAST({name} AS TEXT) FROM pragma_{name}");
    let ask = move |tables: &mut Tables<'_>| tables.connection.query_row(&query, [], |r| r.get(0));
    log.operate(ask).await.unwrap()
}

#[tokio::test]
async fn a_commit_is_synced_before_it_is_acknowledged() {
    let directory = tempfile::tempdir().unwrap();
    let log = open(Config::new(directory.path().join("events.db")));
    assert_eq!(pragma(&log, "journal_mode").await, "wal");
    assert_eq!(pragma(&log, "synchronous").await, "2", "2 is FULL");
}

#[cfg(feature = "plant")]
#[tokio::test]
async fn the_plant_leaves_the_sync_out() {
    let directory = tempfile::tempdir().unwrap();
    let mut config = Config::new(directory.path().join("events.db"));
    config.plant_no_fsync = true;
    assert_eq!(pragma(&open(config), "synchronous").await, "0", "0 is OFF");
}

async fn limit_pages(log: &EmbeddedLog, pages: i64) {
    let set = move |tables: &mut Tables<'_>| {
        let pragma = format!("PRAGMA max_page_count = {pages}");
        tables.connection.query_row(&pragma, [], |_| Ok(()))
    };
    log.operate(set).await.unwrap();
}

#[tokio::test]
async fn a_full_log_stores_nothing_and_takes_more_once_it_has_room() {
    let directory = tempfile::tempdir().unwrap();
    let log = open(Config::new(directory.path().join("events.db")));
    let writer = Sample::take(&log, account(1)).await;
    writer.append(vec![message(account(1), 1)]).await;

    limit_pages(&log, 12).await;
    let full = writer.try_append(messages(account(1), 2..=100)).await;
    assert_eq!(full.unwrap_err().kind, AppendErrorKind::Full);
    assert_eq!(writer.all().await.len(), 1);

    limit_pages(&log, 10_000).await;
    let appended = writer.append(messages(account(1), 1..=100)).await;
    let duplicates = appended.iter().filter(|a| a.duplicate).count();
    assert_eq!(duplicates, 1, "only the first was stored before");
    assert_eq!(writer.all().await.len(), 100);
}

#[tokio::test]
async fn reads_and_lookups_go_through_an_index() {
    let directory = tempfile::tempdir().unwrap();
    let log = open(Config::new(directory.path().join("events.db")));
    for (query, plan) in [
        (
            "SELECT record FROM event WHERE shard = 1 AND seq > 2 AND seq <= 3 ORDER BY seq LIMIT 4",
            "SEARCH event USING INDEX event_by_shard (shard=? AND rowid>? AND rowid<?)",
        ),
        (
            "SELECT record FROM event WHERE account = x'' AND tenant = x'' AND seq > 2 ORDER BY seq LIMIT 4",
            "SEARCH event USING INDEX event_by_account (account=? AND rowid>?)",
        ),
        (
            "SELECT record FROM event WHERE tenant = x'' AND shard >> 8 = 1 AND seq > 2 ORDER BY seq LIMIT 4",
            "SEARCH event USING INDEX event_by_tenant (tenant=? AND <expr>=? AND rowid>?)",
        ),
        (
            "SELECT record FROM event WHERE account = x'' AND tenant = x'' ORDER BY seq DESC LIMIT 4",
            "SEARCH event USING INDEX event_by_account (account=?)",
        ),
        (
            "SELECT ifnull(max(seq), 0) FROM event WHERE account = x''",
            "SEARCH event USING COVERING INDEX event_by_account (account=?)",
        ),
    ] {
        let explain = format!("EXPLAIN QUERY PLAN {query}");
        let ask = move |tables: &mut Tables<'_>| {
            let mut statement = tables.connection.prepare(&explain)?;
            let steps = statement.query_map([], |row| row.get::<_, String>("detail"))?;
            steps.collect::<rusqlite::Result<Vec<_>>>()
        };
        assert_eq!(log.operate(ask).await.unwrap(), [plan], "{query}");
    }
}
