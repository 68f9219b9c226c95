//! What a server says to a Provision.

use super::super::settings::{self, device_information_in};
use super::super::{Error, read};
use super::{Policy, Status, Wipe};
use pushmail_wbxml::pages::provision;
use pushmail_wbxml::{Element, Limits};

/// What a server says to a Provision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// How it went. A server that does not say, as Tencent's, is taken to say that it went well.
    pub status: Status,
    /// The policy.
    pub policy: Option<Policy>,
    /// What is to be forgotten. It counts more than all the rest.
    pub wipe: Option<Wipe>,
    /// How it went with who we are.
    pub device_information: Option<settings::Status>,
}

impl Answer {
    /// Reads an answer.
    ///
    /// # Errors
    /// [`Error`] if it is none.
    pub fn parse(bytes: &[u8], limits: Limits) -> Result<Self, Error> {
        let root = read::document(bytes, provision::PROVISION, limits)?;
        let policy = root.find(&[provision::POLICIES, provision::POLICY]);
        let status = read::number_in(&root, provision::STATUS)?;
        Ok(Self {
            status: status.map_or(Status::Success, Status::of),
            policy: policy.map(Policy::of).transpose()?,
            wipe: wipe_in(&root),
            device_information: device_information_in(&root)?,
        })
    }
}

/// If a server wants both, the larger one.
fn wipe_in(root: &Element) -> Option<Wipe> {
    [Wipe::Device, Wipe::Account]
        .into_iter()
        .find(|wipe| root.find(&[wipe.tag()]).is_some())
}
