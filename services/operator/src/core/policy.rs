//! How many workers there should be.

/// A pool is shrunk only if its accounts would then fill no more than this part of the workers that are left, in percent: else an
/// account more or less would start and end workers.
const FILLED_AFTER_SHRINKING: u64 = 90;

/// What the fleet's operator wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Policy {
    /// How many accounts a worker should have, at least 1.
    pub target: u64,
    /// No fewer workers than this, at least 1.
    pub min: u32,
    /// No more workers than this, at least `min`.
    pub max: u32,
    /// How many workers more than that there may be while workers are replaced, and how many are replaced at a time; 0: one is
    /// replaced at a time, and only if the others have the room.
    pub surge: u32,
}

/// How many workers there should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size {
    /// Without these the accounts do not fit: fewer must not serve, whatever else is wanted.
    pub needed: u32,
    /// So many are wanted.
    pub wanted: u32,
}

impl Policy {
    /// For that many accounts, if there are `now` workers. Without a number of accounts, as many as there are.
    pub fn size(&self, accounts: Option<u64>, now: u32) -> Size {
        let Some(accounts) = accounts else {
            let wanted = now.clamp(self.min, self.max);
            let needed = wanted.min(now).max(1);
            return Size { needed, wanted };
        };
        let needed = self.workers_for(accounts, self.target).min(self.max);
        let roomy = self.target.saturating_mul(FILLED_AFTER_SHRINKING) / 100;
        let enough = self.workers_for(accounts, roomy);
        let wanted = match now {
            now if now < needed => needed,
            now if now > enough => enough,
            now => now,
        };
        Size {
            needed,
            wanted: wanted.clamp(self.min, self.max),
        }
    }

    /// Whether the accounts are more than `max` workers should have.
    pub fn is_outgrown(&self, accounts: u64) -> bool {
        accounts > self.target.saturating_mul(u64::from(self.max))
    }

    /// At least one.
    fn workers_for(&self, accounts: u64, each: u64) -> u32 {
        let workers = accounts.div_ceil(each.max(1)).max(1);
        u32::try_from(workers).unwrap_or(u32::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const POLICY: Policy = Policy {
        target: 100,
        min: 2,
        max: 10,
        surge: 1,
    };

    fn wanted(accounts: u64, now: u32) -> u32 {
        POLICY.size(Some(accounts), now).wanted
    }

    #[test]
    fn a_pool_has_a_worker_for_each_target_of_accounts() {
        assert_eq!(wanted(300, 2), 3);
        assert_eq!(wanted(301, 3), 4);
        assert_eq!(wanted(999, 3), 10);
    }

    #[test]
    fn a_pool_keeps_its_bounds() {
        assert_eq!(wanted(0, 5), 2);
        assert_eq!(wanted(5000, 5), 10);
        assert!(POLICY.is_outgrown(5000));
        assert!(!POLICY.is_outgrown(1000));
    }

    #[test]
    fn an_account_less_does_not_end_a_worker() {
        assert_eq!(wanted(301, 4), 4);
        assert_eq!(wanted(300, 4), 4);
        assert_eq!(wanted(271, 4), 4);
        assert_eq!(wanted(270, 4), 3);
    }

    #[test]
    fn without_a_number_of_accounts_nothing_is_shrunk() {
        let size = POLICY.size(None, 7);
        assert_eq!((size.needed, size.wanted), (7, 7));
        assert_eq!(POLICY.size(None, 0).wanted, 2);
    }

    #[test]
    fn what_is_needed_has_no_lower_bound_but_one() {
        assert_eq!(POLICY.size(Some(0), 5).needed, 1);
        assert_eq!(POLICY.size(Some(250), 5).needed, 3);
    }
}
