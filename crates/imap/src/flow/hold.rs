//! Messages that came, and wait until no lower one can come: mail is announced in the order of UIDs,
//! since the account resumes behind what was announced last.
//!
//! A message goes at once if its UID is the lowest wanted, or if its sequence number follows that of the
//! message announced last: sequence numbers rise with UIDs (RFC 9051, section 2.3.1.2), so nothing lies
//! between. All others wait for the end of the read. What does not fit is dropped from the top, and has
//! to be read again.

use crate::wire::Fetch;
use std::collections::BTreeMap;

/// How many messages may wait.
const MESSAGES: usize = 64;
/// How many bytes of messages may wait. One always may, with so much of its head as fits.
const BYTES: usize = 12 * 1024;

/// What waits, and where the announced part of the folder ends.
pub(super) struct Hold {
    /// Whether a message is whole only with its body.
    wants_body: bool,
    /// The lowest UID that is not behind what was announced; past the last UID, none is left.
    next: u64,
    /// The sequence number of the message announced last; 0 if it is not known. No message has a lower one
    /// than 1, so 0 fits.
    below: u32,
    /// By UID; their sequence numbers are 0 where they are not known any more.
    held: BTreeMap<u32, Box<Fetch>>,
    /// What the held ones weigh.
    bytes: usize,
    /// The lowest UID that did not fit. From there on nothing is taken in this read.
    dropped: Option<u32>,
}

/// What became of a FETCH.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Taken {
    /// It is about a message that was announced.
    Known,
    /// It is about new mail, but does not complete a message.
    Part,
    /// It completed a message, or was one that did not fit.
    Whole,
}

impl Hold {
    pub(super) const fn new(next: u64, wants_body: bool) -> Self {
        Self {
            wants_body,
            next,
            below: 0,
            held: BTreeMap::new(),
            bytes: 0,
            dropped: None,
        }
    }

    /// The lowest UID that is not behind what was announced.
    pub(super) const fn next(&self) -> u64 {
        self.next
    }

    /// Whether messages did not fit since [`restart`](Self::restart).
    pub(super) const fn overflowed(&self) -> bool {
        self.dropped.is_some()
    }

    /// Whether nothing waits.
    pub(super) fn is_empty(&self) -> bool {
        self.held.is_empty()
    }

    /// Takes one FETCH. After it, take [`ready`](Self::ready) until it gives `None`, then
    /// [`make_room`](Self::make_room).
    pub(super) fn take(&mut self, uid: u32, fetch: Fetch) -> Taken {
        if u64::from(uid) < self.next {
            return Taken::Known;
        }
        if self.dropped.is_some_and(|dropped| uid >= dropped) {
            return if self.is_whole(&fetch) {
                Taken::Whole
            } else {
                Taken::Part
            };
        }
        let earlier = self.remove(uid);
        let was_whole = earlier.as_ref().is_some_and(|fetch| self.is_whole(fetch));
        let fetch = Box::new(merge(earlier, fetch));
        let completes = !was_whole && self.is_whole(&fetch);
        self.bytes += weight(&fetch);
        self.held.insert(uid, fetch);
        if completes { Taken::Whole } else { Taken::Part }
    }

    /// The next message, if it is whole and nothing unread can lie below it.
    pub(super) fn ready(&mut self) -> Option<(u32, Fetch)> {
        let (uid, fetch) = self.held.first_key_value()?;
        let adjoins =
            u64::from(*uid) == self.next || self.below.checked_add(1) == Some(fetch.sequence);
        adjoins.then(|| self.lowest_whole()).flatten()
    }

    /// The next message, if it is whole. Right only when all that the server has came.
    pub(super) fn lowest_whole(&mut self) -> Option<(u32, Fetch)> {
        let (_, fetch) = self.held.first_key_value()?;
        self.is_whole(fetch).then(|| self.lowest()).flatten()
    }

    /// The next message, whole or not. Right only when all that the server has came.
    pub(super) fn lowest(&mut self) -> Option<(u32, Fetch)> {
        let uid = *self.held.first_key_value()?.0;
        let fetch = self.remove(uid)?;
        self.next = u64::from(uid) + 1;
        self.below = fetch.sequence;
        Some((uid, fetch))
    }

    /// Drops the highest messages until the rest fits, and the end of a head that does not fit alone.
    pub(super) fn make_room(&mut self) {
        while self.held.len() > MESSAGES || self.held.len() > 1 && self.bytes > BYTES {
            let Some(uid) = self.held.last_key_value().map(|(uid, _)| *uid) else {
                return;
            };
            drop(self.remove(uid));
            self.dropped = Some(uid);
        }
        if self.bytes > BYTES
            && let Some(fetch) = self.held.values_mut().next()
            && let Some(body) = &mut fetch.body
        {
            let surplus = self.bytes - BYTES;
            let before = body.len();
            body.truncate(before.saturating_sub(surplus));
            body.shrink_to_fit();
            self.bytes -= before - body.len();
        }
    }

    /// The folder is read again from [`next`](Self::next) on: what was dropped comes again.
    pub(super) const fn restart(&mut self) {
        self.dropped = None;
    }

    /// Messages were removed: the sequence numbers that are known may have moved.
    pub(super) fn forget_sequences(&mut self) {
        self.below = 0;
        for fetch in self.held.values_mut() {
            fetch.sequence = 0;
        }
    }

    fn remove(&mut self, uid: u32) -> Option<Fetch> {
        let fetch = self.held.remove(&uid)?;
        self.bytes -= weight(&fetch);
        Some(*fetch)
    }

    const fn is_whole(&self, fetch: &Fetch) -> bool {
        !self.wants_body || fetch.body.is_some()
    }
}

/// What came earlier for a message, completed by what comes now: servers may split a FETCH.
fn merge(earlier: Option<Fetch>, now: Fetch) -> Fetch {
    let Some(earlier) = earlier else {
        return now;
    };
    Fetch {
        sequence: now.sequence,
        uid: now.uid,
        flags: now.flags.or(earlier.flags),
        internal_date: now.internal_date.or(earlier.internal_date),
        size: now.size.or(earlier.size),
        mod_seq: now.mod_seq.or(earlier.mod_seq),
        provider_id: now.provider_id.or(earlier.provider_id),
        body: now.body.or(earlier.body),
    }
}

fn weight(fetch: &Fetch) -> usize {
    let flags = fetch.flags.iter().flatten();
    let flags: usize = flags.map(|flag| size_of::<String>() + flag.len()).sum();
    let id = fetch.provider_id.as_ref().map_or(0, String::len);
    size_of::<Fetch>() + fetch.body.as_ref().map_or(0, Vec::len) + flags + id
}

#[cfg(test)]
mod tests;
