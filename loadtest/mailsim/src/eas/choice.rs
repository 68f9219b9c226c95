//! What a client wants of a folder's items: the element Options (MS-ASCMD, section 2.2.3.125.6), as it is kept.

use super::item::{Item, Kind};
use pushmail_domain::Timestamp;
use std::time::Duration;

const DAY: u64 = 24 * 60 * 60;

/// What a client wants of a folder's items.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Choice {
    pub(super) filter: Filter,
    /// Which mail comes as MIME: 0 none, 1 what is signed, 2 all (MS-ASCMD, section 2.2.3.110.3).
    pub(super) mime: u8,
    pub(super) bodies: Box<[Wanted]>,
}

/// A form of bodies that a client takes (MS-ASAIRS, section 2.2.2.12).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Wanted {
    /// 1 plain, 2 HTML, 3 RTF, 4 MIME.
    pub(super) kind: u8,
    /// In bytes; without, all of it.
    pub(super) most: Option<u32>,
    /// Nothing instead of a part.
    pub(super) whole: bool,
    /// So many characters of plain text besides.
    pub(super) preview: u8,
}

/// Which items are shown (MS-ASCMD, section 2.2.3.68.2).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Filter(u8);

impl Filter {
    /// The filter with this number, if the class has it.
    pub(super) fn of(number: u32, kind: Option<Kind>) -> Option<Self> {
        let known = match kind {
            None => (0..=5).contains(&number),
            Some(Kind::Calendar) => number == 0 || (4..=7).contains(&number),
            Some(Kind::Tasks) => matches!(number, 0 | 8),
            // It is the same whatever it is.
            Some(Kind::Contacts) => true,
        };
        let known = u8::try_from(number).ok().filter(|_| known)?;
        Some(Self(known))
    }

    pub(super) fn admits_mail(self, received: Timestamp, now: Timestamp) -> bool {
        self.since(now).is_none_or(|since| received >= since)
    }

    pub(super) fn admits(self, item: &Item, now: Timestamp) -> bool {
        match item {
            Item::Appointment(appointment) => {
                self.since(now).is_none_or(|since| appointment.end >= since)
            }
            Item::Task(task) => self.0 != 8 || !task.complete,
            Item::Contact(_) => true,
        }
    }

    /// The oldest that is shown.
    fn since(self, now: Timestamp) -> Option<Timestamp> {
        let days = match self.0 {
            1 => 1,
            2 => 3,
            3 => 7,
            4 => 14,
            5 => 30,
            6 => 90,
            7 => 180,
            _ => return None,
        };
        Some(now.before(Duration::from_secs(days * DAY)))
    }
}
