//! A file system that is full under a server (ENOSPC), which is no limit of the server's own that it could foresee.
//!
//! The file system is a small one in memory. Mounting takes a right that tests do not have, but in a namespace of
//! their own: each test runs itself again in one.

use crate::alone::Alone;
use pushmail_domain::Event;
use pushmail_eventlog::AppendErrorKind::{Ambiguous, Full};
use pushmail_eventlog::contract::sample::{Writer, account, events, messages};
use pushmail_eventlog_nats::{Config, NatsLog};
use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

/// Set in the namespace.
const INSIDE: &str = "PUSHMAIL_TEST_INSIDE";
/// So large is the file system.
const SIZE: &str = "size=32m";

/// Whether the test runs in a namespace of its own. If not, it ran there, or cannot, which was told.
fn is_inside(test: &str) -> bool {
    if std::env::var_os(INSIDE).is_some() {
        return true;
    }
    if pushmail_testkit::skip("nats") {
        return false;
    }
    let probe = unshare("mount")
        .args(mount(&std::env::temp_dir()))
        .output()
        .unwrap();
    if !probe.status.success() {
        let why = String::from_utf8_lossy(&probe.stderr);
        let told = writeln!(std::io::stdout(), "SKIPPED: without mounts: {}", why.trim());
        told.unwrap();
        return false;
    }
    let mut again = unshare(std::env::current_exe().unwrap());
    again.args(["--exact", &format!("disk::{test}")]);
    let ran = again.env(INSIDE, "1").envs(servers()).output().unwrap();
    let said = String::from_utf8_lossy(&ran.stdout);
    let passed = ran.status.success() && said.contains(" 1 passed");
    assert!(passed, "{said}\n{}", String::from_utf8_lossy(&ran.stderr));
    false
}

/// The program as root of a namespace of its own.
fn unshare(program: impl AsRef<std::ffi::OsStr>) -> Command {
    let mut command = Command::new("unshare");
    command.args(["--map-root-user", "--mount"]).arg(program);
    command
}

/// Mounts an empty file system at this place.
fn mount(place: &Path) -> [String; 6] {
    let place = place.display().to_string();
    ["-t", "tmpfs", "-o", SIZE, "tmpfs", &place].map(str::to_owned)
}

/// Where the servers are for who is not root out here.
fn servers() -> Option<(&'static str, PathBuf)> {
    let cache = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from);
    let home = || std::env::var_os("HOME").map(PathBuf::from);
    let cache = cache.or_else(|| Some(home()?.join(".cache")))?;
    let unpacked = cache.join("pushmail/servers");
    let set = std::env::var_os("PUSHMAIL_SERVERS").is_some();
    (!set && unpacked.exists()).then_some(("PUSHMAIL_SERVERS", unpacked))
}

/// A server on such a file system, and a log on it.
struct Small {
    alone: Alone,
    ballast: PathBuf,
}

impl Small {
    async fn new() -> Self {
        let alone = Alone::start().unwrap();
        let data = alone.server().data();
        let mounted = || Command::new("mount").args(mount(&data)).status();
        let status = alone.restart(&[], |_| mounted().unwrap()).await;
        assert!(status.success());
        let ballast = data.join("ballast");
        Self { alone, ballast }
    }

    async fn open(&self) -> NatsLog {
        let config = Config {
            publish_timeout: Duration::from_secs(2),
            ..self.alone.config()
        };
        self.alone.open_with(config).await
    }

    /// Takes all the room.
    fn fill(&self) {
        let mut ballast = File::create(&self.ballast).unwrap();
        while ballast.write_all(&[0; 4_096]).is_ok() {}
    }

    fn make_room(&self) {
        std::fs::remove_file(&self.ballast).unwrap();
    }
}

/// Appends so many at once until that fails; how many were acknowledged, and those that were not.
async fn append_all(writer: &Writer<'_>, at_once: u32) -> (u32, Vec<Event>) {
    let mut stored = 0;
    loop {
        let next = messages(account(1), stored + 1..=stored + at_once);
        match writer.try_append(next.clone()).await {
            Ok(_) => stored += at_once,
            Err(error) => {
                assert_eq!(error.kind, Ambiguous, "{error:?}");
                return (stored, next);
            }
        }
    }
}

/// Fills the file system under a writer of so many events at once; all is there when there is room again.
async fn loses_nothing(at_once: u32) {
    let small = Small::new().await;
    let log = small.open().await;
    let writer = Writer::take(&log, account(1)).await;
    small.fill();
    let (stored, unanswered) = append_all(&writer, at_once).await;
    assert!(
        small
            .alone
            .server()
            .log()
            .contains("no space left on device")
    );
    // Reads go on. What was not acknowledged may be there in part, even of a batch.
    let all = messages(account(1), 1..=stored + at_once);
    let there = events(writer.all().await);
    assert!(there.len() >= stored as usize && all.starts_with(&there));

    // A stream that could not write once does not write again until the server is restarted.
    small.make_room();
    assert_eq!(writer.refused(unanswered.clone()).await, Ambiguous);
    small.alone.restart(&[&log], |_| ()).await;
    writer.append(unanswered).await;
    assert_eq!(events(writer.all().await), all);
}

#[tokio::test]
async fn no_single_event_is_lost() {
    if is_inside("no_single_event_is_lost") {
        loses_nothing(1).await;
    }
}

#[tokio::test]
async fn no_batch_is_lost() {
    if is_inside("no_batch_is_lost") {
        loses_nothing(10).await;
    }
}

#[tokio::test]
async fn a_server_started_without_room_refuses_and_tells_what_it_has() {
    if !is_inside("a_server_started_without_room_refuses_and_tells_what_it_has") {
        return;
    }
    let small = Small::new().await;
    let log = small.open().await;
    let writer = Writer::take(&log, account(1)).await;
    writer.append(messages(account(1), 1..=10)).await;
    small.alone.restart(&[&log], |_| small.fill()).await;
    for more in [messages(account(1), 11..=11), messages(account(1), 11..=20)] {
        assert_eq!(writer.refused(more).await, Full);
    }
    assert_eq!(events(writer.all().await), messages(account(1), 1..=10));

    small.alone.restart(&[&log], |_| small.make_room()).await;
    writer.append(messages(account(1), 11..=20)).await;
    assert_eq!(events(writer.all().await), messages(account(1), 1..=20));
}
