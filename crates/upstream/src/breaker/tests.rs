use super::*;
use crate::testing::ManualClock;

/// Always the same bytes: all zero gives the least.
struct Fixed(u8);

impl Entropy for Fixed {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(self.0);
    }
}

struct World {
    clock: Arc<ManualClock>,
    breakers: Arc<Breakers>,
    telemetry: Telemetry,
    provider: Provider,
}

fn world_with(entropy: u8) -> World {
    let clock = Arc::new(ManualClock::default());
    let telemetry = Telemetry::disabled();
    let breakers = Breakers::new(
        BreakerConfig::default(),
        clock.clone(),
        Arc::new(Fixed(entropy)),
        telemetry.clone(),
    );
    World {
        clock,
        breakers: Arc::new(breakers),
        telemetry,
        provider: Provider::new("Gmail", "imap.gmail.com"),
    }
}

fn world() -> World {
    world_with(0)
}

fn proven(number: u8) -> Caller {
    Caller {
        account: AccountId::from_bytes([number; 16]),
        proven: true,
    }
}

fn unproven(number: u8) -> Caller {
    Caller {
        proven: false,
        ..proven(number)
    }
}

impl World {
    fn admit(&self, caller: Caller) -> Result<Ticket, Blocked> {
        self.breakers.admit(&self.provider, caller)
    }

    fn succeeds(&self, caller: Caller) {
        self.admit(caller).unwrap().succeeded();
    }

    fn fails(&self, caller: Caller) {
        self.admit(caller).unwrap().failed(FaultKind::AuthRejected);
    }

    fn is_open(&self) -> bool {
        self.admit(proven(255)).is_err()
    }

    fn wait(&self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
    }

    /// Seven succeed, three fail.
    fn break_it(&self) {
        (0..7).for_each(|number| self.succeeds(proven(number)));
        (7..10).for_each(|number| self.fails(proven(number)));
        assert!(self.is_open());
    }

    fn metric(&self, name: &str) -> i64 {
        let text = self.telemetry.render();
        let mut values = text.lines().filter_map(|line| line.strip_prefix(name));
        values.next().unwrap().trim().parse().unwrap()
    }
}

#[test]
fn over_a_fifth_of_ten_logins_that_fail_open_it() {
    let world = world();
    (0..8).for_each(|number| world.succeeds(proven(number)));
    (8..10).for_each(|number| world.fails(proven(number)));
    assert!(!world.is_open(), "a fifth is not more than a fifth");
    world.fails(proven(10));
    assert!(world.is_open());
}

#[test]
fn fewer_than_ten_accounts_open_nothing() {
    let world = world();
    (0..9).for_each(|number| world.fails(proven(number)));
    assert!(!world.is_open());
}

#[test]
fn one_account_counts_once_however_often_it_fails() {
    let world = world();
    (0..9).for_each(|number| world.succeeds(proven(number)));
    (0..50).for_each(|_| world.fails(proven(9)));
    assert!(!world.is_open());
}

#[test]
fn what_failed_before_the_window_is_forgotten() {
    let world = world();
    (0..9).for_each(|number| world.fails(proven(number)));
    world.wait(61);
    (10..19).for_each(|number| world.succeeds(proven(number)));
    world.fails(proven(20));
    assert!(!world.is_open());
}

#[test]
fn accounts_that_never_could_log_in_do_not_shut_a_provider_for_others() {
    let world = world();
    (0..100).for_each(|number| world.fails(unproven(number)));
    assert!(!world.is_open());
}

#[test]
fn what_is_the_gateway_s_own_doing_or_one_account_s_settings_opens_nothing() {
    let world = world();
    for number in 0..20 {
        let ticket = world.admit(proven(number)).unwrap();
        ticket.failed(FaultKind::Internal);
        drop(world.admit(proven(number)).unwrap());
    }
    assert!(!world.is_open());
}

#[test]
fn another_provider_goes_on() {
    let world = world();
    world.break_it();
    let other = Provider::new("", "mail.example.org");
    assert!(world.breakers.admit(&other, proven(1)).is_ok());
}

#[test]
fn after_its_time_one_login_at_a_time_is_tried_and_three_in_a_row_close_it() {
    let world = world();
    world.break_it();
    world.wait(29);
    assert_eq!(
        world.admit(proven(1)).unwrap_err(),
        Blocked(Duration::from_secs(3))
    );
    world.wait(1);
    for number in 1..=3 {
        let trial = world.admit(proven(number)).unwrap();
        assert!(
            world.admit(proven(20)).is_err(),
            "a second trial beside the first"
        );
        trial.succeeded();
    }
    let together: Vec<_> = (1..5).map(|number| world.admit(proven(number))).collect();
    assert!(together.iter().all(Result::is_ok));
}

#[test]
fn a_trial_that_fails_opens_it_for_twice_as_long_up_to_a_cap() {
    let world = world();
    world.break_it();
    let mut pause = 30;
    for doubled in [60, 120, 120, 120] {
        world.wait(pause);
        world.fails(proven(1));
        world.wait(doubled - 1);
        assert!(world.is_open());
        pause = 1;
    }
}

#[test]
fn it_stays_open_for_up_to_a_quarter_longer_by_chance() {
    let world = world_with(0xff);
    world.break_it();
    world.wait(37);
    assert!(world.is_open());
    world.wait(1);
    assert!(!world.is_open());
}

#[test]
fn a_trial_that_says_nothing_makes_room_for_the_next() {
    let world = world();
    world.break_it();
    world.wait(30);
    drop(world.admit(proven(1)).unwrap());
    world.admit(proven(2)).unwrap().failed(FaultKind::Internal);
    assert!(world.admit(proven(3)).is_ok());
}

#[test]
fn a_login_from_before_it_opened_changes_nothing() {
    let world = world();
    let early = [(); 2].map(|()| world.admit(proven(30)).unwrap());
    world.break_it();
    let [first, second] = early;
    first.succeeded();
    assert!(world.is_open());
    world.wait(30);
    let trial = world.admit(proven(1)).unwrap();
    second.failed(FaultKind::Timeout);
    assert!(world.admit(proven(2)).is_err());
    trial.succeeded();
    assert!(world.admit(proven(2)).is_ok());
}

#[test]
fn a_login_that_waited_while_it_opened_does_not_go_out() {
    let world = world();
    let waiting = world.admit(proven(30)).unwrap();
    assert!(waiting.holds());
    world.break_it();
    assert!(!waiting.holds());
    world.wait(30);
    let trial = world.admit(proven(1)).unwrap();
    assert!(trial.holds() && !waiting.holds());
}

#[test]
fn trials_are_for_proven_accounts_unless_none_comes_for_a_window() {
    let world = world();
    world.break_it();
    world.wait(30);
    assert!(world.admit(unproven(40)).is_err());
    world.wait(60);
    world.fails(unproven(40));
    assert!(world.admit(proven(1)).is_ok(), "its failure proves nothing");
}

#[test]
fn it_closes_when_after_a_success_nobody_waits_any_more() {
    let world = world();
    world.break_it();
    world.wait(30);
    world.succeeds(proven(1));
    world.wait(60);
    let together: Vec<_> = (1..5).map(|number| world.admit(unproven(number))).collect();
    assert!(together.iter().all(Result::is_ok));
}

#[test]
fn it_opens_for_longer_until_it_was_closed_for_five_minutes() {
    let world = world();
    for (closed_for, open_for) in [(0, 30), (299, 60), (300, 30)] {
        world.wait(closed_for);
        world.break_it();
        world.wait(open_for - 1);
        assert!(world.is_open(), "after {closed_for} s");
        world.wait(1);
        (1..=3).for_each(|number| world.succeeds(proven(number)));
    }
}

#[test]
fn a_failure_around_the_time_it_was_open_is_excused() {
    let world = world();
    let at = Duration::from_secs;
    world.wait(1000);
    world.break_it();
    world.wait(30);
    (1..=3).for_each(|number| world.succeeds(proven(number)));
    let excused = |seconds| world.breakers.excuses(&world.provider, at(seconds));
    assert!(!excused(939), "over a minute before");
    assert!(excused(940) && excused(1000) && excused(1030));
    assert!(!excused(1031), "once it had closed");
}

#[test]
fn it_is_quiet_while_no_other_account_fails() {
    let world = world();
    let quiet = |number: u8| {
        let account = AccountId::from_bytes([number; 16]);
        world.breakers.is_quiet(&world.provider, account)
    };
    assert!(quiet(1));
    world.fails(proven(1));
    assert!(quiet(1) && !quiet(2));
    world.wait(61);
    assert!(quiet(2));
    world.break_it();
    assert!(!quiet(1));
}

#[test]
fn its_changes_are_counted_and_what_is_not_closed_is_shown() {
    let world = world();
    world.break_it();
    assert_eq!(world.metric("pushmail_breakers{position=\"opened\"}"), 1);
    world.wait(30);
    (1..=3).for_each(|number| world.succeeds(proven(number)));
    for position in ["opened", "half_open", "closed"] {
        let changes = format!("pushmail_breaker_changes_total{{to=\"{position}\"}}");
        assert_eq!(world.metric(&changes), 1, "{position}");
    }
    for position in ["opened", "half_open"] {
        let now = format!("pushmail_breakers{{position=\"{position}\"}}");
        assert_eq!(world.metric(&now), 0);
    }
}

#[test]
fn providers_of_which_nothing_has_to_be_kept_are_forgotten() {
    let world = world();
    for number in 0..KEPT {
        let provider = Provider::new("", &format!("host{number}.test"));
        let ticket = world.breakers.admit(&provider, proven(1)).unwrap();
        ticket.succeeded();
    }
    world.wait(61);
    world.succeeds(proven(1));
    assert_eq!(world.breakers.lock().len(), 1);
}
