//! A log that cannot be opened says why, and what to do.

use crate::contract::Embedded;
use pushmail_eventlog::TenantLog as _;
use pushmail_eventlog::contract::sample::{TENANT, Writer, account, events, messages};
use pushmail_eventlog_embedded::{EmbeddedLog, OpenError};

fn refusal(fixture: &Embedded) -> OpenError {
    EmbeddedLog::open(fixture.config(), fixture.clock.clone(), None).unwrap_err()
}

#[test]
fn a_damaged_file_is_refused_with_the_remedy() {
    let fixture = Embedded::new();
    drop(fixture.open_log());
    let path = fixture.config().path;
    let mut bytes = std::fs::read(&path).unwrap();
    bytes[..64].fill(0x5a);
    std::fs::write(&path, bytes).unwrap();

    let error = refusal(&fixture);
    assert!(matches!(error, OpenError::Damaged { .. }), "{error:?}");
    let text = error.to_string();
    assert!(
        text.contains("events.db is damaged") && text.contains("backup"),
        "{text}"
    );
}

#[test]
fn a_file_that_is_no_database_is_refused() {
    let fixture = Embedded::new();
    std::fs::write(fixture.config().path, "Dear diary, ".repeat(1_000)).unwrap();
    let error = refusal(&fixture);
    assert!(matches!(error, OpenError::Damaged { .. }), "{error:?}");
}

#[test]
fn a_newer_schema_is_refused_and_left_alone() {
    let fixture = Embedded::new();
    drop(fixture.open_log());
    let other = rusqlite::Connection::open(fixture.config().path).unwrap();
    other.pragma_update(None, "user_version", 4).unwrap();
    drop(other);
    let error = refusal(&fixture);
    assert!(
        matches!(
            error,
            OpenError::TooNew {
                found: 4,
                known: 3,
                ..
            }
        ),
        "{error:?}"
    );
}

#[tokio::test]
async fn a_log_of_the_first_schema_is_brought_up_to_date_and_keeps_its_events() {
    let fixture = Embedded::new();
    let log = fixture.open_log();
    let writer = Writer::take(&log, account(1)).await;
    writer.append(messages(account(1), 1..=3)).await;
    let stream = writer.shard.stream();
    drop(log);
    let other = rusqlite::Connection::open(fixture.config().path).unwrap();
    let back = "DROP INDEX event_by_tenant;
        ALTER TABLE event ADD COLUMN previous INTEGER NOT NULL DEFAULT 0;
        PRAGMA user_version = 1;";
    other.execute_batch(back).unwrap();
    drop(other);

    let log = fixture.open_log();
    let page = log.read_tenant(TENANT, stream, 0, 100).await.unwrap();
    assert_eq!(events(page.events), messages(account(1), 1..=3));
    let other = rusqlite::Connection::open(fixture.config().path).unwrap();
    let indexes = "SELECT count(*) FROM sqlite_schema WHERE name = 'event_by_tenant'";
    let count = other.query_row(indexes, [], |row| row.get::<_, u32>(0));
    assert_eq!(count.unwrap(), 1);
}

#[test]
fn a_missing_directory_is_named() {
    let fixture = Embedded::new();
    let mut config = fixture.config();
    config.path = config.path.with_file_name("nowhere").join("events.db");
    let error = EmbeddedLog::open(config, fixture.clock.clone(), None).unwrap_err();
    assert!(error.to_string().contains("nowhere/events.db"), "{error}");
    assert!(matches!(error, OpenError::Unusable { .. }), "{error:?}");
}
