//! What the tests share: the program, mailboxes, gateways.

mod dovecot;
mod gateway;
mod imap;
mod listener;
mod stores;

pub(crate) use dovecot::{Mailbox, PASSWORD};
pub(crate) use gateway::{Config, Gateway};
pub(crate) use listener::Listener;
pub(crate) use stores::{Stores, share_key};

use pushmail_mailsim::Mailsim;
use pushmail_runtime::SystemClock;
use pushmail_testkit::Process;
use serde_json::Value;
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;
use tokio::process::Command;

/// How long anything may take before a test gives up.
pub(crate) const LIMIT: Duration = Duration::from_secs(30);
/// How often a test asks for what nobody announces.
const ASK_EVERY: Duration = Duration::from_millis(50);

/// What a program that ended had to say.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// The program, untouched by the environment of whoever runs the tests.
pub(crate) fn pushmail() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pushmail"));
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("PUSHMAIL") {
            command.env_remove(name);
        }
    }
    command
        .env_remove("RUST_LOG")
        .stdin(Stdio::null())
        .kill_on_drop(true);
    command
}

/// Runs the command to its end.
pub(crate) async fn run(command: &mut Command) -> Ended {
    let output = tokio::time::timeout(LIMIT, command.output()).await;
    let output = output.unwrap_or_else(|_| panic!("{command:?} did not end in {LIMIT:?}"));
    let output = output.expect("the program can be started");
    let text = |bytes| String::from_utf8(bytes).expect("the program writes UTF-8");
    Ended {
        code: output.status.code(),
        stdout: text(output.stdout),
        stderr: text(output.stderr),
    }
}

/// Asks the process to end as Ctrl-C does, and returns its exit code.
pub(crate) async fn interrupt(process: &mut Process) -> Option<i32> {
    let id = process.id().and_then(|id| i32::try_from(id).ok());
    let id = id.and_then(rustix::process::Pid::from_raw);
    let id = id.expect("the process runs");
    rustix::process::kill_process(id, rustix::process::Signal::INT)
        .expect("a child can be interrupted");
    process.wait(LIMIT).await
}

/// Asks until there is an answer; until then, `ask` says what there is instead.
pub(crate) async fn until<T>(mut ask: impl AsyncFnMut() -> Result<T, String>) -> T {
    let mut last = String::new();
    let asked = async {
        loop {
            match ask().await {
                Ok(answer) => return answer,
                Err(instead) => last = instead,
            }
            tokio::time::sleep(ASK_EVERY).await;
        }
    };
    let answered = tokio::time::timeout(LIMIT, asked).await;
    answered.unwrap_or_else(|_| panic!("not in {LIMIT:?}: {last}"))
}

/// The JSON objects of an output, one per line.
pub(crate) fn objects(text: &str) -> Vec<Value> {
    let parse = |line| serde_json::from_str(line).unwrap_or_else(|_| panic!("no JSON: {line}"));
    text.lines().map(parse).collect()
}

/// The text of an object's field.
pub(crate) fn text<'a>(object: &'a Value, field: &str) -> &'a str {
    let found = object[field].as_str();
    found.unwrap_or_else(|| panic!("no text {field:?} in {object}"))
}

/// Reads JSON lines up to and with the first that `is_it`; that object.
pub(crate) async fn wait_for(process: &mut Process, is_it: impl Fn(&Value) -> bool) -> Value {
    let parse = |line: &str| serde_json::from_str::<Value>(line).ok();
    let found = process.wait_for_line(
        |line| parse(line).is_some_and(|object| is_it(&object)),
        LIMIT,
    );
    parse(&found.await).expect("it was parsed before")
}

/// A simulated mail server with TLS, for `user@…` of any name, with the password `secret`.
pub(crate) async fn mailsim() -> Mailsim {
    let config = pushmail_mailsim::Config::new(Arc::new(SystemClock));
    let started = Mailsim::start(config).await;
    started.expect("a loopback port for the mail server")
}

/// A mail, and its Message-ID without angle brackets.
pub(crate) fn mail(subject: &str) -> (String, Vec<u8>) {
    let word = |c: char| if c.is_ascii_alphanumeric() { c } else { '.' };
    let id = format!(
        "{}@mail.test",
        subject.chars().map(word).collect::<String>()
    );
    let raw = format!(
        "Date: Mon, 02 Mar 2026 10:20:30 +0100\r\n\
         From: =?utf-8?q?Zo=C3=AB?= <zoe@example.org>\r\n\
         To: Ann <ann@example.org>, bob@example.org\r\n\
         Subject: {subject}\r\n\
         Message-ID: <{id}>\r\n\r\n\
         Hello Ann,\r\n\r\nthis is about {subject}.\r\n"
    );
    (id, raw.into_bytes())
}
