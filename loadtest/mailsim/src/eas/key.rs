//! Keys of synchronisations, as Exchange has them: `{generation}count`.

use std::fmt;

/// How far a client has come. A generation begins with key 0; each answer that says something counts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Key {
    generation: u32,
    /// 0 before any was given.
    count: u32,
}

/// What a client's key is, compared with the newest one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// 0: the client begins.
    Initial,
    Current,
    /// The one before that: the client did not get the last answer.
    Previous,
    Unknown,
}

impl Key {
    /// The first key of a generation.
    pub(super) const fn first(generation: u32) -> Self {
        let count = 1;
        Self { generation, count }
    }

    /// Whether one was given.
    pub(super) const fn is_given(self) -> bool {
        self.count > 0
    }

    pub(super) const fn next(self) -> Self {
        Self {
            count: self.count + 1,
            ..self
        }
    }

    pub(super) fn place(self, sent: &str) -> Place {
        let previous = Self {
            count: self.count.saturating_sub(1),
            ..self
        };
        if sent == "0" {
            Place::Initial
        } else if self.is_given() && sent == self.to_string() {
            Place::Current
        } else if previous.is_given() && sent == previous.to_string() {
            Place::Previous
        } else {
            Place::Unknown
        }
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { generation, count } = self;
        write!(f, "{{{generation:08x}}}{count}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_key_and_the_one_before_are_known() {
        let key = Key::first(7).next().next();
        assert_eq!(key.to_string(), "{00000007}3");
        assert_eq!(key.place("{00000007}3"), Place::Current);
        assert_eq!(key.place("{00000007}2"), Place::Previous);
        assert_eq!(key.place("{00000007}1"), Place::Unknown);
        assert_eq!(key.place("{00000008}3"), Place::Unknown);
        assert_eq!(key.place("0"), Place::Initial);
        assert_eq!(Key::first(7).place("{00000007}0"), Place::Unknown);
        assert_eq!(Key::default().place("{00000000}0"), Place::Unknown);
    }
}
