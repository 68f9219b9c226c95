//! The tokens that processes share, and what happens without them.

use super::*;
use async_trait::async_trait;
use pushmail_domain::Entropy;
use pushmail_pacer::{Ask as Wanted, Grant, Pacer, PacerError};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// Always the same bytes: all ones give the greatest number.
struct Greatest;

impl Entropy for Greatest {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(0xff);
    }
}

/// A pacer that can be out of reach.
struct Shaky {
    pacer: EmbeddedPacer,
    away: AtomicBool,
    calls: AtomicUsize,
}

#[async_trait]
impl Pacer for Shaky {
    async fn take(&self, asks: &[Wanted<'_>]) -> Result<Vec<Grant>, PacerError> {
        self.calls.fetch_add(1, Ordering::SeqCst);
        if self.away.load(Ordering::SeqCst) {
            return Err(PacerError("it was sent away".into()));
        }
        self.pacer.take(asks).await
    }
}

/// Workers of a fleet.
struct Fleet {
    clock: Arc<ManualClock>,
    pacer: Arc<Shaky>,
    workers: Workers,
    telemetry: Telemetry,
    budgets: Vec<LoginBudget>,
    provider: Provider,
}

impl Fleet {
    fn new(workers: usize, config: &BudgetConfig) -> Self {
        let clock = Arc::new(ManualClock::default());
        let mut fleet = Self {
            pacer: Arc::new(Shaky {
                pacer: EmbeddedPacer::new(clock.clone()),
                away: AtomicBool::new(false),
                calls: AtomicUsize::new(0),
            }),
            clock,
            workers: Workers::default(),
            telemetry: Telemetry::disabled(),
            budgets: Vec::new(),
            provider: Provider::new("", HOST),
        };
        fleet.workers.set(workers);
        for _ in 0..workers {
            let deps = Deps {
                pacer: fleet.pacer.clone(),
                workers: fleet.workers.clone(),
                clock: fleet.clock.clone(),
                entropy: Arc::new(Greatest),
                telemetry: fleet.telemetry.clone(),
            };
            fleet.budgets.push(LoginBudget::new(config.clone(), deps));
        }
        fleet
    }

    fn ask(&self, number: u8, lane: Lane) -> Ask<'_> {
        Ask {
            account: account(number),
            tenant: TENANT,
            host: HOST,
            provider: &self.provider,
            limits: ProviderBudget::default(),
            egress: None,
            kind: Kind::Watch,
            lane,
        }
    }

    /// How many of so many logins each worker has at once.
    fn logins(&self, each: u8) -> usize {
        let logs_in = |budget: &LoginBudget, number| {
            let ask = self.ask(number, Lane::Live);
            now_or_never(unconstrained(budget.acquire(&ask))).is_some()
        };
        let budgets = self.budgets.iter();
        let logins = budgets.flat_map(|budget| (0..each).map(move |number| (budget, number)));
        logins
            .filter(|(budget, number)| logs_in(budget, *number))
            .count()
    }

    fn away(&self, away: bool) {
        self.pacer.away.store(away, Ordering::SeqCst);
    }

    fn is_away(&self) -> bool {
        let metrics = self.telemetry.render();
        !metrics.contains("pushmail_pacer_away 0")
    }

    fn pass(&self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
    }
}

fn slow(burst: u32) -> BudgetConfig {
    BudgetConfig {
        logins_per_provider: burst,
        provider_login_every: Duration::from_secs(6),
        logins_per_account: 1_000,
        ..config()
    }
}

#[tokio::test]
async fn workers_share_a_provider_s_logins() {
    let fleet = Fleet::new(3, &slow(10));
    assert_eq!(fleet.logins(8), 10);
    assert_eq!(fleet.logins(8), 0);
    fleet.pass(6 * 4);
    assert_eq!(fleet.logins(8), 4);
}

#[tokio::test]
async fn a_tenant_s_logins_are_counted_wherever_they_go() {
    let fleet = Fleet::new(
        2,
        &BudgetConfig {
            logins_per_tenant: 5,
            tenant_login_every: Duration::from_secs(60),
            ..config()
        },
    );
    assert_eq!(fleet.logins(4), 5);
    let ask = Ask {
        tenant: TenantId::from_bytes([2; 16]),
        ..fleet.ask(9, Lane::Live)
    };
    assert!(now_or_never(fleet.budgets[0].acquire(&ask)).is_some());
}

#[tokio::test]
async fn each_source_address_has_logins_and_connections_of_its_own() {
    let config = BudgetConfig {
        connections_per_host: 3,
        ..slow(2)
    };
    let fleet = Fleet::new(1, &config);
    let from = |number: u8| Some([192, 0, 2, number].into());
    let take = |number, egress| {
        let ask = Ask {
            egress,
            ..fleet.ask(number, Lane::Live)
        };
        let full = fleet.budgets[0].is_full(&ask);
        let permit = now_or_never(unconstrained(fleet.budgets[0].acquire(&ask)));
        assert!(full <= permit.is_none());
        permit
    };
    let (one, two) = (take(1, from(1)).unwrap(), take(2, from(1)).unwrap());
    // The host has no more room for this address, and the provider no more logins.
    assert!(take(3, from(1)).is_none());
    assert!(take(3, from(2)).is_some());
    drop((one, two));
    assert!(take(3, from(1)).is_none());
}

#[tokio::test]
async fn without_the_pacer_each_worker_has_its_share_and_with_it_again_they_share() {
    let fleet = Fleet::new(4, &slow(40));
    assert_eq!(fleet.logins(10), 40);
    assert!(!fleet.is_away());
    fleet.away(true);
    fleet.pass(600);
    assert_eq!(fleet.logins(10), 0, "it may have been taken by others");
    assert!(fleet.is_away());
    // One in four times 6 s for each worker; the first within that.
    let mut logins = 0;
    for _ in 0..100 {
        fleet.pass(6);
        logins += fleet.logins(2);
    }
    assert!((90..=100).contains(&logins), "{logins}");

    fleet.away(false);
    fleet.pass(6);
    let before = fleet.pacer.calls.load(Ordering::SeqCst);
    assert_eq!(fleet.logins(20), 40, "it was full again");
    assert!(fleet.pacer.calls.load(Ordering::SeqCst) > before);
    assert!(!fleet.is_away());
    assert_eq!(fleet.logins(2), 0);
}

#[tokio::test]
async fn a_pacer_that_is_away_is_not_asked_at_every_login() {
    let fleet = Fleet::new(1, &slow(4));
    fleet.away(true);
    fleet.logins(50);
    assert_eq!(fleet.pacer.calls.load(Ordering::SeqCst), 1);
    fleet.pass(5);
    fleet.logins(50);
    assert_eq!(fleet.pacer.calls.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn more_workers_make_each_share_smaller_at_once() {
    let fleet = Fleet::new(1, &slow(4));
    fleet.away(true);
    let in_ten_minutes = || {
        let passed = (0..100).map(|_| {
            fleet.pass(6);
            fleet.logins(2)
        });
        passed.sum::<usize>()
    };
    let logins = in_ten_minutes();
    assert!((98..=100).contains(&logins), "{logins}");
    fleet.workers.set(10);
    let logins = in_ten_minutes();
    assert!((9..=11).contains(&logins), "{logins}");
}

/// A token goes to the most urgent, not to who waited for it first.
#[tokio::test(start_paused = true)]
async fn when_a_token_comes_the_most_urgent_has_it() {
    let fleet = Fleet::new(1, &slow(1));
    assert_eq!(fleet.logins(1), 1);
    let asks = [Lane::New, Lane::Live, Lane::Device].map(|lane| fleet.ask(2 + lane as u8, lane));
    let budget = &fleet.budgets[0];
    let mut waiting: Vec<_> = asks
        .iter()
        .map(|ask| (ask.lane, Box::pin(budget.acquire(ask))))
        .collect();
    let mut served = Vec::new();
    // At first all of them join; then each token is fetched by one and served to one.
    for _ in 0..8 {
        waiting.retain_mut(|(lane, waiting)| {
            let is_served = now_or_never(waiting.as_mut()).is_some();
            served.extend(is_served.then_some(*lane));
            !is_served
        });
        fleet.pass(3);
        tokio::time::advance(Duration::from_secs(3)).await;
    }
    assert_eq!(served, [Lane::Device, Lane::Live, Lane::New]);
}

/// Many lines need tokens at the same time: one call asks for all.
#[tokio::test]
async fn those_who_wait_meanwhile_are_asked_for_together() {
    let fleet = Fleet::new(1, &slow(10));
    let (first, second) = (fleet.ask(1, Lane::Live), fleet.ask(2, Lane::Live));
    let budget = &fleet.budgets[0];
    let both = async { tokio::join!(budget.acquire(&first), budget.acquire(&second)) };
    assert!(now_or_never(unconstrained(both)).is_some());
    assert!(fleet.pacer.calls.load(Ordering::SeqCst) <= 4);
}

/// Who was asked for and is gone by then leaves its token to others.
#[tokio::test]
async fn what_nobody_needs_any_more_goes_back() {
    let fleet = Fleet::new(1, &slow(5));
    let till = Till::new(fleet.budgets[0].till.deps.clone());
    let bucket = Bucket::Tenant(TENANT);
    let rate = Rate {
        burst: 5,
        every: Duration::from_secs(60),
    };
    let take = async |tokens| till.take(&bucket, rate, tokens).await.unwrap().tokens;
    assert_eq!((take(5).await, take(1).await), (5, 0));
    till.give_back(&bucket, rate, 3);
    assert_eq!(take(9).await, 3);
}
