//! What goes wrong without a word: IDLE that tells nothing, connections that die behind a NAT.

use crate::manners::Manners;
use crate::watch::{HOUR, Watch, no_rule};
use pushmail_domain::FaultKind;
use pushmail_mailsim::Profile;

const USER: &str = "ann@x.test";

async fn plain() -> Watch {
    let mut watch = Watch::without_rule("plain", USER).await;
    watch.connect().await.unwrap();
    watch
}

#[tokio::test]
async fn mail_that_idle_does_not_tell_of_is_found_by_the_probe_and_the_account_is_polled_from_then_on()
 {
    let mut watch = plain().await;
    watch.sim.deafen_idle(USER, true);
    assert_eq!(watch.seen_within(540).await, Some(540));
    assert!(watch.learned().deaf);
    let idles = Manners::of(&watch).count("IDLE");
    assert!(watch.seen_within(60).await.is_some());
    watch.sim.disconnect_all();
    watch.keep_watching(60).await.unwrap();
    assert!(watch.is_connected());
    assert!(watch.seen_within(300).await.is_some());
    let manners = Manners::of(&watch);
    assert_eq!(
        manners.count("IDLE"),
        idles,
        "none since, on either connection"
    );
    manners.are_good(2, 2);
}

#[tokio::test]
async fn a_connection_that_died_silently_is_found_within_the_interval_which_falls() {
    let mut watch = plain().await;
    let interval = watch.interval();
    watch.pass(100).await;
    watch.sim.freeze(USER);
    watch.deliver();
    // The interval began with IDLE; the probe is given 30 s.
    watch.pass(interval - 100 + 29).await;
    assert!(watch.is_connected());
    watch.pass(1).await;
    assert_eq!(watch.ends[0].kind, FaultKind::Timeout);
    assert!(watch.interval() < interval, "{}", watch.interval());
    watch.keep_watching(1).await.unwrap();
    assert_eq!(watch.mail.len(), 1);
}

#[tokio::test]
async fn a_server_that_restarts_teaches_nothing_unless_it_does_so_again() {
    let mut watch = plain().await;
    for interval in [540, 150] {
        watch.pass(200).await;
        watch.sim.disconnect_all();
        watch.pass(1).await;
        assert_eq!(watch.ends.pop().unwrap().kind, FaultKind::Closed);
        assert_eq!(watch.interval(), interval);
        watch.connect().await.unwrap();
    }
}

/// A server that says it is there every `period` seconds is missed when that fails to come two and a half times.
async fn is_missed(period: u64) {
    let table = format!("source = '[J12]'\n[quirks]\nstill_here = {period}");
    let profile = Profile::parse("still here", &table).unwrap();
    let mut watch = Watch::with(profile, no_rule(), USER).await;
    watch.connect().await.unwrap();
    watch.pass(2 * period + 5).await;
    watch.sim.freeze(USER);
    let sent =
        |watch: &Watch, what: &str| watch.transcript().iter().any(|line| line.ends_with(what));
    watch.pass(period * 5 / 2 - 6).await;
    assert!(!sent(&watch, "DONE"), "before it was missed");
    watch.pass(3).await;
    assert!(sent(&watch, "DONE"));
    watch.pass(30).await;
    assert_eq!(watch.ends[0].kind, FaultKind::Timeout);
}

#[tokio::test]
async fn a_server_that_stops_saying_it_is_there_is_probed_after_two_and_a_half_of_its_periods() {
    for period in [30, 60, 120] {
        is_missed(period).await;
    }
}

#[tokio::test]
async fn a_server_that_goes_on_saying_it_is_there_is_left_in_peace() {
    let mut watch = Watch::without_rule("dovecot", USER).await;
    watch.idles_for(3 * HOUR, 540).await;
}
