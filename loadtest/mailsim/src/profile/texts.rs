//! What a server says.

use crate::faults::Refusal;
use serde::Deserialize;

/// Lines and parts of lines, without CRLF.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Texts {
    /// The first line; `{capabilities}` stands for those before login.
    pub(crate) greeting: String,
    /// Capabilities before login.
    pub(crate) before_login: String,
    /// Capabilities after login.
    pub(crate) after_login: String,
    /// The answer to a login; `{capabilities}` stands for those after login.
    pub(crate) logged_in: String,
    /// What ID answers of the server.
    pub(crate) id: String,
    /// The answer to an ID that is refused.
    pub(crate) id_refused: String,
    /// The answer to a command that the server does not have.
    pub(crate) unknown_command: String,
    /// The answer to SELECT where ID is missing.
    pub(crate) unsafe_login: String,
    /// The answer to the login of one connection too many.
    pub(crate) too_many: String,
    /// The BYE when the access token has run out.
    pub(crate) session_expired: String,
    /// The BYE after inactivity.
    pub(crate) autologout: String,
    /// The answer to a NOTIFY with an unknown event; `{events}` stands for those that are known.
    pub(crate) bad_event: String,
    /// The BYE when the open folder is deleted or gets a new UIDVALIDITY.
    pub(crate) folder_gone: String,
    /// The answer to everything when the mailbox behind the login is lost.
    pub(crate) not_connected: String,
    authentication_failed: String,
    unavailable: String,
    limit: String,
    in_use: String,
    alert: String,
    uncoded: String,
    bye: String,
}

impl Texts {
    /// The tagged answer to a login that is refused; for [`Refusal::Bye`] the untagged one.
    pub(crate) fn refusal(&self, refusal: Refusal) -> &str {
        match refusal {
            Refusal::AuthenticationFailed => &self.authentication_failed,
            Refusal::Unavailable => &self.unavailable,
            Refusal::Limit => &self.limit,
            Refusal::InUse => &self.in_use,
            Refusal::Alert => &self.alert,
            Refusal::Uncoded => &self.uncoded,
            Refusal::Bye => &self.bye,
        }
    }
}

impl Default for Texts {
    /// The texts of `plain`.
    fn default() -> Self {
        let text = str::to_owned;
        Self {
            greeting: text("* OK [CAPABILITY {capabilities}] mailsim ready"),
            before_login: text(
                "IMAP4rev1 LITERAL+ SASL-IR ID IDLE AUTH=PLAIN AUTH=XOAUTH2 AUTH=OAUTHBEARER",
            ),
            after_login: text("IMAP4rev1 LITERAL+ ID IDLE"),
            logged_in: text("OK [CAPABILITY {capabilities}] logged in"),
            id: text("(\"name\" \"mailsim\")"),
            id_refused: text("BAD invalid arguments"),
            unknown_command: text("BAD unknown command"),
            unsafe_login: text("NO SELECT Unsafe Login"),
            too_many: text("NO [LIMIT] too many connections"),
            session_expired: text("session expired"),
            autologout: text("autologout; idle for too long"),
            bad_event: text("NO [BADEVENT ({events})] unknown event"),
            folder_gone: text("the open folder was deleted or got a new UIDVALIDITY"),
            not_connected: text("BAD User is authenticated but not connected."),
            authentication_failed: text("NO [AUTHENTICATIONFAILED] wrong user or secret"),
            unavailable: text("NO [UNAVAILABLE] temporary failure, try again later"),
            limit: text("NO [LIMIT] too many logins, try again later"),
            in_use: text("NO [INUSE] the mailbox is in use"),
            alert: text("NO [ALERT] please log in by web browser first"),
            uncoded: text("NO login failed"),
            bye: text("BYE too busy, come back later"),
        }
    }
}
