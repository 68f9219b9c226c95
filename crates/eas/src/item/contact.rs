//! A contact (MS-ASCNTC, section 2.2.2).

use super::captured::Captured;
use crate::content::Text;
use pushmail_wbxml::pages::contacts;

/// A contact.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Contact {
    /// The name to sort by.
    pub file_as: Option<Text>,
    /// First name.
    pub first_name: Option<Text>,
    /// Last name.
    pub last_name: Option<Text>,
    /// Company.
    pub company: Option<Text>,
    /// The first address for mail.
    pub email: Option<Text>,
}

impl Contact {
    pub(super) fn of(captured: &Captured) -> Self {
        Self {
            file_as: captured.text(&[contacts::FILE_AS]),
            first_name: captured.text(&[contacts::FIRST_NAME]),
            last_name: captured.text(&[contacts::LAST_NAME]),
            company: captured.text(&[contacts::COMPANY_NAME]),
            email: captured.text(&[contacts::EMAIL1_ADDRESS]),
        }
    }
}
