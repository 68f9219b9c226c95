//! Login budgets of two processes on one Redis, which goes away and comes back.

use crate::contract::{config, process};
use pushmail_domain::{AccountId, TenantId};
use pushmail_pacer::{Ask, Bucket, Rate, Workers};
use pushmail_pacer_redis::{Config, RedisPacer};
use pushmail_runtime::{SystemClock, SystemEntropy, Telemetry};
use pushmail_testkit::Redis;
use pushmail_upstream::budget::{self, BudgetConfig, Deps, Kind, LoginBudget, ProviderBudget};
use pushmail_upstream::provider::Provider;
use pushmail_upstream::queue::Lane;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinSet;
use tokio::time::Instant;

const HOST: &str = "imap.example.org";

struct Worker {
    budget: Arc<LoginBudget>,
    telemetry: Telemetry,
}

impl Worker {
    /// One of two.
    fn new(config: &Config, rate: Rate) -> Self {
        let (workers, telemetry) = (Workers::default(), Telemetry::disabled());
        workers.set(2);
        let deps = Deps {
            pacer: Arc::new(RedisPacer::new(config, workers.clone()).unwrap()),
            workers,
            clock: Arc::new(SystemClock),
            entropy: Arc::new(SystemEntropy),
            telemetry: telemetry.clone(),
        };
        let budget = BudgetConfig {
            logins_per_provider: rate.burst,
            provider_login_every: rate.every,
            logins_per_account: 1_000,
            ..BudgetConfig::default()
        };
        Self {
            budget: Arc::new(LoginBudget::new(budget, deps)),
            telemetry,
        }
    }

    async fn log_in(budget: Arc<LoginBudget>, account: u8) {
        let ask = budget::Ask {
            account: AccountId::from_bytes([account; 16]),
            tenant: TenantId::from_bytes([1; 16]),
            host: HOST,
            provider: &Provider::new("", HOST),
            limits: ProviderBudget::default(),
            egress: None,
            kind: Kind::Watch,
            lane: Lane::Live,
        };
        drop(budget.acquire(&ask).await.unwrap());
    }

    async fn log_in_often(&self, times: u8) {
        for _ in 0..times {
            Self::log_in(self.budget.clone(), 1).await;
        }
    }

    fn is_away(&self) -> bool {
        self.telemetry.render().contains("pushmail_pacer_away 1")
    }
}

#[tokio::test]
async fn two_workers_together_get_what_the_provider_bears() {
    let Some(redis) = Redis::start() else {
        return;
    };
    let config = config(redis.url());
    let rate = Rate {
        burst: 10,
        every: Duration::from_secs(3600),
    };
    let workers = [(); 2].map(|()| Worker::new(&config, rate));
    let mut logins = JoinSet::new();
    for account in 0..20 {
        for worker in &workers {
            logins.spawn(Worker::log_in(worker.budget.clone(), account));
        }
    }
    for _ in 0..10 {
        logins.join_next().await.unwrap().unwrap();
    }
    // Nothing is left, so that nobody else can get anything.
    let bucket = Bucket::Provider {
        provider: "example.org".to_owned(),
        egress: None,
    };
    let ask = Ask {
        bucket: &bucket,
        rate,
        tokens: 1,
        unused: 0,
    };
    let grants = process(&config).pacer.take(&[ask]).await.unwrap();
    assert_eq!(grants[0].tokens, 0);
    assert!(logins.try_join_next().is_none());
}

#[tokio::test]
async fn without_redis_each_has_its_share_until_it_is_back() {
    let Some(mut redis) = Redis::start() else {
        return;
    };
    let config = config(redis.url());
    let rate = Rate {
        burst: 2,
        every: Duration::from_millis(200),
    };
    let [one, two] = [(); 2].map(|()| Worker::new(&config, rate));
    one.log_in_often(1).await;
    assert!(!one.is_away());

    redis.kill();
    let began = Instant::now();
    tokio::join!(one.log_in_often(5), two.log_in_often(5));
    // One each 400 ms, but for the first.
    assert!(began.elapsed() >= Duration::from_millis(1_590));
    assert!(one.is_away() && two.is_away());

    redis.start_again();
    for worker in [&one, &two] {
        while worker.is_away() {
            worker.log_in_often(1).await;
        }
    }
    let spent = process(&config).pacer;
    let bucket = Bucket::Provider {
        provider: "example.org".to_owned(),
        egress: None,
    };
    let all = Ask {
        bucket: &bucket,
        rate,
        tokens: 2,
        unused: 0,
    };
    spent.take(&[all]).await.unwrap();
    let began = Instant::now();
    tokio::join!(one.log_in_often(5), two.log_in_often(5));
    // Ten together, one each 200 ms: nine at least had to come first.
    assert!(began.elapsed() >= Duration::from_millis(1_590));
}
