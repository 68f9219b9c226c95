use super::*;
use crate::testing::{ManualClock, now_or_never};
use pushmail_pacer::Workers;
use pushmail_pacer_embedded::EmbeddedPacer;
use pushmail_runtime::{SystemEntropy, Telemetry};
use tokio::task::unconstrained;

const ANN: AccountId = AccountId::from_bytes([1; 16]);
const BOB: AccountId = AccountId::from_bytes([2; 16]);
const TENANT: TenantId = TenantId::from_bytes([1; 16]);
const HOST: &str = "imap.example.org";

struct World {
    clock: Arc<ManualClock>,
    budget: LoginBudget,
    provider: Provider,
    limits: ProviderBudget,
}

impl World {
    fn new(config: BudgetConfig) -> Self {
        let clock = Arc::new(ManualClock::default());
        Self {
            budget: LoginBudget::new(config, deps(&clock)),
            clock,
            provider: Provider::new("", HOST),
            limits: ProviderBudget::default(),
        }
    }

    fn ask(&self, account: AccountId, kind: Kind) -> Ask<'_> {
        Ask {
            account,
            tenant: TENANT,
            host: HOST,
            provider: &self.provider,
            limits: self.limits,
            egress: None,
            kind,
            lane: match kind {
                Kind::Watch => Lane::Live,
                Kind::Session => Lane::Session,
            },
        }
    }

    /// The permit, if it is to be had at once.
    fn acquire(&self, account: AccountId, kind: Kind) -> Option<Permit> {
        // Many are asked for in one go, which a task of the runtime would be interrupted for.
        let ask = self.ask(account, kind);
        let acquired = unconstrained(self.budget.acquire(&ask));
        now_or_never(acquired).map(Result::unwrap)
    }

    fn full(&self, account: AccountId, kind: Kind) -> bool {
        self.budget.is_full(&self.ask(account, kind))
    }
}

fn deps(clock: &Arc<ManualClock>) -> Deps {
    Deps {
        pacer: Arc::new(EmbeddedPacer::new(clock.clone())),
        workers: Workers::default(),
        clock: clock.clone(),
        entropy: Arc::new(SystemEntropy),
        telemetry: Telemetry::disabled(),
    }
}

fn config() -> BudgetConfig {
    BudgetConfig::default()
}

fn account(number: u8) -> AccountId {
    AccountId::from_bytes([number; 16])
}

#[test]
fn an_account_has_a_watch_connection_and_one_session() {
    let world = World::new(config());
    let session = world.acquire(ANN, Kind::Session).unwrap();
    assert!(world.full(ANN, Kind::Session));
    assert!(world.acquire(ANN, Kind::Session).is_none());
    let watch = world.acquire(ANN, Kind::Watch).unwrap();
    assert!(world.acquire(ANN, Kind::Watch).is_none());
    assert!(world.acquire(BOB, Kind::Session).is_some());
    drop(session);
    assert!(world.acquire(ANN, Kind::Session).is_some());
    drop(watch);
    assert!(world.acquire(ANN, Kind::Watch).is_some());
}

#[test]
fn where_an_account_may_have_one_connection_it_is_the_watch_connection_s() {
    let mut world = World::new(config());
    world.limits.connections = Some(1);
    let ask = world.ask(ANN, Kind::Session);
    let fault = now_or_never(world.budget.acquire(&ask)).unwrap();
    assert_eq!(fault.unwrap_err().kind, FaultKind::Throttled);
    assert!(world.acquire(ANN, Kind::Watch).is_some());
}

#[tokio::test]
async fn what_is_known_of_a_provider_never_raises_the_budget() {
    let mut world = World::new(config());
    world.limits = ProviderBudget {
        connections: Some(15),
        account_login_every: Some(1),
        logins_per_minute: Some(1_000_000),
    };
    let held = world.acquire(ANN, Kind::Session).unwrap();
    assert!(world.acquire(ANN, Kind::Session).is_none());
    drop(held);
    let logins = (0..20).filter(|_| world.acquire(ANN, Kind::Watch).is_some());
    assert_eq!(logins.count(), 9, "and the session's");
}

#[test]
fn a_host_has_room_for_so_many_and_a_tenth_of_it_is_for_sessions() {
    let world = World::new(BudgetConfig {
        connections_per_host: 10,
        ..config()
    });
    let take = |kind| {
        let permits = (0..20).filter_map(|number| world.acquire(account(number), kind));
        permits.collect::<Vec<_>>()
    };
    let sessions = take(Kind::Session);
    let watches = take(Kind::Watch);
    assert_eq!((sessions.len(), watches.len()), (1, 9));
    assert!(world.full(account(30), Kind::Watch));
    drop(watches);
    assert!(!world.full(account(30), Kind::Watch));
}

#[tokio::test]
async fn a_place_that_is_given_back_goes_to_the_one_who_waits() {
    let world = World::new(config());
    let held = world.acquire(ANN, Kind::Session).unwrap();
    let ask = world.ask(ANN, Kind::Session);
    let free = async {
        tokio::task::yield_now().await;
        drop(held);
    };
    let (permit, ()) = tokio::join!(world.budget.acquire(&ask), free);
    assert!(permit.is_ok());
}

#[tokio::test]
async fn sessions_leave_the_watch_connection_its_login() {
    let world = World::new(config());
    let sessions = (0..20).filter(|_| world.acquire(ANN, Kind::Session).is_some());
    assert_eq!(sessions.count(), 9);
    assert!(world.acquire(ANN, Kind::Watch).is_some());
    assert!(world.acquire(ANN, Kind::Watch).is_none());
    world.clock.advance(Duration::from_secs(10));
    assert!(world.acquire(ANN, Kind::Session).is_none());
    assert!(world.acquire(ANN, Kind::Watch).is_some());
}

#[tokio::test]
async fn a_provider_gets_so_many_logins_at_once_and_then_one_at_a_time() {
    let mut world = World::new(config());
    world.limits.logins_per_minute = Some(6);
    let logins = |from: u8| {
        let at = from..from + 20;
        at.filter(|number| world.acquire(account(*number), Kind::Watch).is_some())
            .count()
    };
    assert_eq!(logins(0), 6);
    assert_eq!(logins(20), 0);
    world.clock.advance(Duration::from_secs(9));
    assert_eq!(logins(40), 0);
    world.clock.advance(Duration::from_secs(1));
    assert_eq!(logins(60), 1);
    let other = Provider::new("", "mail.example.com");
    let ask = Ask {
        provider: &other,
        ..world.ask(BOB, Kind::Watch)
    };
    assert!(now_or_never(world.budget.acquire(&ask)).is_some());
}

#[tokio::test(start_paused = true)]
async fn a_watch_connection_waits_for_one_session_at_most() {
    let world = World::new(BudgetConfig {
        logins_per_provider: 1,
        provider_login_every: Duration::from_secs(60),
        ..config()
    });
    let first = world.acquire(BOB, Kind::Watch).unwrap();
    let asks: Vec<_> = (10..30)
        .map(|number| world.ask(account(number), Kind::Session))
        .collect();
    let mut sessions: Vec<_> = asks
        .iter()
        .map(|ask| Box::pin(world.budget.acquire(ask)))
        .collect();
    for session in &mut sessions {
        assert!(now_or_never(session.as_mut()).is_none());
    }
    let ask = world.ask(ANN, Kind::Watch);
    let mut watch = Box::pin(world.budget.acquire(&ask));
    assert!(now_or_never(watch.as_mut()).is_none());
    for _ in 0..2 {
        world.clock.advance(Duration::from_secs(60));
        tokio::time::advance(Duration::from_secs(60)).await;
        sessions.retain_mut(|session| now_or_never(session.as_mut()).is_none());
    }
    assert_eq!(sessions.len(), 19);
    assert!(now_or_never(watch).is_some());
    drop(first);
}

mod shared;
