//! What devices have to keep to (MS-ASPROV, section 2.2.2.28).

use pushmail_wbxml::pages::provision as page;
use pushmail_wbxml::{Element, ProtocolVersion, Tag};

/// What devices have to keep to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// The device is locked by a password.
    pub password: bool,
    /// The device is encrypted; from 12.1 on.
    pub encryption: bool,
    /// The oldest mail that may be synchronised, as FilterType counts; 0 is any; from 12.1 on.
    pub max_email_age: u8,
    /// The oldest events that may be synchronised, as FilterType counts; 0 is any; from 12.1 on.
    pub max_calendar_age: u8,
    /// Longest plain body, in bytes; none is any; from 12.1 on.
    pub max_body: Option<u32>,
    /// Mail may be synchronised as HTML; from 12.1 on.
    pub html: bool,
    /// Devices that keep to a part of it only are refused, with status 139.
    pub strict: bool,
}

/// How a key is refused that was right before the policy changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StaleKey {
    /// Status 143: the policy has to be asked for again.
    Refresh,
    /// Status 144: the key is not valid.
    Invalid,
}

impl StaleKey {
    pub(super) const fn status(self) -> u16 {
        match self {
            Self::Refresh => 143,
            Self::Invalid => 144,
        }
    }
}

impl Default for Policy {
    /// The default of an Exchange server: nothing is demanded.
    fn default() -> Self {
        Self {
            password: false,
            encryption: false,
            max_email_age: 0,
            max_calendar_age: 0,
            max_body: None,
            html: true,
            strict: false,
        }
    }
}

impl Policy {
    /// The policy's type in this version (MS-ASPROV, section 2.2.2.43).
    pub(super) const fn kind(version: ProtocolVersion) -> &'static str {
        match version {
            ProtocolVersion::V2_5 => "MS-WAP-Provisioning-XML",
            _ => "MS-EAS-Provisioning-WBXML",
        }
    }

    /// The element Data (MS-ASPROV, section 2.2.2.24).
    pub(super) fn data(&self, version: ProtocolVersion) -> Element {
        match version {
            ProtocolVersion::V2_5 => Element::of_text(page::DATA, self.wap()),
            _ => Element::new(page::DATA).with(self.document(version)),
        }
    }

    fn document(&self, version: ProtocolVersion) -> Element {
        let max_body = self.max_body.map_or("-1".to_owned(), |max| max.to_string());
        let settings = [
            (page::DEVICE_PASSWORD_ENABLED, flag(self.password)),
            (page::ATTACHMENTS_ENABLED, flag(true)),
            (page::ALLOW_SIMPLE_DEVICE_PASSWORD, flag(true)),
            (page::REQUIRE_DEVICE_ENCRYPTION, flag(self.encryption)),
            (
                page::MAX_CALENDAR_AGE_FILTER,
                self.max_calendar_age.to_string(),
            ),
            (page::ALLOW_HTML_EMAIL, flag(self.html)),
            (page::MAX_EMAIL_AGE_FILTER, self.max_email_age.to_string()),
            (page::MAX_EMAIL_BODY_TRUNCATION_SIZE, max_body),
        ];
        let known = |(tag, _): &(Tag, String)| {
            tag.versions()
                .is_some_and(|versions| versions.contains(version))
        };
        let document = Element::new(page::EAS_PROVISION_DOC);
        settings
            .into_iter()
            .filter(known)
            .fold(document, |document, (tag, value)| {
                document.with(Element::of_text(tag, value))
            })
    }

    /// The document of 2.5 (MS-ASPROV, section 2.2.2.24.2): whether a password is not needed.
    fn wap(&self) -> String {
        let without = flag(!self.password);
        format!(
            "<wap-provisioningdoc><characteristic type=\"SecurityPolicy\">\
             <parm name=\"4131\" value=\"{without}\"/></characteristic></wap-provisioningdoc>"
        )
    }
}

fn flag(value: bool) -> String {
    u8::from(value).to_string()
}
