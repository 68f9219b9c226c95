//! Workers and shards.

use crate::world::World;
use pushmail_domain::{AccountId, Shard, Timestamp, WorkerId};
use pushmail_leases::{Beat, Beaten, Leases as _, Member, Version};
use pushmail_proto::v1 as pb;
use tonic::Code;

/// A worker of the fleet.
struct Worker(Member);

impl Worker {
    fn new(number: u8, name: &str) -> Self {
        Self(Member {
            worker: WorkerId::from_bytes([number; 16]),
            name: name.to_owned(),
            capacity: 1,
            draining: false,
            started_at: Timestamp::from_micros(1),
        })
    }

    async fn claim(&self, world: &World, claims: &[Shard]) -> Beaten {
        let beat = Beat {
            member: &self.0,
            held: &[],
            claims,
            releases: &[],
            known: Version::default(),
        };
        world.leases.beat(beat).await.unwrap()
    }
}

async fn shards(world: &World, worker: &str, size: i32, token: &str) -> pb::ListShardsResponse {
    let request = world.ask(pb::ListShardsRequest {
        page_size: size,
        page_token: token.to_owned(),
        worker: worker.to_owned(),
    });
    let listed = world.fleet().list_shards(request).await;
    listed.unwrap().into_inner()
}

/// The account's shard.
async fn account(world: &World, tenant: &str) -> (pb::Account, Shard) {
    let account = world.account(tenant).await;
    let id: AccountId = account.id.parse().unwrap();
    (account, Shard::of(id))
}

#[tokio::test]
async fn workers_are_listed_with_what_they_own() {
    let world = World::start().await;
    let tenant = world.tenant("one").await;
    let (_, owned) = account(&world, &tenant).await;
    account(&world, &tenant).await;
    Worker::new(2, "pod-2").claim(&world, &[]).await;
    Worker::new(1, "pod-1").claim(&world, &[owned]).await;
    let request = world.ask(pb::ListWorkersRequest {});
    let listed = world
        .fleet()
        .list_workers(request)
        .await
        .unwrap()
        .into_inner();
    let rows: Vec<_> = listed
        .workers
        .iter()
        .map(|worker| (worker.name.as_str(), worker.shards, worker.accounts))
        .collect();
    assert_eq!(rows, [("pod-1", 1, 1), ("pod-2", 0, 0)]);
    assert_eq!(listed.shards_without_owner, 1);
    assert_eq!(listed.accounts, 2);
}

#[tokio::test]
async fn shards_are_listed_with_owner_epoch_and_lag() {
    let world = World::start().await;
    let tenant = world.tenant("one").await;
    let (made, shard) = account(&world, &tenant).await;
    world.append(&world.stored(&made).await, 3).await;
    let epoch = world.log.fence(shard).await.unwrap().unwrap();
    Worker::new(1, "pod-1").claim(&world, &[shard]).await;

    let listed = shards(&world, "", 0, "").await.shards;
    let expected = pb::Shard {
        number: u32::from(shard.number()),
        worker: WorkerId::from_bytes([1; 16]).to_string(),
        worker_name: "pod-1".to_owned(),
        accounts: 1,
        epoch_generation: epoch.generation,
        epoch_fence: epoch.fence,
        lag: 3,
    };
    assert_eq!(listed, [expected]);
}

#[tokio::test]
async fn pages_of_shards_give_each_once_and_can_be_of_one_worker() {
    let world = World::start().await;
    let numbers = [5, 9, 70, 4000];
    let claims = numbers.map(|number| Shard::new(number).unwrap());
    Worker::new(1, "pod-1").claim(&world, &claims[..3]).await;
    Worker::new(2, "pod-2").claim(&world, &claims[3..]).await;
    let (mut seen, mut token) = (Vec::new(), String::new());
    loop {
        let page = shards(&world, "", 3, &token).await;
        seen.extend(page.shards.iter().map(|shard| shard.number));
        token = page.next_page_token;
        if token.is_empty() {
            break;
        }
    }
    assert_eq!(seen, numbers.map(u32::from));
    let own = shards(&world, "pod-2", 0, "").await.shards;
    assert_eq!(own.iter().map(|s| s.number).collect::<Vec<_>>(), [4000]);
}

#[tokio::test]
async fn a_worker_is_asked_to_drain_by_name_or_id() {
    let world = World::start().await;
    let named = Worker::new(1, "pod-1");
    let by_id = Worker::new(2, "pod-2");
    for worker in [&named, &by_id] {
        assert!(!worker.claim(&world, &[]).await.drain);
    }
    for worker in ["pod-1".to_owned(), by_id.0.worker.to_string()] {
        let request = world.ask(pb::DrainWorkerRequest { worker });
        let told = world.fleet().drain_worker(request).await.unwrap();
        assert!(told.into_inner().worker.unwrap().draining);
    }
    for worker in [&named, &by_id] {
        assert!(worker.claim(&world, &[]).await.drain);
    }
}

#[tokio::test]
async fn a_worker_that_is_none_or_one_of_several_is_refused() {
    let world = World::start().await;
    for number in 1..=2 {
        Worker::new(number, "twin").claim(&world, &[]).await;
    }
    for (worker, code) in [
        ("nobody", Code::NotFound),
        ("twin", Code::FailedPrecondition),
    ] {
        let request = world.ask(pb::DrainWorkerRequest {
            worker: worker.to_owned(),
        });
        let refused = world.fleet().drain_worker(request).await.unwrap_err();
        assert_eq!(refused.code(), code);
        assert!(refused.message().contains(worker));
    }
}
