//! Which bucket, how fast it fills, and what is taken of it.

use pushmail_domain::TenantId;
use std::net::IpAddr;
use std::time::Duration;

/// What a bucket's tokens are for.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Bucket {
    /// Logins at one provider from one source address.
    Provider {
        /// The provider's name.
        provider: String,
        /// The source address; `None` where the system chooses it.
        egress: Option<IpAddr>,
    },
    /// Logins of one tenant's accounts, wherever.
    Tenant(TenantId),
}

/// How a bucket is called in the store: `tenant:ten_…`, `provider:NAME`, `provider:NAME@ADDRESS`.
impl std::fmt::Display for Bucket {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Provider {
                provider,
                egress: None,
            } => write!(f, "provider:{provider}"),
            Self::Provider {
                provider,
                egress: Some(egress),
            } => write!(f, "provider:{provider}@{egress}"),
            Self::Tenant(tenant) => write!(f, "tenant:{tenant}"),
        }
    }
}

/// How fast a bucket fills, and how much it holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// What a full bucket holds; at least 1.
    pub burst: u32,
    /// One more comes each time this has passed; may be taken as whole microseconds, rounded up. Zero: there are always enough.
    pub every: Duration,
}

impl Rate {
    /// One worker's share of this rate in a fleet of so many. A bucket holds at least one.
    #[must_use]
    pub fn share(self, workers: u32) -> Self {
        let workers = workers.max(1);
        Self {
            burst: (self.burst / workers).max(1),
            every: self.every.saturating_mul(workers),
        }
    }

    /// How many come in this time.
    pub fn within(self, time: Duration) -> u32 {
        match self.every.as_nanos() {
            0 => u32::MAX,
            every => u32::try_from(time.as_nanos() / every).unwrap_or(u32::MAX),
        }
    }
}

/// What is wanted of one bucket.
#[derive(Debug, Clone, Copy)]
pub struct Ask<'a> {
    /// Which.
    pub bucket: &'a Bucket,
    /// How it fills.
    pub rate: Rate,
    /// How many tokens at most.
    pub tokens: u32,
    /// How many tokens, taken earlier, were not used. They are put back first; no more than the bucket holds.
    pub unused: u32,
}

/// What was taken of one bucket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Grant {
    /// How many tokens.
    pub tokens: u32,
    /// When there may be another; zero if all that was wanted was there.
    pub again_in: Duration,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_of_a_rate_is_a_part_of_it_and_holds_one_at_least() {
        let rate = Rate {
            burst: 10,
            every: Duration::from_secs(1),
        };
        let share = |workers| (rate.share(workers).burst, rate.share(workers).every);
        assert_eq!(share(0), (10, Duration::from_secs(1)));
        assert_eq!(share(3), (3, Duration::from_secs(3)));
        assert_eq!(share(1000), (1, Duration::from_secs(1000)));
        assert_eq!(rate.within(Duration::from_millis(2_500)), 2);
    }

    #[test]
    fn buckets_have_names_of_their_own() {
        let provider = |egress: Option<&str>| Bucket::Provider {
            provider: "gmail".to_owned(),
            egress: egress.map(|address| address.parse().unwrap()),
        };
        assert_eq!(provider(None).to_string(), "provider:gmail");
        let by = provider(Some("2001:db8::5")).to_string();
        assert_eq!(by, "provider:gmail@2001:db8::5");
        let tenant = Bucket::Tenant(TenantId::from_bytes([1; 16])).to_string();
        assert!(tenant.starts_with("tenant:ten_"), "{tenant}");
    }
}
