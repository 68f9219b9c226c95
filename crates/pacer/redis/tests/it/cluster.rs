//! Redis as a cluster.

use crate::contract::{config, process};
use pushmail_domain::{AccountId, Shard, TenantId};
use pushmail_pacer::{Ask, Bucket, Rate};
use pushmail_testkit::RedisCluster;
use std::time::Duration;

#[tokio::test]
async fn a_cluster_takes_calls_for_several_buckets_and_shards() {
    let Some(cluster) = RedisCluster::start() else {
        return;
    };
    let hosts: Vec<String> = cluster.urls();
    let hosts: Vec<&str> = hosts.iter().map(|url| &url["redis://".len()..]).collect();
    let mut config = config(format!("redis+cluster://{}", hosts.join(",")));
    config.seen_within = Duration::from_secs(600);
    let [one, two] = [(); 2].map(|()| process(&config));
    let buckets: Vec<Bucket> = (0..20)
        .map(|number| Bucket::Tenant(TenantId::from_bytes([number; 16])))
        .collect();
    let asks = |tokens| {
        let ask = |bucket| Ask {
            bucket,
            rate: Rate {
                burst: 5,
                every: Duration::from_secs(3600),
            },
            tokens,
            unused: 0,
        };
        buckets.iter().map(ask).collect::<Vec<_>>()
    };
    let all = |grants: Vec<pushmail_pacer::Grant>, tokens| {
        assert!(grants.iter().all(|grant| grant.tokens == tokens));
    };
    all(one.pacer.take(&asks(3)).await.unwrap(), 3);
    all(two.pacer.take(&asks(3)).await.unwrap(), 2);

    let accounts: Vec<AccountId> = (0..64)
        .map(|number| AccountId::from_bytes([number; 16]))
        .collect();
    one.devices.note(&accounts).await.unwrap();
    for account in accounts {
        let seen = two.devices.seen(Shard::of(account)).await.unwrap();
        assert!(seen.contains(&account));
    }
}
