//! An announcer whose account is live and waits: what it shares with others, and the rest as plain data.

use super::Announcer;
use crate::Shared;
use crate::account::Learned;
use crate::shard::OwnedShard;
use crate::shown::ShownPhase;
use pushmail_domain::Account;
use pushmail_seal::TenantKeys;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

/// What is shared, or counts by being there.
pub(crate) struct Shares {
    keys: Arc<TenantKeys>,
    shown: ShownPhase,
}

/// The rest.
#[derive(Serialize, Deserialize)]
pub(crate) struct Contents<'a> {
    account: Cow<'a, Account>,
    live_since: Duration,
    learned: Learned,
}

impl Announcer {
    /// The contents; `None` while the account is not live.
    pub(crate) fn contents(&self) -> Option<Contents<'_>> {
        let live_since = self.live_since.filter(|_| self.connecting.is_none())?;
        Some(Contents {
            account: Cow::Borrowed(&self.account),
            live_since,
            learned: self.learned.clone(),
        })
    }

    /// All but the contents.
    pub(crate) fn into_shares(self) -> Shares {
        Shares {
            keys: self.keys,
            shown: self.shown,
        }
    }
}

impl Shares {
    /// The announcer that had these contents.
    pub(crate) fn announcer(
        self,
        contents: Contents<'_>,
        shared: &Arc<Shared>,
        shard: &Arc<OwnedShard>,
    ) -> Announcer {
        Announcer {
            shared: shared.clone(),
            shard: shard.clone(),
            account: contents.account.into_owned(),
            keys: self.keys,
            shown: self.shown,
            live_since: Some(contents.live_since),
            learned: contents.learned,
            connecting: None,
        }
    }
}
