//! Opening: whose the subscription is, where it stands, and what happened to the log since.

use super::{Counted, Session, frames};
use crate::reply::{self, Thing};
use crate::subscribe::bell::Bell;
use crate::subscribe::feed::Feed;
use crate::subscribe::request::{self, Wanted};
use crate::subscribe::window::Window;
use crate::subscribe::{Subscribers, failed};
use pushmail_domain::{Position, StreamId};
use pushmail_eventlog::ReadError;
use pushmail_registry::{Mark, Subscription, TakenSubscription};
use std::collections::VecDeque;
use std::sync::Arc;
use tonic::Status;

impl Session {
    /// Takes the subscription, making it if there is none.
    pub(super) async fn open(shared: Arc<Subscribers>, wanted: Wanted) -> Result<Self, Status> {
        let source = shared.source(wanted.tenant).await?;
        check_accounts(&shared, &wanted).await?;
        let named = (wanted.tenant, wanted.name.clone());
        // Whatever was logged before it hangs, it rings for.
        let log = Arc::clone(&shared.log);
        let bell = Bell::new(log, wanted.tenant, shared.telemetry.clone());
        let place = shared.running.enter(named).await;
        let (subscription, resumed) = take(&shared, &wanted).await?;
        let ahead = match resumed {
            true => ahead(&shared, &subscription.marks).await?,
            false => 0,
        };
        let marks = &subscription.marks;
        let mut session = Self {
            window: Window::new(marks, wanted.limits),
            feed: Feed::new(
                Arc::clone(&shared.log),
                Arc::clone(&shared.clock),
                wanted.tenant,
                marks,
            ),
            _counted: Counted::new(shared.telemetry.clone()),
            tenant: wanted.tenant,
            name: wanted.name,
            epoch: subscription.epoch,
            filter: wanted.filter,
            source,
            bell,
            place,
            out: VecDeque::from([frames::opened(resumed, marks)]),
            leaving: false,
            shared,
        };
        if ahead != 0 {
            session.rebase(ahead);
        }
        Ok(session)
    }
}

/// Refuses a filter that names another's account.
async fn check_accounts(shared: &Subscribers, wanted: &Wanted) -> Result<(), Status> {
    for (place, account) in wanted.filter.accounts.iter().enumerate() {
        let found = shared.registry.account(wanted.tenant, *account).await;
        let thing = Thing::Account(wanted.tenant, *account);
        let found = found.map_err(|error| reply::registry(&error, thing))?;
        found.ok_or_else(|| request::stranger(wanted.tenant, place))?;
    }
    Ok(())
}

/// The subscription, and whether it existed.
async fn take(shared: &Subscribers, wanted: &Wanted) -> Result<(Subscription, bool), Status> {
    let start = start(shared, wanted.earliest).await;
    let start = start.map_err(|error| reply::log(&error))?;
    let taken = shared.subscriptions.take_subscription(
        wanted.tenant,
        &wanted.name,
        &start,
        shared.clock.now(),
        shared.per_tenant,
    );
    match taken.await {
        Ok(TakenSubscription::Resumed(subscription)) => Ok((subscription, true)),
        Ok(TakenSubscription::Made(subscription)) => Ok((subscription, false)),
        Ok(TakenSubscription::TooMany) => Err(reply::exhausted(
            "the tenant has as many subscriptions as control.subscriptions_per_tenant allows: \
             delete one, or raise it",
        )),
        Err(error) => Err(failed(&error, wanted.tenant, &wanted.name)),
    }
}

/// Where a new subscription begins.
async fn start(shared: &Subscribers, earliest: bool) -> Result<Vec<Mark>, ReadError> {
    // Before the ends are read: nothing above them was stored before.
    let now = shared.clock.now();
    let mut marks = Vec::with_capacity(usize::from(StreamId::COUNT));
    for stream in (0..StreamId::COUNT).map(StreamId::new) {
        let sequence = match earliest {
            true => 0,
            false => shared.log.stream_last(stream).await?,
        };
        marks.push(Mark {
            position: Position {
                stream,
                generation: shared.log.generation(stream),
                sequence,
            },
            current_at: now,
            acked: Vec::new(),
        });
    }
    Ok(marks)
}

/// The streams, a bit each, that end before their mark: they lost events, and nobody has noticed yet.
async fn ahead(shared: &Subscribers, marks: &[Mark]) -> Result<u16, Status> {
    let mut ahead = 0;
    for Position {
        stream, sequence, ..
    } in marks.iter().map(|mark| mark.position)
    {
        let last = shared.log.stream_last(stream).await;
        if sequence > last.map_err(|error| reply::log(&error))? {
            ahead |= 1 << stream.number();
        }
    }
    Ok(ahead)
}
