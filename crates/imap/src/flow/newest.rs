//! The newest messages of a folder, as they come.

use super::limits;
use crate::wire::Fetch;

/// The flags of the newest messages: of so many as are told, and as fit; what is dropped is the oldest.
#[derive(Default)]
pub(super) struct Newest {
    messages: Vec<(u32, Vec<String>)>,
    bytes: usize,
    /// UIDs below it were dropped, or are not taken.
    from: u32,
}

impl Newest {
    /// Takes the flags of a message below `end`.
    pub(super) fn fetched(&mut self, fetch: &Fetch, end: u64) {
        let (Some(uid), Some(flags)) = (fetch.uid, &fetch.flags) else {
            return;
        };
        if u64::from(uid) >= end || uid < self.from {
            return;
        }
        self.bytes += weight(flags);
        self.messages.push((uid, flags.clone()));
        if self.is_too_much() {
            self.tidy();
            while self.is_too_much() {
                self.drop_oldest();
            }
        }
    }

    fn is_too_much(&self) -> bool {
        self.messages.len() > limits::NEWEST as usize || self.bytes > limits::NEWEST_BYTES
    }

    fn drop_oldest(&mut self) {
        if !self.messages.is_empty() {
            let (uid, flags) = self.messages.remove(0);
            self.bytes -= weight(&flags);
            self.from = uid.saturating_add(1);
        }
    }

    /// By rising UID; of what came twice, the later counts.
    fn tidy(&mut self) {
        self.messages.sort_by_key(|(uid, _)| *uid);
        self.messages.dedup_by(|later, earlier| {
            let same = later.0 == earlier.0;
            if same {
                std::mem::swap(later, earlier);
            }
            same
        });
        let weights = self.messages.iter().map(|(_, flags)| weight(flags));
        self.bytes = weights.sum();
    }

    /// The messages by rising UID, and whether none was dropped.
    pub(super) fn into_messages(mut self) -> (Vec<(u32, Vec<String>)>, bool) {
        self.tidy();
        self.messages.shrink_to_fit();
        (self.messages, self.from == 0)
    }
}

/// What the flags of one message take.
fn weight(flags: &[String]) -> usize {
    let text: usize = flags.iter().map(String::len).sum();
    size_of::<(u32, Vec<String>)>() + size_of_val(flags) + text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fetch(uid: u32, flags: &[&str]) -> Fetch {
        Fetch {
            uid: Some(uid),
            flags: Some(flags.iter().map(|flag| (*flag).to_owned()).collect()),
            ..Fetch::default()
        }
    }

    #[test]
    fn of_what_comes_twice_the_later_counts() {
        let mut newest = Newest::default();
        newest.fetched(&fetch(2, &["a"]), 9);
        newest.fetched(&fetch(1, &[]), 9);
        newest.fetched(&fetch(2, &["b"]), 9);
        newest.fetched(&fetch(9, &[]), 9);
        let (messages, all) = newest.into_messages();
        assert_eq!(messages, [(1, vec![]), (2, vec!["b".to_owned()])]);
        assert!(all);
    }

    #[test]
    fn what_is_too_much_is_dropped_from_the_oldest_on() {
        let mut newest = Newest::default();
        for uid in (1..=300).rev() {
            newest.fetched(&fetch(uid, &["\\Seen"]), 1000);
        }
        let (messages, all) = newest.into_messages();
        let uids: Vec<u32> = messages.iter().map(|(uid, _)| *uid).collect();
        assert_eq!(uids, (45..=300).collect::<Vec<_>>());
        assert!(!all);
        let long = "x".repeat(2000);
        let mut newest = Newest::default();
        for uid in 1..=300 {
            newest.fetched(&fetch(uid, &[&long]), 1000);
        }
        let (messages, all) = newest.into_messages();
        assert_eq!(messages.last().unwrap().0, 300);
        assert!(!all && messages.len() * 2000 <= limits::NEWEST_BYTES);
    }
}
