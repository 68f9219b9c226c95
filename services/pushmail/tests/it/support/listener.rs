//! `pushmail listen --json`.

use super::{Gateway, interrupt, pushmail, text, wait_for};
use pushmail_testkit::Process;
use serde_json::Value;
use std::path::PathBuf;

/// A device client in a process of its own, which keeps its state between starts.
pub(crate) struct Listener {
    process: Process,
    token: String,
    state: PathBuf,
}

impl Listener {
    /// A device of the account, connected.
    pub(crate) async fn start(gateway: &Gateway, tenant: &str, account: &str) -> Self {
        Self::start_at(gateway, gateway, tenant, account).await
    }

    /// The same in a fleet: made known to `control`, connected to `delivery`.
    pub(crate) async fn start_at(
        control: &Gateway,
        delivery: &Gateway,
        tenant: &str,
        account: &str,
    ) -> Self {
        let made = control
            .ctl(&["device", "create", tenant, "phone", "--account", account])
            .await;
        let device = text(&made[0], "id").to_owned();
        let issued = control.ctl(&["device", "token", tenant, &device]).await;
        let token = text(&issued[0], "token").to_owned();
        let state = control.data().join(format!("listen-{device}"));
        let process = spawn(delivery, &token, &state);
        let mut listener = Self {
            process,
            token,
            state,
        };
        listener.connected().await;
        listener
    }

    /// Starts the client anew, where it was.
    pub(crate) async fn restart(&mut self, gateway: &Gateway) {
        self.process = spawn(gateway, &self.token, &self.state);
        self.connected().await;
    }

    /// The device's token.
    pub(crate) fn token(&self) -> &str {
        &self.token
    }

    /// Kills the client (SIGKILL).
    pub(crate) async fn kill(&mut self) {
        self.process.kill().await;
    }

    /// Ends the client as Ctrl-C does.
    pub(crate) async fn interrupt(&mut self) -> Option<i32> {
        interrupt(&mut self.process).await
    }

    /// The next line with this type.
    pub(crate) async fn next(&mut self, kind: &str) -> Value {
        wait_for(&mut self.process, |object| object["type"] == kind).await
    }

    /// The Message-ID of the next mail.
    pub(crate) async fn mail(&mut self) -> String {
        let mail = self.next("message.new").await;
        text(&mail, "message_id").to_owned()
    }

    /// Waits for this mail, and fails if the gateway says before it that something may be missing. Mails before it may come again.
    pub(crate) async fn receives(&mut self, id: &str) {
        let is_it = |object: &Value| object["type"] == "gap" || object["message_id"] == id;
        let found = wait_for(&mut self.process, is_it).await;
        assert_ne!(found["type"], "gap", "{found} before {id}");
    }

    /// Waits for all of these mails, in any order; how often the gateway said meanwhile that something may be missing.
    pub(crate) async fn receives_all(&mut self, ids: &[String]) -> usize {
        let mut missing: Vec<&str> = ids.iter().map(String::as_str).collect();
        let mut gaps = 0;
        while !missing.is_empty() {
            let is_it = |object: &Value| {
                let id = object["message_id"].as_str();
                object["type"] == "gap" || id.is_some_and(|id| missing.contains(&id))
            };
            let found = wait_for(&mut self.process, is_it).await;
            gaps += usize::from(found["type"] == "gap");
            missing.retain(|id| found["message_id"] != **id);
        }
        gaps
    }

    /// Waits until the account is in this state.
    pub(crate) async fn state(&mut self, state: &str) -> Value {
        wait_for(&mut self.process, |object| object["state"] == state).await
    }

    pub(crate) async fn connected(&mut self) {
        self.next("connected").await;
    }
}

fn spawn(gateway: &Gateway, token: &str, state: &PathBuf) -> Process {
    let mut command = pushmail();
    command.args(["listen", "--json", "--token-env", "TOKEN", "--data"]);
    command
        .arg(gateway.data())
        .arg("--state")
        .arg(state)
        .env("TOKEN", token);
    Process::start(command)
}
