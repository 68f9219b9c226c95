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

    /// How many changes these are.
    pub fn count(&self) -> usize {
        self.gone.len() + self.flags.len()
    }
}
