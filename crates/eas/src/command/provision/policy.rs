//! A policy, as far as it concerns a gateway.

use super::super::{Error, read};
use super::PolicyKey;
use crate::content::Text;
use crate::status::{Common, statuses};
use pushmail_wbxml::Element;
use pushmail_wbxml::pages::provision;

/// A policy (MS-ASPROV, section 2.2.2.41).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// Whether there is one.
    pub status: PolicyStatus,
    /// Its key: temporary in the first answer, for use in the second.
    pub key: Option<PolicyKey>,
    /// What it demands, from 12.0 on; only in the first answer.
    pub demands: Option<Demands>,
    /// What it demands, in 2.5: a document in XML (MS-ASPROV, section 2.2.2.24.2), which is not read here.
    pub document: Option<Text>,
}

/// What a policy demands (MS-ASPROV, section 2.2.2.28), as far as it concerns a gateway: what it cannot do, and what it
/// has to keep to when it synchronises.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Demands {
    /// The device must be locked by a password.
    pub password: bool,
    /// The device must be encrypted.
    pub encryption: bool,
    /// The oldest mail that may be synchronised, as FilterType counts; 0 or none: any.
    pub max_email_age: Option<u8>,
    /// The oldest events that may be synchronised, as FilterType counts; 0 or none: any.
    pub max_calendar_age: Option<u8>,
    /// Longest plain body that may be synchronised, in bytes; -1 or none: any.
    pub max_body: Option<i64>,
    /// Whether mail may be synchronised as HTML.
    pub html: Option<bool>,
}

statuses! {
    /// Whether there is a policy (MS-ASPROV, section 2.2.2.54.1).
    PolicyStatus, else Common(Common) "One that all commands share.";
    /// There is.
    Success = 1 Fine;
    /// There is none for this client: nothing is to be acknowledged, and any key will do.
    NoPolicy = 2 Fine;
    /// The server does not know the policy's type.
    UnknownPolicyType = 3 Bug;
    /// The server's policy is corrupt.
    PolicyCorrupt = 4 BackOff;
    /// The key that was acknowledged is not the last temporary one: begin again.
    WrongPolicyKey = 5 Reprovision;
}

impl Policy {
    pub(super) fn of(element: &Element) -> Result<Self, Error> {
        let status = read::number_in(element, provision::STATUS)?;
        let key = read::word_in(element, provision::POLICY_KEY)?.unwrap_or_default();
        let data = element.find(&[provision::DATA]);
        let demands = data.and_then(|data| data.find(&[provision::EAS_PROVISION_DOC]));
        let document = data
            .filter(|_| demands.is_none())
            .map(|data| data.text().into_owned());
        Ok(Self {
            status: status.map_or(PolicyStatus::Success, PolicyStatus::of),
            key: read::id(provision::POLICY_KEY, key, PolicyKey::new)?,
            demands: demands.map(Demands::of),
            document: document.map(Text::from),
        })
    }
}

impl Demands {
    /// What is malformed is as if it were not there: a policy is the administrator's, not the account's fault.
    fn of(document: &Element) -> Self {
        let says = |tag| {
            document
                .find(&[tag])
                .is_some_and(|found| found.text().trim() == "1")
        };
        let number = |tag| read::number_in::<i64>(document, tag).ok().flatten();
        let age = |tag| number(tag).and_then(|age| u8::try_from(age).ok());
        Self {
            password: says(provision::DEVICE_PASSWORD_ENABLED),
            encryption: says(provision::REQUIRE_DEVICE_ENCRYPTION),
            max_email_age: age(provision::MAX_EMAIL_AGE_FILTER),
            max_calendar_age: age(provision::MAX_CALENDAR_AGE_FILTER),
            max_body: number(provision::MAX_EMAIL_BODY_TRUNCATION_SIZE),
            html: document
                .find(&[provision::ALLOW_HTML_EMAIL])
                .map(|found| found.text().trim() == "1"),
        }
    }
}
