//! The Events service.

use crate::reply;
use crate::state::State;
use crate::subscribe::{self, Frame};
use crate::tail::{Item, Source, Tail};
use crate::validate::Checks;
use pushmail_domain::{AccountId, TenantId};
use pushmail_eventlog::Stored;
use pushmail_proto::v1 as pb;
use pushmail_seal::unwrap_content_key;
use std::sync::Arc;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Response, Status, Streaming};

/// How many events a tail replays at most.
const MAX_REPLAY: i32 = 1000;

#[tonic::async_trait]
impl pb::events_server::Events for State {
    type TailEventsStream = ReceiverStream<Item>;
    type SubscribeStream = ReceiverStream<Frame>;

    async fn tail_events(
        &self,
        request: Request<pb::TailEventsRequest>,
    ) -> Result<Response<Self::TailEventsStream>, Status> {
        self.answer(tail(self, &request.into_inner()).await)
    }

    async fn subscribe(
        &self,
        request: Request<Streaming<pb::SubscribeRequest>>,
    ) -> Result<Response<Self::SubscribeStream>, Status> {
        self.answer(subscribe::subscribe(self, request.into_inner()))
    }

    async fn list_subscriptions(
        &self,
        request: Request<pb::ListSubscriptionsRequest>,
    ) -> Result<Response<pb::ListSubscriptionsResponse>, Status> {
        self.answer(subscribe::list(self, &request.into_inner()).await)
    }

    async fn delete_subscription(
        &self,
        request: Request<pb::DeleteSubscriptionRequest>,
    ) -> Result<Response<pb::DeleteSubscriptionResponse>, Status> {
        self.answer(subscribe::delete(self, &request.into_inner()).await)
    }
}

/// A valid `TailEventsRequest`.
#[derive(Debug, Clone, Copy)]
struct Wanted {
    tenant: TenantId,
    account: Option<AccountId>,
    replay: usize,
}

fn wanted(request: &pb::TailEventsRequest) -> Result<Wanted, Status> {
    let mut checks = Checks::default();
    let tenant = checks.id("tenant", &request.tenant);
    let account = match request.account.as_str() {
        "" => Some(None),
        account => checks.id("account", account).map(Some),
    };
    if !(0..=MAX_REPLAY).contains(&request.replay) {
        checks.note("replay", "must be 0 to 1000");
    } else if request.replay > 0 && request.account.is_empty() {
        checks.note(
            "replay",
            "needs account: name the account to replay, or leave replay at 0",
        );
    }
    match (tenant, account, usize::try_from(request.replay)) {
        (Some(tenant), Some(account), Ok(replay)) if checks.passed() => Ok(Wanted {
            tenant,
            account,
            replay,
        }),
        _ => Err(checks.refused()),
    }
}

/// Subscribes first and reads the replay then, so that nothing falls between the two.
async fn tail(
    state: &State,
    request: &pb::TailEventsRequest,
) -> Result<ReceiverStream<Item>, Status> {
    let wanted = wanted(request)?;
    let Wanted {
        tenant, account, ..
    } = wanted;
    let wrapped = state.tenant(tenant).await?.keys;
    if let Some(account) = account {
        state.account(tenant, account).await?;
    }
    let permit = Arc::clone(&state.tails).try_acquire_owned().map_err(|_| {
        reply::exhausted("as many tails are open as control.max_tails allows: end one, or raise it")
    })?;
    let key = unwrap_content_key(&wrapped, &state.deps.master, tenant)
        .map_err(|error| reply::keys(&error, tenant))?;
    let live = state.deps.log.live_of_tenant(tenant).await;
    let live = live.map_err(|error| reply::log(&error))?;
    let replay = replay(state, wanted).await?;
    let (to, items) = mpsc::channel(state.tail_buffer);
    let tail = Tail::new(
        Source {
            tenant,
            account,
            key,
        },
        to,
    );
    let draining = state.deps.lifecycle.draining();
    // The task ends by itself: with its reader, with the log, or at the drain.
    drop(state.deps.lifecycle.spawn("tail", async move {
        tail.run(replay, live, draining.cancelled_owned()).await;
        drop(permit);
    }));
    Ok(ReceiverStream::new(items))
}

async fn replay(state: &State, wanted: Wanted) -> Result<Vec<Stored>, Status> {
    match wanted.account {
        Some(account) if wanted.replay > 0 => {
            let log = &state.deps.log;
            let newest = log.newest_of_account(wanted.tenant, account, wanted.replay);
            newest.await.map_err(|error| reply::log(&error))
        }
        _ => Ok(Vec::new()),
    }
}
