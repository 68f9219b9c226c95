//! When a credential that the server rejected is tried again: after 5 minutes, after another hour, and then not until the
//! account is changed. A server locks a mailbox at which a wrong password is tried again and again.

use pushmail_domain::{AccountPhase, AccountStatus, Rejections, Timestamp};
use std::time::Duration;

/// The pause after the first rejection, and after the second.
const PAUSES: [Duration; 2] = [Duration::from_secs(5 * 60), Duration::from_secs(60 * 60)];

/// When to try the credential.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Next {
    Now,
    After(Duration),
    /// Not before the account is changed.
    Never,
}

/// When to try, after these rejections, the credential of an account at this version.
pub(crate) fn next(rejections: Rejections, version: u64, now: Timestamp) -> Next {
    let count = usize::try_from(of(rejections, version).count).unwrap_or(usize::MAX);
    let Some(last) = count.checked_sub(1) else {
        return Next::Now;
    };
    let Some(pause) = PAUSES.get(last) else {
        return Next::Never;
    };
    match pause.saturating_sub(now.since(rejections.last_at)) {
        Duration::ZERO => Next::Now,
        left => Next::After(left),
    }
}

/// The rejections with another one now.
pub(crate) fn one_more(rejections: Rejections, version: u64, now: Timestamp) -> Rejections {
    Rejections {
        count: of(rejections, version).count.saturating_add(1),
        last_at: now,
        version,
    }
}

/// Whether the present credential has logged in, was not rejected since, and nobody has to look after the account.
pub(crate) fn proven(status: &AccountStatus, version: u64) -> bool {
    let rejections = status.rejections;
    rejections.version == version
        && rejections.count == 0
        && status.phase != AccountPhase::NeedsAttention
}

/// When it is tried again, for people.
pub(crate) const fn outlook(count: u32) -> &'static str {
    match count {
        0 | 1 => "it is tried again in 5 minutes",
        2 => "it is tried once more in an hour",
        _ => "it is not tried again until the account is changed",
    }
}

/// The rejections as far as they count at this version: a changed account begins anew.
fn of(rejections: Rejections, version: u64) -> Rejections {
    match rejections.version == version {
        true => rejections,
        false => Rejections::default(),
    }
}

#[cfg(test)]
mod tests;
