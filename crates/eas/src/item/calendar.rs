//! An appointment or a meeting (MS-ASCAL, section 2.2.2).

use super::captured::Captured;
use crate::content::Text;
use pushmail_domain::Timestamp;
use pushmail_wbxml::pages::{air_sync_base, calendar};

/// An appointment or a meeting. Of one that recurs, the times are those of its first time.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Appointment {
    /// Subject.
    pub subject: Option<Text>,
    /// Where it is.
    pub location: Option<Text>,
    /// When it starts.
    pub start: Option<Timestamp>,
    /// When it ends.
    pub end: Option<Timestamp>,
    /// Whether it takes all day.
    pub all_day: Option<bool>,
    /// Who invites.
    pub organizer: Option<Text>,
}

impl Appointment {
    pub(super) fn of(captured: &Captured) -> Self {
        // From 16.0 on the place is a container (MS-ASAIRS, section 2.2.2.28).
        let place = captured.text(&[air_sync_base::LOCATION, air_sync_base::DISPLAY_NAME]);
        Self {
            subject: captured.text(&[calendar::SUBJECT]),
            location: place.or_else(|| captured.text(&[calendar::LOCATION])),
            start: captured.time(&[calendar::START_TIME]),
            end: captured.time(&[calendar::END_TIME]),
            all_day: captured.boolean(&[calendar::ALL_DAY_EVENT]),
            organizer: captured.text(&[calendar::ORGANIZER_NAME]),
        }
    }
}
