//! The Fleet service.

mod workers;

use crate::page::List;
use crate::reply;
use crate::state::State;
use crate::validate::Checks;
use futures::stream::{self, StreamExt as _, TryStreamExt as _};
use pushmail_domain::Shard;
use pushmail_eventlog::ReadError;
use pushmail_proto::v1 as pb;
use tonic::{Request, Response, Status};
use workers::Workers;

/// How many events of a shard are counted at most.
const MAX_LAG: usize = 1000;
/// How many shards are looked up at the same time.
const AT_ONCE: usize = 16;

#[tonic::async_trait]
impl pb::fleet_server::Fleet for State {
    async fn list_workers(
        &self,
        _: Request<pb::ListWorkersRequest>,
    ) -> Result<Response<pb::ListWorkersResponse>, Status> {
        self.answer(list_workers(self).await)
    }

    async fn list_shards(
        &self,
        request: Request<pb::ListShardsRequest>,
    ) -> Result<Response<pb::ListShardsResponse>, Status> {
        self.answer(list_shards(self, &request.into_inner()).await)
    }

    async fn drain_worker(
        &self,
        request: Request<pb::DrainWorkerRequest>,
    ) -> Result<Response<pb::DrainWorkerResponse>, Status> {
        self.answer(drain_worker(self, &request.into_inner()).await)
    }
}

async fn list_workers(state: &State) -> Result<pb::ListWorkersResponse, Status> {
    let workers = Workers::load(state).await?;
    Ok(pb::ListWorkersResponse {
        shards_without_owner: workers.without_owner(),
        accounts: workers.all_accounts(),
        workers: workers.all(),
    })
}

async fn drain_worker(
    state: &State,
    request: &pb::DrainWorkerRequest,
) -> Result<pb::DrainWorkerResponse, Status> {
    let workers = Workers::load(state).await?;
    let seen = workers.find(&request.worker)?;
    let worker = seen.member.worker;
    let drains = state.deps.leases.drain(worker).await;
    if !drains.map_err(|error| reply::leases(&error))? {
        return Err(reply::no_worker(&request.worker));
    }
    Ok(pb::DrainWorkerResponse {
        worker: Some(pb::Worker {
            draining: true,
            ..workers.write(seen)
        }),
    })
}

async fn list_shards(
    state: &State,
    request: &pb::ListShardsRequest,
) -> Result<pb::ListShardsResponse, Status> {
    let mut checks = Checks::default();
    let list = Some(List::SHARDS);
    let page = checks.page::<u16>(list, request.page_size, &request.page_token);
    let Some(page) = page else {
        return Err(checks.refused());
    };
    let workers = Workers::load(state).await?;
    let of = match request.worker.as_str() {
        "" => None,
        worker => Some(workers.find(worker)?.member.worker),
    };
    let after = page.after.and_then(Shard::new);
    let limit = usize::try_from(page.limit).unwrap_or(usize::MAX);
    let wanted = Shard::all()
        .filter(|shard| after.is_none_or(|after| *shard > after))
        .filter(|shard| match of {
            Some(worker) => workers.owner(*shard) == Some(worker),
            None => workers.owner(*shard).is_some() || workers.accounts(*shard) > 0,
        });
    let wanted: Vec<Shard> = wanted.take(limit + 1).collect();
    let more = wanted.len() > limit;
    let shown = wanted.into_iter().take(limit);
    let shards: Vec<pb::Shard> = stream::iter(shown)
        .map(|shard| describe(state, &workers, shard))
        .buffered(AT_ONCE)
        .try_collect()
        .await?;
    let next_page_token = match shards.last() {
        Some(last) if more => List::SHARDS.token(last.number),
        _ => String::new(),
    };
    Ok(pb::ListShardsResponse {
        shards,
        next_page_token,
    })
}

async fn describe(state: &State, workers: &Workers, shard: Shard) -> Result<pb::Shard, Status> {
    let log = &state.deps.log;
    let fence = log.fence(shard).await.map_err(|error| reply::log(&error))?;
    let epoch = fence.unwrap_or_default();
    let lag = lag(state, shard).await?;
    let owner = workers.owner(shard);
    Ok(pb::Shard {
        number: u32::from(shard.number()),
        worker: owner.map(|owner| owner.to_string()).unwrap_or_default(),
        worker_name: owner.map(|owner| workers.name(owner)).unwrap_or_default(),
        accounts: workers.accounts(shard),
        epoch_generation: epoch.generation,
        epoch_fence: epoch.fence,
        lag: u32::try_from(lag).unwrap_or(u32::MAX),
    })
}

/// How many events the shard's checkpoint lacks.
async fn lag(state: &State, shard: Shard) -> Result<usize, Status> {
    let position = state.deps.registry.shard_position(shard).await;
    let position = position.map_err(|error| reply::registry_failed(&error))?;
    let log = &state.deps.log;
    let after = match position {
        Some(position) if position.generation == log.generation(shard.stream()) => {
            position.sequence
        }
        _ => 0,
    };
    let events: Result<_, ReadError> = log.read_shard(shard, after, u64::MAX, MAX_LAG).await;
    Ok(events.map_err(|error| reply::log(&error))?.len())
}
