//! What changed in a folder, where the server does not tell it.

use super::{FolderMemory, flags_hash};
use std::collections::BTreeSet;

/// How the newest messages of a folder differ from what is remembered of it. A message of which nothing is
/// known, because it is older than what is remembered, differs in nothing.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Differences<'a> {
    /// UIDs of messages that are there no more, rising.
    pub gone: Vec<u32>,
    /// UIDs of messages whose flags are others now, rising, with all of these.
    pub flags: Vec<(u32, &'a [String])>,
    /// UIDs of messages that are there, are new enough to be remembered and are not, rising, with
    /// [`flags_hash`] of their flags.
    pub unknown: Vec<(u32, u32)>,
}

impl<'a> Differences<'a> {
    /// Compares the newest `messages`, by rising UID, with their flags; `all`: the folder holds no others.
    pub fn new(remembered: &FolderMemory, messages: &'a [(u32, Vec<String>)], all: bool) -> Self {
        let there: BTreeSet<u32> = messages.iter().map(|(uid, _)| *uid).collect();
        // Below the lowest message of a part nothing is known of the server's side.
        let lowest = match all {
            true => 0,
            false => there.first().copied().unwrap_or(u32::MAX),
        };
        let remembered_there = remembered.uids().filter(|uid| *uid >= lowest);
        let mut differences = Self {
            gone: remembered_there
                .filter(|uid| !there.contains(uid))
                .collect(),
            ..Self::default()
        };
        for (uid, flags) in messages {
            let now = flags_hash(flags);
            match remembered.flags(*uid) {
                Some(before) if before != now => differences.flags.push((*uid, flags)),
                None if *uid >= remembered.floor() => differences.unknown.push((*uid, now)),
                Some(_) | None => {}
            }
        }
        differences
    }
}

/// The messages of these ranges of UIDs, both ends included, of which it is news that they are gone, since
/// they are remembered as there or nothing is known of them; at most `most`. Ranges are not expanded.
pub fn missed(remembered: Option<&FolderMemory>, ranges: &[(u32, u32)], most: usize) -> Vec<u32> {
    let floor = remembered.map_or(u32::MAX, FolderMemory::floor);
    let ranges = ranges.iter().filter(|(first, last)| first <= last);
    let missed = ranges.flat_map(|(first, last)| {
        let unknown = *first..=(*last).min(floor.saturating_sub(1));
        let messages = remembered.map(|memory| memory.messages.range(first..=last));
        let known = messages.into_iter().flatten();
        unknown.chain(known.map(|(uid, _)| *uid))
    });
    missed.take(most).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::FolderId;
    use crate::memory::{Memory, Recall};

    const FOLDER: FolderId = FolderId::from_bytes([1; 16]);

    fn flags(seen: bool) -> Vec<String> {
        Vec::from_iter(seen.then(|| "\\Seen".to_owned()))
    }

    /// UIDs 10, 11 and 12 are there, without flags; below 10 nothing is known.
    fn remembered() -> FolderMemory {
        let mut memory = Memory::default();
        let (folder, floor) = (FOLDER, 10);
        memory.learn(&Recall::Begin { folder, floor });
        for uid in 10..=12 {
            let flags = flags_hash(&flags(false));
            memory.learn(&Recall::Seen { folder, uid, flags });
        }
        memory.folder(FOLDER).unwrap().clone()
    }

    #[test]
    fn what_is_gone_and_what_changed_is_found_and_the_rest_is_not() {
        let messages = [(9, flags(true)), (10, flags(true)), (12, flags(false))];
        let found = Differences::new(&remembered(), &messages, true);
        assert_eq!(found.gone, [11]);
        assert_eq!(found.flags, [(10, flags(true).as_slice())]);
        assert_eq!(found.unknown, [], "9 is older than what is remembered");
    }

    #[test]
    fn below_a_part_of_the_folder_nothing_is_said_to_be_gone() {
        let messages = [(12, flags(false)), (13, flags(true))];
        let found = Differences::new(&remembered(), &messages, false);
        assert_eq!(found.gone, []);
        assert_eq!(found.unknown, [(13, flags_hash(&flags(true)))]);
    }

    #[test]
    fn of_what_vanished_only_what_was_there_or_is_not_known_is_missed() {
        let memory = remembered();
        let missed = |ranges: &[(u32, u32)]| super::missed(Some(&memory), ranges, 5);
        assert_eq!(missed(&[(8, 10), (12, u32::MAX)]), [8, 9, 10, 12]);
        assert_eq!(missed(&[(13, 20), (30, 20)]), []);
        assert_eq!(missed(&[(1, 4_000_000_000)]), [1, 2, 3, 4, 5]);
        assert_eq!(super::missed(None, &[(7, u32::MAX)], 2), [7, 8]);
    }

    #[test]
    fn of_an_empty_folder_all_is_gone() {
        assert_eq!(
            Differences::new(&remembered(), &[], true).gone,
            [10, 11, 12]
        );
        assert_eq!(Differences::new(&remembered(), &[], false).gone, []);
    }
}
