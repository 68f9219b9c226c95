//! Taking the server's policy (MS-ASPROV, section 3.1.5): as far as a gateway can, which it says. And its order to forget
//! everything, which ends the conversation: that is said when it is done.

use super::EasFlow;
use super::fault::Refusal;
use super::limits::PROVISIONS;
use crate::command::provision::{Answer, Applied, PolicyKey, PolicyStatus, Request, Wipe};
use crate::command::settings;
use crate::status::Category;
use pushmail_domain::FaultKind;
use pushmail_upstream::{Change, Moment, Output};
use pushmail_wbxml::{Limits, ProtocolVersion};
use serde::{Deserialize, Serialize};

/// The status that orders a wipe (MS-ASCMD, section 2.2.2).
const WIPE: u16 = 140;

/// How far the policy was taken.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Provisioning {
    #[serde(skip)]
    step: Step,
    /// How often in a row it was begun, without a command that the server then took.
    begun: u8,
}

/// What is asked or said next.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
enum Step {
    /// Nothing.
    #[default]
    Done,
    /// Which policy there is.
    Policy,
    /// That it was taken, with its temporary key.
    Acknowledge(PolicyKey),
    /// Who we are, where Provision does not say so.
    Introduce,
    /// What is to be forgotten.
    AskWipe,
    /// That it is forgotten.
    Wiped(Wipe),
}

impl Provisioning {
    pub(super) fn is_due(&self) -> bool {
        self.step != Step::Done
    }

    /// Whether the next thing is said by Settings.
    pub(super) fn introduces(&self) -> bool {
        self.step == Step::Introduce
    }

    /// Whether the next thing said is that everything is forgotten.
    pub(super) const fn is_wiped(&self) -> bool {
        matches!(self.step, Step::Wiped(_))
    }

    /// The server took a command.
    pub(super) const fn succeeded(&mut self) {
        self.begun = 0;
    }

    pub(super) fn request(&self, version: ProtocolVersion) -> Vec<u8> {
        match &self.step {
            Step::Introduce => settings::Request.encode(version).unwrap_or_default(),
            Step::Acknowledge(key) => Request::Acknowledge {
                key: key.clone(),
                applied: Applied::Partially,
            }
            .encode(version),
            Step::AskWipe => Request::Wipe.encode(version),
            Step::Wiped(what) => Request::Wiped {
                what: *what,
                done: true,
            }
            .encode(version),
            Step::Policy | Step::Done => Request::Policy.encode(version),
        }
    }

    /// The key that goes into the header of the request.
    pub(super) const fn key(&self) -> Option<&PolicyKey> {
        match &self.step {
            Step::Acknowledge(key) => Some(key),
            Step::Done | Step::Introduce | Step::Policy | Step::AskWipe | Step::Wiped(_) => None,
        }
    }
}

impl EasFlow {
    /// The server wants its policy to be taken.
    pub(super) fn provision(&mut self) {
        self.learned.policy_key = None;
        self.provisioning.begun += 1;
        if self.provisioning.begun > PROVISIONS {
            return self.fail(
                FaultKind::DeviceBlocked,
                "the server asks for its policy again and again, though it was taken: ask its administrator to allow devices that keep to the policy in part",
            );
        }
        self.provisioning.step = Step::Policy;
    }

    /// Settings has an answer. Whatever it says, who we are was said.
    pub(super) fn introduced(&mut self) {
        self.provisioning.step = Step::Done;
    }

    pub(super) fn took_policy(&mut self, body: &[u8], at: Moment) {
        let answer = match Answer::parse(body, Limits::default()) {
            Ok(answer) => answer,
            Err(error) => return self.unreadable("Provision", &error),
        };
        if let Some(what) = answer.wipe {
            return self.wipe(what);
        }
        if self.provisioning.step == Step::AskWipe {
            return self.refuse(Category::RemoteWipe, Refusal::Status(WIPE));
        }
        if !answer.status.is_fine() {
            let (category, number) = (answer.status.category(), answer.status.number());
            self.provisioning.step = Step::Done;
            return self.heed(category, number, at);
        }
        let Some(policy) = answer.policy else {
            return self.provisioned(None);
        };
        match (policy.status, policy.key) {
            (PolicyStatus::NoPolicy, _) => self.provisioned(None),
            (PolicyStatus::Success, Some(key)) => match self.provisioning.step {
                Step::Acknowledge(_) => self.provisioned(Some(key)),
                _ => self.provisioning.step = Step::Acknowledge(key),
            },
            (PolicyStatus::Success, None) => self.provisioned(None),
            (other, _) if other.category() == Category::Reprovision => self.provision(),
            (other, _) => {
                self.provisioning.step = Step::Done;
                self.heed(other.category(), other.number(), at);
            }
        }
    }

    /// The server wants something to be forgotten (MS-ASPROV, section 3.1.5.1.2.2): it is asked what. Not by a conversation
    /// of one errand, whose account another one watches.
    pub(super) fn ordered_to_wipe(&mut self, refusal: Refusal) {
        if self.errand.is_some() {
            return self.refuse(Category::RemoteWipe, refusal);
        }
        self.provisioning.step = Step::AskWipe;
    }

    /// This is to be forgotten, and then said to be.
    fn wipe(&mut self, what: Wipe) {
        if self.errand.is_some() {
            return self.refuse(Category::RemoteWipe, Refusal::Status(WIPE));
        }
        self.provisioning.step = Step::Wiped(what);
        self.outputs.push_back(Output::Change(Change::Wiped));
    }

    /// The server has heard that everything is forgotten.
    pub(super) fn wiped(&mut self) {
        self.fail(
            FaultKind::DeviceBlocked,
            "everything of the account was wiped, as the server ordered",
        );
    }

    fn provisioned(&mut self, key: Option<PolicyKey>) {
        self.learned.policy_key = key;
        // From 14.1 on Provision says who we are.
        let introduced_by_settings = ProtocolVersion::V12_0..ProtocolVersion::V14_1;
        self.provisioning.step = match introduced_by_settings.contains(&self.version()) {
            true => Step::Introduce,
            false => Step::Done,
        };
    }
}
