//! Flags and keywords of a message.

use std::fmt;

/// The system flags (RFC 3501, section 2.3.2), as they are written.
const SYSTEM: [&str; 5] = ["\\Answered", "\\Flagged", "\\Deleted", "\\Seen", "\\Draft"];

/// A sorted set; case does not matter, and system flags are written as the standard does.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Flags(Vec<Box<str>>);

/// What to do with some flags.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Edit {
    Replace,
    Add,
    Remove,
}

impl Flags {
    pub(crate) fn new<'a>(flags: impl IntoIterator<Item = &'a str>) -> Self {
        let mut set: Vec<Box<str>> = flags.into_iter().map(canonical).collect();
        set.sort_unstable();
        set.dedup();
        Self(set)
    }

    pub(crate) fn contains(&self, flag: &str) -> bool {
        self.iter().any(|known| known.eq_ignore_ascii_case(flag))
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(AsRef::as_ref)
    }

    /// These flags after an edit with others.
    pub(crate) fn edited(&self, edit: Edit, other: &Self) -> Self {
        match edit {
            Edit::Replace => other.clone(),
            Edit::Add => Self::new(self.iter().chain(other.iter())),
            Edit::Remove => Self::new(self.iter().filter(|flag| !other.contains(flag))),
        }
    }
}

impl fmt::Display for Flags {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(")?;
        f.write_str(&self.0.join(" "))?;
        f.write_str(")")
    }
}

fn canonical(flag: &str) -> Box<str> {
    let system = SYSTEM
        .iter()
        .find(|system| system.eq_ignore_ascii_case(flag));
    system.map_or(flag, |system| *system).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edits_ignore_case() {
        let flags = Flags::new(["\\seen", "$Work"]);
        assert_eq!(flags.to_string(), "($Work \\Seen)");
        let removed = flags.edited(Edit::Remove, &Flags::new(["\\SEEN"]));
        assert_eq!(removed.to_string(), "($Work)");
        let added = removed.edited(Edit::Add, &Flags::new(["\\Draft", "$work"]));
        assert!(added.contains("\\draft") && added.contains("$Work"));
    }
}
