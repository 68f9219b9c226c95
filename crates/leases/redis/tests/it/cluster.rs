//! Redis as a cluster.

use crate::contract::{handle, rings, steady};
use pushmail_leases::contract::sample::Worker;
use pushmail_testkit::RedisCluster;

/// How many slots a cluster has, and nodes that share them evenly.
const SLOTS: usize = 16_384;
const NODES: usize = 3;

/// The node that has the table.
async fn keeper(cluster: &RedisCluster) -> usize {
    let client = redis::Client::open(cluster.urls()[0].as_str()).unwrap();
    let mut connection = client.get_multiplexed_async_connection().await.unwrap();
    let slot = redis::cmd("CLUSTER")
        .arg("KEYSLOT")
        .arg("{pushmail:fleet}:state")
        .query_async::<usize>(&mut connection)
        .await
        .unwrap();
    (0..NODES)
        .rfind(|node| SLOTS * node / NODES <= slot)
        .unwrap()
}

#[tokio::test]
async fn a_cluster_keeps_the_table_on_one_node_and_wakes_from_any() {
    let Some(mut cluster) = RedisCluster::start() else {
        return;
    };
    let hosts: Vec<String> = cluster.urls();
    let hosts: Vec<&str> = hosts.iter().map(|url| &url["redis://".len()..]).collect();
    let config = steady(format!("redis+cluster://{}", hosts.join(",")));
    let mut workers = [1, 2].map(|number| Worker::new(handle(&config), number));
    let [one, two] = &mut workers;
    one.claim(0..10).await;
    two.beat().await;
    let mut wakes = Vec::new();
    for _ in 0..NODES {
        wakes.push(two.leases.wakes(two.id()).await.unwrap());
    }
    one.give(1, Some(two.id())).await;
    for wakes in &mut wakes {
        rings(wakes).await;
    }
    two.beat().await;
    assert_eq!((two.owned(), two.known.owners.len()), (vec![1], 10));

    let keeper = keeper(&cluster).await;
    let before = two.known.version;
    cluster.node_mut(keeper).kill();
    cluster.node_mut(keeper).start_again();
    cluster.wait_ready();
    let answer = one.hold([0, 2]).await;
    assert_ne!(answer.version.incarnation, before.incarnation);
    two.hold([1]).await;
    assert_eq!((two.owned(), two.owner(0)), (vec![1], Some(one.id())));
    one.leases.leave(one.id()).await.unwrap();
    assert_eq!(two.leases.view().await.unwrap().members.len(), 1);
}
