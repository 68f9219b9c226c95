//! What is asked next, and the request for it.

use super::EasFlow;
use super::exchange::{Exchange, Step};
use super::watched::Reading;
use crate::command::Command;
use crate::device::DeviceId;
use crate::http::{Call, Post, Request, Url};
use pushmail_domain::{Authentication, FaultKind, Secret};
use pushmail_upstream::{Moment, Output};
use pushmail_wbxml::ProtocolVersion;
use std::time::Duration;

impl EasFlow {
    /// What is asked next; `None` if nothing is to be asked now.
    pub(super) fn next(&mut self, at: Moment) -> Option<Step> {
        if self.learned.version.is_none() {
            return Some(Step::Options);
        }
        if self.provisioning.is_due() {
            return Some(Step::Provision);
        }
        if self.errand.is_some() {
            return Some(Step::Item);
        }
        if self.hierarchy.due() <= at.elapsed {
            return Some(Step::Hierarchy);
        }
        // Before it is live, whatever has no baseline; of what has one nothing could be told.
        let folder = self.folders.iter().position(|folder| match self.live {
            true => folder.is_due(at.elapsed),
            false => folder.dirty && folder.reading == Reading::Baseline,
        });
        if let Some(place) = folder {
            return Some(Step::Window(place));
        }
        if !self.live {
            self.go_live();
            return None;
        }
        self.waiting.settle(at.elapsed);
        if self.waiting.not_before() > at.elapsed || !self.has_anything_to_ping() {
            return None;
        }
        let heartbeat = self.heartbeat(at);
        Some(Step::Ping { heartbeat })
    }

    /// When there is something to ask, while nothing is under way.
    pub(super) fn next_at(&self) -> Duration {
        let now = self.learned.version.is_none()
            || self.provisioning.is_due()
            || !self.live
            || self.folders.iter().any(|folder| folder.dirty);
        if now {
            return Duration::ZERO;
        }
        let ping = self
            .has_anything_to_ping()
            .then(|| self.waiting.not_before());
        let looks = self.folders.iter().filter_map(|folder| folder.look_at);
        let due = looks.chain(ping).min();
        due.map_or(self.hierarchy.due(), |due| due.min(self.hierarchy.due()))
    }

    fn has_anything_to_ping(&self) -> bool {
        self.folders
            .iter()
            .any(super::watched::Watched::can_be_pinged)
    }

    pub(super) fn version(&self) -> ProtocolVersion {
        self.learned.version.unwrap_or(ProtocolVersion::V12_1)
    }

    /// Sends the request for it.
    pub(super) fn ask(&mut self, step: Step, at: Moment) {
        if !self.pace.take(at) {
            return self.fail(
                FaultKind::TooLarge,
                "the server's answers ask for requests without end",
            );
        }
        let Some((command, body)) = self.body(step) else {
            return self.fail(
                FaultKind::Protocol,
                "the server speaks 2.5 only, in which mail is not fetched",
            );
        };
        let Some(bytes) = self.encode(command, &body) else {
            return;
        };
        let keeps = matches!(step, Step::Window(place) if self.keeps(place));
        self.exchange = Some(Box::new(Exchange::new(step, keeps, at)));
        self.outputs.push_back(Output::Send(bytes));
        if let Step::Ping { heartbeat } = step {
            self.waiting.under_way = Some((at.elapsed, heartbeat));
            self.credential = None;
            self.outputs.push_back(Output::Park);
        }
    }

    /// The command and its body; `None` if the version has none.
    fn body(&mut self, step: Step) -> Option<(Option<Command>, Vec<u8>)> {
        Some(match step {
            Step::Options => (None, Vec::new()),
            Step::Provision => {
                let command = match self.provisioning.introduces() {
                    true => Command::Settings,
                    false => Command::Provision,
                };
                (Some(command), self.provisioning.request(self.version()))
            }
            Step::Hierarchy => (Some(Command::FolderSync), self.hierarchy.request()),
            Step::Window(place) => (Some(Command::Sync), self.window(place)),
            Step::Item => {
                let errand = self.errand.as_ref()?;
                (Some(Command::ItemOperations), errand.body(self.version())?)
            }
            Step::Ping { heartbeat } => (Some(Command::Ping), self.ping(heartbeat)),
        })
    }

    /// The request as bytes; `None` if it cannot be sent, which ends the conversation.
    fn encode(&mut self, command: Option<Command>, body: &[u8]) -> Option<Vec<u8>> {
        let url = match Url::of_parts(&self.endpoint, &self.path) {
            Ok(url) => url,
            Err(error) => {
                self.fail(FaultKind::Protocol, &error.to_string());
                return None;
            }
        };
        let device = DeviceId::of_account(self.account);
        let policy_key = self.provisioning.key().or(self.learned.policy_key.as_ref());
        let call = command.map_or(Call::Options, |command| {
            Call::Post(Post {
                command,
                device: &device,
                version: self.version(),
                policy_key,
                body,
            })
        });
        let nobody = Authentication::Password(Secret::new(String::new()));
        let request = Request {
            url: &url,
            user: &self.user,
            credential: self.credential.as_ref().unwrap_or(&nobody),
            cookies: &self.cookies,
            call,
        };
        match request.encode() {
            Ok(bytes) => Some(bytes.expose().clone()),
            Err(error) => {
                self.fail(FaultKind::CredentialUnavailable, &error.to_string());
                None
            }
        }
    }

    pub(super) fn has_no_folder(&mut self) {
        let names = self.hierarchy.names();
        self.fail(
            FaultKind::FolderUnavailable,
            &format!("the mailbox has none of the folders {names}: check how they are spelled"),
        );
    }
}
