//! A fleet of twenty keeps the bounds that one of a thousand has to keep.

use pushmail_simulation::scale::{Report, Scale, Scenario, play, spread};

fn report(scenario: Scenario) -> Report {
    let scale = Scale {
        workers: 20,
        accounts: 20_000,
        seed: 1,
        turns: true,
    };
    let report = play(scale, scenario, &spread(scale));
    assert_eq!(report.broken, Vec::<String>::new(), "{report:?}");
    report
}

#[test]
fn the_dead_are_replaced_by_all_others_alike() {
    let report = report(Scenario::Lose(10));
    assert_eq!(report.workers, (20, 10));
    assert_eq!(
        report.shards_moved, report.least_moves,
        "nobody else's move"
    );
    let accounts = report.accounts_moved;
    assert!(
        (8_000..12_000).contains(&accounts),
        "half of all: {accounts}"
    );
}

#[test]
fn one_that_joins_gets_its_share() {
    let report = report(Scenario::Join);
    assert_eq!(report.workers, (20, 21));
    let (least, most) = report.shards_of_one;
    assert!(least >= 175 && most <= 215, "{least} to {most} of 195");
}

#[test]
fn a_lost_table_moves_nothing() {
    let report = report(Scenario::Flush);
    assert_eq!((report.shards_moved, report.accounts_moved), (0, 0));
}

#[test]
fn a_restarted_fleet_is_whole_again() {
    let report = report(Scenario::Roll);
    assert_eq!(report.workers, (20, 20));
}
