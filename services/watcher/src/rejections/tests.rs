use super::*;
use pushmail_domain::Clock as _;
use pushmail_testkit::MockClock;

const VERSION: u64 = 7;

fn minutes(count: u64) -> Duration {
    Duration::from_secs(count * 60)
}

#[test]
fn a_credential_is_tried_after_five_minutes_and_an_hour_and_then_not_again() {
    let clock = MockClock::new();
    let mut rejections = Rejections::default();
    assert_eq!(next(rejections, VERSION, clock.now()), Next::Now);
    for pause in [minutes(5), minutes(60)] {
        rejections = one_more(rejections, VERSION, clock.now());
        assert_eq!(next(rejections, VERSION, clock.now()), Next::After(pause));
        clock.advance(pause - Duration::from_secs(1));
        let left = Next::After(Duration::from_secs(1));
        assert_eq!(next(rejections, VERSION, clock.now()), left);
        clock.advance(Duration::from_secs(1));
        assert_eq!(next(rejections, VERSION, clock.now()), Next::Now);
    }
    rejections = one_more(rejections, VERSION, clock.now());
    clock.advance(minutes(100_000));
    assert_eq!(next(rejections, VERSION, clock.now()), Next::Never);
}

#[test]
fn a_new_owner_waits_for_what_is_left() {
    let clock = MockClock::new();
    let rejections = one_more(Rejections::default(), VERSION, clock.now());
    clock.advance(minutes(2));
    let left = Next::After(minutes(3));
    assert_eq!(next(rejections, VERSION, clock.now()), left);
}

#[test]
fn a_changed_account_begins_anew() {
    let clock = MockClock::new();
    let rejections = Rejections {
        count: 3,
        last_at: clock.now(),
        version: VERSION,
    };
    assert_eq!(next(rejections, VERSION + 1, clock.now()), Next::Now);
    assert_eq!(one_more(rejections, VERSION + 1, clock.now()).count, 1);
}

#[test]
fn a_wall_clock_that_was_set_back_makes_no_pause_longer() {
    let clock = MockClock::new();
    let rejections = one_more(Rejections::default(), VERSION, clock.now());
    clock.set_wall(clock.now().before(minutes(1000)));
    let whole = Next::After(minutes(5));
    assert_eq!(next(rejections, VERSION, clock.now()), whole);
}

#[test]
fn a_credential_is_proven_by_a_login_and_no_longer_by_a_rejection_or_a_change() {
    let status = |rejections| AccountStatus {
        rejections,
        ..AccountStatus::default()
    };
    let clock = MockClock::new();
    assert!(!proven(&AccountStatus::default(), VERSION));
    let logged_in = Rejections {
        version: VERSION,
        ..Rejections::default()
    };
    assert!(proven(&status(logged_in), VERSION));
    assert!(!proven(&status(logged_in), VERSION + 1));
    let rejected = one_more(logged_in, VERSION, clock.now());
    assert!(!proven(&status(rejected), VERSION));
    let attended = AccountStatus {
        phase: AccountPhase::NeedsAttention,
        ..status(logged_in)
    };
    assert!(!proven(&attended, VERSION));
}
