//! Which elements of an item are kept.

use pushmail_wbxml::Tag;
use pushmail_wbxml::pages::air_sync_base as base;
use pushmail_wbxml::pages::{calendar, contacts, email, email2, tasks};

/// How much of an element's content is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wanted {
    /// Nothing.
    No,
    /// A text.
    Text,
    /// A body.
    Body,
}

/// How much is kept of the element at this path.
pub(super) const fn wanted(path: &[Tag]) -> Wanted {
    match path {
        [base::BODY, base::DATA] | [email::BODY | email::MIME_DATA] => Wanted::Body,
        [
            base::BODY,
            base::TYPE | base::ESTIMATED_DATA_SIZE | base::TRUNCATED | base::PREVIEW,
        ]
        | [base::LOCATION, base::DISPLAY_NAME]
        | [email::FLAG, email::STATUS]
        | [
            email::SUBJECT
            | email::FROM
            | email::TO
            | email::DATE_RECEIVED
            | email::READ
            | email::FLAG
            | email::IMPORTANCE
            | email::MESSAGE_CLASS
            | email::BODY_SIZE
            | email::BODY_TRUNCATED
            | email::MIME_SIZE
            | email::MIME_TRUNCATED,
        ]
        | [email2::CONVERSATION_ID | email2::CONVERSATION_INDEX | email2::IS_DRAFT]
        | [
            calendar::SUBJECT
            | calendar::LOCATION
            | calendar::START_TIME
            | calendar::END_TIME
            | calendar::ALL_DAY_EVENT
            | calendar::ORGANIZER_NAME,
        ]
        | [
            contacts::FILE_AS
            | contacts::FIRST_NAME
            | contacts::LAST_NAME
            | contacts::COMPANY_NAME
            | contacts::EMAIL1_ADDRESS,
        ]
        | [tasks::SUBJECT | tasks::UTC_START_DATE | tasks::UTC_DUE_DATE | tasks::COMPLETE] => {
            Wanted::Text
        }
        _ => Wanted::No,
    }
}
