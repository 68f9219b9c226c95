//! The accounts of owned shards begin: bit by bit, the most urgent first.

use super::{Owner, Place};
use crate::account::Running;
use crate::fold::Standing;
use crate::shown::ShownPhase;
use crate::starting::Start;
use pushmail_domain::{Account, Shard};
use pushmail_upstream::queue::Lane;

/// An account of an owned shard.
pub(super) enum Watched {
    /// Its turn to begin has not come.
    Waits(Box<Waiting>),
    /// It has begun.
    Runs(Running),
}

pub(super) struct Waiting {
    account: Account,
    _shown: ShownPhase,
}

impl Watched {
    pub(super) fn running(self) -> Option<Running> {
        match self {
            Self::Waits(_) => None,
            Self::Runs(running) => Some(running),
        }
    }
}

impl Owner {
    /// Has the account begin when it is its turn, or begin anew if it changed.
    pub(super) fn start(&mut self, shard: Shard, account: Account, has_device: bool) {
        let Some(Place::Owned(owned, accounts)) = self.places.get_mut(&shard).map(Box::as_mut)
        else {
            return;
        };
        let id = account.id;
        match accounts.remove(&id) {
            // The feed was read from an earlier place for the sake of another shard.
            Some(Watched::Runs(running)) if running.version >= account.version => {
                accounts.insert(id, Watched::Runs(running));
            }
            Some(Watched::Runs(before)) => {
                let before = Some(before);
                let running =
                    Running::start(&self.shared, owned, account, before, Start::default());
                accounts.insert(id, Watched::Runs(running));
            }
            Some(Watched::Waits(waiting)) => {
                let waiting = Waiting {
                    account,
                    ..*waiting
                };
                accounts.insert(id, Watched::Waits(Box::new(waiting)));
            }
            None => {
                let standing = owned.standings.get(id);
                let lane = lane(&standing, has_device);
                self.waiting.join(account.tenant, lane, (shard, id));
                let telemetry = self.shared.telemetry.clone();
                let waiting = Waiting {
                    account,
                    _shown: ShownPhase::new(telemetry, standing.status.phase),
                };
                accounts.insert(id, Watched::Waits(Box::new(waiting)));
            }
        }
    }

    /// The next account begins, by this right.
    pub(super) fn begin_next(&mut self, start: Start) {
        while let Some((shard, id)) = self.waiting.serve() {
            let place = self.places.get_mut(&shard).map(Box::as_mut);
            let Some(Place::Owned(owned, accounts)) = place else {
                continue;
            };
            // Not if it is gone, or came back with its shard and has begun since.
            if let Some(watched) = accounts.get_mut(&id)
                && let Watched::Waits(waiting) = watched
            {
                let account = waiting.account.clone();
                let running = Running::start(&self.shared, owned, account, None, start);
                *watched = Watched::Runs(running);
                return;
            }
        }
    }
}

/// How urgent its connection is, as far as is known.
fn lane(standing: &Standing, has_device: bool) -> Lane {
    if has_device {
        Lane::Device
    } else if standing.cursor.is_empty() {
        Lane::New
    } else {
        Lane::Live
    }
}
