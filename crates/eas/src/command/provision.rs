//! Provision (MS-ASPROV): asks for the policy, says that it was taken, and says that all was forgotten.
//!
//! 1. [`Request::Policy`], with policy key 0: the answer has a [`Policy`] with a temporary key, or says that there is
//!    none ([`PolicyStatus::NoPolicy`]), which is as good.
//! 2. [`Request::Acknowledge`], with the temporary key in the header too: the answer has the key for all requests after
//!    that.
//!
//! If any command answers [`Common::RemoteWipeRequested`], [`Request::Wipe`] asks what to forget, and
//! [`Request::Wiped`] says that it was done. An answer to [`Request::Policy`] may say so too.

mod answer;
mod policy;
mod policy_key;

use super::settings::device_information;
use crate::status::{Common, statuses};
pub use answer::Answer;
pub use policy::{Demands, Policy, PolicyStatus};
pub use policy_key::PolicyKey;
use pushmail_wbxml::pages::provision;
use pushmail_wbxml::{Element, Encoder, ProtocolVersion, Tag};

/// What is asked or said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Request {
    /// Asks for the policy (MS-ASPROV, section 3.1.5.1.1). From 14.1 on it says who we are.
    Policy,
    /// Says what became of the policy (MS-ASPROV, section 3.1.5.1.2.1).
    Acknowledge {
        /// The temporary key.
        key: PolicyKey,
        /// What became of it.
        applied: Applied,
    },
    /// Asks what to forget: an empty Provision (MS-ASPROV, section 3.1.5.1.1).
    Wipe,
    /// Says that it is forgotten, or cannot be (MS-ASPROV, sections 3.1.5.1.2.2 and 3.1.5.1.2.3). The account's data and
    /// credential go whatever the server answers.
    Wiped {
        /// What was to be forgotten.
        what: Wipe,
        /// Whether it is.
        done: bool,
    },
}

/// What became of a policy (MS-ASPROV, section 2.2.2.54.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Applied {
    /// All of it is done: 1.
    Fully,
    /// Some of it is done: 2. A server may refuse with [`Common::DeviceNotFullyProvisionable`].
    Partially,
    /// None of it is done: 3.
    Not,
    /// Others see to it: 4. A server may refuse with [`Common::ExternallyManagedDevicesNotAllowed`].
    ByOthers,
}

/// What a server wants to be forgotten.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Wipe {
    /// All that is on the device (MS-ASPROV, section 2.2.2.45): here, all of the account.
    Device,
    /// All of the account (MS-ASPROV, section 2.2.2.1); in 16.1.
    Account,
}

statuses! {
    /// How a Provision went (MS-ASPROV, section 2.2.2.54.2).
    Status, else Common(Common) "One that all commands share.";
    /// It went well.
    Success = 1 Fine;
    /// The request is wrong.
    ProtocolError = 2 Bug;
    /// An error of the server.
    ServerError = 3 Retry;
}

impl Request {
    /// As WBXML.
    pub fn encode(&self, version: ProtocolVersion) -> Vec<u8> {
        let root = Element::new(provision::PROVISION);
        let root = match self {
            Self::Policy if version >= ProtocolVersion::V14_1 => root
                .with(device_information(version))
                .with(policies(policy(version))),
            Self::Policy => root.with(policies(policy(version))),
            Self::Acknowledge { key, applied } => {
                let policy = policy(version)
                    .with(Element::of_text(provision::POLICY_KEY, key.as_str()))
                    .with(Element::of_text(provision::STATUS, applied.as_str()));
                root.with(policies(policy))
            }
            Self::Wipe => return empty(),
            Self::Wiped { what, done } => {
                let status = if *done { "1" } else { "2" };
                let status = Element::of_text(provision::STATUS, status);
                root.with(Element::new(what.tag()).with(status))
            }
        };
        root.encode()
    }
}

impl Applied {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Fully => "1",
            Self::Partially => "2",
            Self::Not => "3",
            Self::ByOthers => "4",
        }
    }
}

impl Wipe {
    const fn tag(self) -> Tag {
        match self {
            Self::Device => provision::REMOTE_WIPE,
            Self::Account => provision::ACCOUNT_ONLY_REMOTE_WIPE,
        }
    }
}

/// A Provision with nothing in it, and with an end: Z-Push waits for one.
fn empty() -> Vec<u8> {
    let mut encoder = Encoder::new();
    encoder.start(provision::PROVISION);
    encoder.finish()
}

fn policies(policy: Element) -> Element {
    Element::new(provision::POLICIES).with(policy)
}

/// A Policy with its type (MS-ASPROV, section 2.2.2.43), which comes first.
fn policy(version: ProtocolVersion) -> Element {
    let kind = match version {
        ProtocolVersion::V2_5 => "MS-WAP-Provisioning-XML",
        _ => "MS-EAS-Provisioning-WBXML",
    };
    let kind = Element::of_text(provision::POLICY_TYPE, kind);
    Element::new(provision::POLICY).with(kind)
}
