//! What a folder holds.

/// What a folder holds (MS-ASCMD, section 2.2.3.27).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Class {
    /// Mail.
    Email,
    /// Appointments and meetings.
    Calendar,
    /// Contacts.
    Contacts,
    /// Tasks.
    Tasks,
    /// Notes, from 14.0 on.
    Notes,
}

impl Class {
    /// Its name, as the element Class has it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Email => "Email",
            Self::Calendar => "Calendar",
            Self::Contacts => "Contacts",
            Self::Tasks => "Tasks",
            Self::Notes => "Notes",
        }
    }

    /// The class with this name. `None` if it is another one, such as SMS.
    pub fn of(name: &str) -> Option<Self> {
        [
            Self::Email,
            Self::Calendar,
            Self::Contacts,
            Self::Tasks,
            Self::Notes,
        ]
        .into_iter()
        .find(|class| class.as_str() == name)
    }

    /// The class whose elements are on this code page (MS-ASWBXML, section 2.1.2.1).
    pub(crate) const fn of_page(page: u8) -> Option<Self> {
        Some(match page {
            2 | 22 => Self::Email,
            4 => Self::Calendar,
            1 | 12 => Self::Contacts,
            9 => Self::Tasks,
            23 => Self::Notes,
            _ => return None,
        })
    }
}
