//! What is done next, in the cases that matter.

use pushmail_operator::core::{Plan, Policy, Pool, Step, Waiting, Worker, plan};

const POLICY: Policy = Policy {
    target: 100,
    min: 1,
    max: 10,
    surge: 1,
};

fn worker(ordinal: u32) -> Worker {
    Worker {
        ordinal,
        outdated: false,
        ready: true,
        leaving: false,
        draining: false,
        shards: 10,
    }
}

/// So many workers that serve, and accounts.
fn pool(workers: u32, accounts: u64) -> Pool {
    Pool {
        replicas: workers,
        observed: true,
        workers: (0..workers).map(worker).collect(),
        accounts: Some(accounts),
    }
}

fn planned(pool: &Pool) -> Plan {
    plan(&POLICY, pool, None)
}

#[test]
fn a_pool_that_is_as_it_should_be_is_left_alone() {
    assert!(planned(&pool(3, 290)).is_settled());
}

#[test]
fn more_accounts_make_more_workers_at_once() {
    assert_eq!(planned(&pool(3, 600)).step, Some(Step::Resize(6)));
}

#[test]
fn the_highest_is_drained_before_the_set_shrinks() {
    let mut pool = pool(6, 200);
    assert_eq!(planned(&pool).step, Some(Step::Drain(5)));
    pool.workers[5].draining = true;
    assert_eq!(planned(&pool).waiting, Some(Waiting::Drained(5)));
    assert_eq!(planned(&pool).step, None);
    pool.workers[5].shards = 0;
    assert_eq!(planned(&pool).step, Some(Step::Resize(5)));
}

#[test]
fn a_worker_that_never_came_up_goes_without_a_drain() {
    let mut pool = pool(4, 200);
    pool.workers[3].ready = false;
    pool.workers[3].shards = 0;
    assert_eq!(planned(&pool).step, Some(Step::Resize(3)));
    pool.workers.pop();
    assert_eq!(planned(&pool).step, Some(Step::Resize(3)));
}

#[test]
fn nothing_shrinks_while_the_others_lack_the_room() {
    let mut pool = pool(4, 200);
    for ill in 0..2 {
        pool.workers[ill].ready = false;
    }
    assert_eq!(planned(&pool).waiting, Some(Waiting::Room));
}

#[test]
fn nothing_shrinks_or_rolls_while_the_fleet_is_unknown() {
    let mut pool = pool(4, 200);
    pool.workers[3].outdated = true;
    pool.accounts = None;
    assert_eq!(planned(&pool).waiting, Some(Waiting::Fleet));
}

#[test]
fn a_template_that_was_not_seen_yet_is_waited_for() {
    let mut pool = pool(4, 200);
    pool.observed = false;
    assert_eq!(planned(&pool).waiting, Some(Waiting::Template));
}

#[test]
fn a_roll_begins_with_the_surge_and_waits_for_it() {
    let mut pool = pool(2, 200);
    pool.workers[0].outdated = true;
    pool.workers[1].outdated = true;
    assert_eq!(planned(&pool).step, Some(Step::Resize(3)));
    pool.replicas = 3;
    let now = plan(&POLICY, &pool, Some(2));
    assert_eq!((now.step, now.waiting), (None, Some(Waiting::Ready(2))));
    pool.workers.push(worker(2));
    let now = plan(&POLICY, &pool, Some(2));
    assert_eq!(now.step, Some(Step::Drain(1)));
    assert!(now.rolling);
}

#[test]
fn a_worker_is_replaced_when_it_has_nothing_any_more() {
    let mut pool = pool(3, 200);
    pool.workers[1].outdated = true;
    pool.workers[1].draining = true;
    let now = plan(&POLICY, &pool, Some(2));
    assert_eq!(now.waiting, Some(Waiting::Drained(1)));
    pool.workers[1].shards = 0;
    assert_eq!(plan(&POLICY, &pool, Some(2)).step, Some(Step::Replace(1)));
    pool.workers[1].leaving = true;
    let now = plan(&POLICY, &pool, Some(2));
    assert_eq!((now.step, now.waiting), (None, Some(Waiting::Ready(1))));
}

#[test]
fn the_surge_goes_when_all_are_new() {
    let pool = pool(3, 200);
    assert_eq!(plan(&POLICY, &pool, Some(2)).step, Some(Step::Drain(2)));
}

#[test]
fn no_more_are_replaced_at_a_time_than_the_surge() {
    let mut pool = pool(5, 300);
    for worker in &mut pool.workers {
        worker.outdated = true;
    }
    pool.workers[4].draining = true;
    let two = Policy { surge: 2, ..POLICY };
    assert_eq!(plan(&two, &pool, Some(3)).step, Some(Step::Drain(3)));
    let now = plan(&Policy { surge: 1, ..two }, &pool, Some(4));
    assert_eq!((now.step, now.waiting), (None, Some(Waiting::Drained(4))));
}

#[test]
fn without_a_surge_workers_are_replaced_only_if_the_others_have_the_room() {
    let none = Policy { surge: 0, ..POLICY };
    let mut pool = pool(3, 300);
    pool.workers[2].outdated = true;
    assert_eq!(plan(&none, &pool, Some(3)).waiting, Some(Waiting::Room));
    pool.accounts = Some(200);
    let roomy = Policy { min: 3, ..none };
    assert_eq!(plan(&roomy, &pool, Some(3)).step, Some(Step::Drain(2)));
}

#[test]
fn a_template_that_heals_is_not_held_up_by_the_ill() {
    let mut pool = pool(3, 200);
    for worker in &mut pool.workers {
        worker.outdated = true;
        worker.ready = false;
        worker.shards = 0;
    }
    assert_eq!(plan(&POLICY, &pool, Some(2)).step, Some(Step::Replace(2)));
}

#[test]
fn a_bad_template_stops_at_the_first_worker() {
    let mut pool = pool(3, 200);
    pool.workers[0].outdated = true;
    pool.workers[1].outdated = true;
    pool.workers[2].ready = false;
    pool.workers[2].shards = 0;
    let now = plan(&POLICY, &pool, Some(2));
    assert_eq!((now.step, now.waiting), (None, Some(Waiting::Ready(2))));
}

#[test]
fn a_drained_worker_that_is_to_stay_is_started_anew() {
    let mut pool = pool(3, 300);
    pool.workers[2].draining = true;
    assert_eq!(planned(&pool).waiting, Some(Waiting::Drained(2)));
    pool.workers[2].shards = 0;
    assert_eq!(planned(&pool).step, Some(Step::Replace(2)));
}
