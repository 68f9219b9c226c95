//! What a command is asked in.

use super::account::Account;
use super::faults::Fault;
use super::grammar::Wrong;
use super::policy::{Policy, StaleKey};
use super::provision::Current;
use super::{Command, Config};
use crate::server::Server;
use crate::user::User;
use pushmail_domain::Timestamp;
use pushmail_wbxml::ProtocolVersion;
use std::sync::Arc;

/// What a command is asked in.
pub(super) struct Context<'c> {
    pub(super) server: &'c Arc<Server>,
    pub(super) user: &'c Arc<User>,
    pub(super) command: Command,
    pub(super) version: ProtocolVersion,
    /// The device, by its place in the account.
    pub(super) device: usize,
    /// X-MS-PolicyKey.
    pub(super) policy_key: Option<&'c str>,
    pub(super) fault: Option<Fault>,
}

impl Context<'_> {
    pub(super) fn config(&self) -> &Config {
        &self.server.eas.config
    }

    pub(super) fn now(&self) -> Timestamp {
        self.server.clock.now()
    }

    /// A number that is not 0, drawn with the seed.
    pub(super) fn draw(&self) -> u32 {
        let drawn = self.server.draw(u32::MAX as usize);
        u32::try_from(drawn).unwrap_or(0) + 1
    }

    /// Whether items have the same names for good: from 16.0 on.
    pub(super) fn has_stable_names(&self) -> bool {
        self.version >= ProtocolVersion::V16_0
    }

    /// The policy, if there is one, as it is for this user now.
    pub(super) fn policy(&self, account: &Account) -> Option<Current<'_>> {
        let policy: &Policy = self.config().policy.as_ref()?;
        let (all, own) = (*self.server.eas.policy(), account.policy);
        Some(Current {
            policy,
            version: all.version + own.version,
            stale: own.stale.or(all.stale).unwrap_or(StaleKey::Invalid),
        })
    }

    /// Notes what the client did wrong; the status that says so.
    pub(super) fn note(&self, account: &mut Account, wrong: &Wrong) -> u16 {
        let status = wrong.status.unwrap_or(self.command.malformed());
        let mistake = format!("{}: {}: status {status}", self.command.name(), wrong.what);
        account.note(mistake, self.server.command_log);
        status
    }
}
