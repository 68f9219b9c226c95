//! An account's life while its connection waits: in few bytes.

use super::{Connection, Life};
use crate::Shared;
use crate::announcer::{Contents, Shares};
use crate::shard::OwnedShard;
use pushmail_upstream::backoff::Backoff;
use pushmail_upstream::budget;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use std::time::Duration;

/// A life at rest: what it shares with others, and the rest of it through serde into
/// [postcard](https://postcard.jamesmunns.com/wire-format), where most numbers take a byte or two.
pub(super) struct Packed {
    shares: Shares,
    permit: budget::Permit,
    bytes: Box<[u8]>,
}

/// What is packed.
#[derive(Serialize, Deserialize)]
struct Bag<'a> {
    #[serde(borrow)]
    announcer: Contents<'a>,
    backoff: Backoff,
    failures: u32,
    started: Duration,
    sealed: &'a [u8],
}

impl Packed {
    /// Packs it; gives it back if its account is not live, and so not at rest.
    pub(super) fn of(life: Box<Life>) -> Result<Self, Box<Life>> {
        let Some(bytes) = pack(&life) else {
            return Err(life);
        };
        match *life {
            Life {
                announcer,
                connection: Some(connection),
                ..
            } => Ok(Self {
                shares: announcer.into_shares(),
                permit: connection.permit,
                bytes,
            }),
            life => Err(Box::new(life)),
        }
    }

    /// The life as it was; `None` if that cannot be read.
    pub(super) fn unpack(self, shared: &Arc<Shared>, shard: &Arc<OwnedShard>) -> Option<Life> {
        let bag: Bag<'_> = postcard::from_bytes(&self.bytes).ok()?;
        Some(Life {
            announcer: self.shares.announcer(bag.announcer, shared, shard),
            backoff: bag.backoff,
            failures: bag.failures,
            sealed: bag.sealed.into(),
            connection: Some(Connection {
                permit: self.permit,
                started: bag.started,
            }),
        })
    }
}

fn pack(life: &Life) -> Option<Box<[u8]>> {
    let bag = Bag {
        announcer: life.announcer.contents()?,
        backoff: life.backoff.clone(),
        failures: life.failures,
        started: life.connection.as_ref()?.started,
        sealed: &life.sealed,
    };
    postcard::to_allocvec(&bag).ok().map(Vec::into_boxed_slice)
}
