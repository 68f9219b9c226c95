//! From the greeting to the first folder: CAPABILITY, STARTTLS, login, ID.

use super::command::Kind;
use super::{ImapFlow, Phase, limits, name};
use crate::quirks::Quirks;
use crate::wire::{Capabilities, Capability, Code, Condition, Response, StatusText};
use pushmail_domain::{Authentication, FaultKind, Security};
use pushmail_upstream::{Moment, Output};

/// What only the login needs, and what introduces the client.
pub(super) struct Login {
    pub(super) user: String,
    /// Gone once logged in.
    pub(super) credential: Option<Authentication>,
    /// The program's name and version.
    pub(super) client: (String, String),
}

impl ImapFlow {
    fn forget_credential(&mut self) {
        if let Some(login) = &mut self.login {
            login.credential = None;
        }
    }

    /// The first response (RFC 9051, section 7.1).
    pub(super) fn greeted(&mut self, response: Response) {
        match response {
            Response::Status(Condition::Ok, text) => self.accepted(text),
            Response::Status(Condition::PreAuth, text) => {
                // Already authenticated means that STARTTLS is no longer possible.
                if self.endpoint.security == Security::StartTls {
                    let message = "the server skips the login before STARTTLS, so the connection \
                                   cannot be protected: use port 993 with TLS (imaps://)";
                    return self.fail(FaultKind::PlaintextRefused, message);
                }
                self.authenticated = true;
                self.forget_credential();
                self.accepted(text);
            }
            Response::Status(Condition::Bye, text) => self.said_bye(&text),
            _ => self.fail(
                FaultKind::Protocol,
                "the server's greeting is not that of an IMAP server: check host and port",
            ),
        }
    }

    fn accepted(&mut self, text: StatusText) {
        self.identify_server(&text.text);
        if let Some(Code::Capability(capabilities)) = text.code {
            self.capabilities = Some(capabilities);
        }
        self.phase = Phase::Running;
    }

    /// A host without a rule may say itself whose server it is.
    pub(super) fn identify_server(&mut self, text: &str) {
        if self.quirks.name.is_empty()
            && let Some(quirks) = Quirks::of_text(text)
        {
            self.quirks = quirks;
        }
    }

    /// Takes the next step of the login, if one is left; `false` when all is done.
    pub(super) fn log_in_further(&mut self, at: Moment) -> bool {
        let Some(capabilities) = self.capabilities else {
            self.command("CAPABILITY", Kind::Capability, at);
            return true;
        };
        if self.endpoint.security == Security::StartTls && !self.secure {
            self.start_tls(capabilities, at);
        } else if !self.authenticated {
            self.authenticate(capabilities, at);
        } else if !std::mem::replace(&mut self.identified, true)
            && (capabilities.offers(Capability::Id) || self.quirks.force_id)
        {
            self.send_id(at);
        } else if self.wants_all()
            && self.qresync.is_none()
            && capabilities.offers(Capability::QResync)
        {
            self.qresync = Some(false);
            self.command("ENABLE QRESYNC", Kind::Enable, at);
        } else {
            return false;
        }
        true
    }

    /// ENABLED (RFC 5161, section 3.2).
    pub(super) fn enabled(&mut self, enabled: Capabilities) {
        if self.qresync.is_some() && enabled.offers(Capability::QResync) {
            self.qresync = Some(true);
        }
    }

    /// Whether the server offers it.
    pub(super) fn offers(&self, capability: Capability) -> bool {
        self.capabilities
            .is_some_and(|capabilities| capabilities.offers(capability))
    }

    /// The answer to CAPABILITY ended. A server that gave none offers nothing.
    pub(super) fn got_capabilities(&mut self) {
        self.capabilities.get_or_insert(Capabilities::default());
    }

    fn start_tls(&mut self, capabilities: Capabilities, at: Moment) {
        if capabilities.offers(Capability::StartTls) {
            return self.command("STARTTLS", Kind::StartTls, at);
        }
        let message = "the server does not offer STARTTLS, and the credential is not sent unprotected: \
                       use port 993 with TLS (imaps://)";
        self.fail(FaultKind::PlaintextRefused, message);
    }

    /// The server is ready for TLS. From here to [`secured`](pushmail_upstream::Flow::secured) not one
    /// byte may come: it would have been sent by somebody in between (RFC 9051, section 11.1).
    pub(super) fn begin_tls(&mut self, at: Moment) {
        let deadline = at.elapsed + limits::COMMAND;
        self.phase = Phase::Securing { deadline };
        self.outputs.push_back(Output::StartTls);
    }

    /// The login succeeded. What was offered before it is forgotten; what came with the answer counts.
    pub(super) fn logged_in(&mut self, text: StatusText) {
        self.authenticated = true;
        self.forget_credential();
        if let Some(Code::Capability(capabilities)) = text.code {
            self.capabilities = Some(capabilities);
        }
    }

    /// ID (RFC 2971), never empty: some servers refuse that, others refuse service without it.
    fn send_id(&mut self, at: Moment) {
        let text = |value: &str| {
            let value: String = value
                .chars()
                .filter(|c| matches!(c, ' '..='~'))
                .take(64)
                .collect();
            name::quoted(&value)
        };
        let client = self.login.as_ref().map(|login| &login.client);
        let (client, version) = client.map_or_else(Default::default, |(name, version)| {
            (text(name), text(version))
        });
        let line = format!("ID (\"name\" {client} \"version\" {version})");
        self.command(&line, Kind::Id, at);
    }
}
