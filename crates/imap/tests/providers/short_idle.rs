//! Yahoo and its kin, Rambler, mailbox.org: an IDLE that lasts too long is not answered any more.

use crate::watch::{HOUR, Watch, no_rule};
use pushmail_domain::{Blame, FaultKind};
use pushmail_imap::Quirks;
use pushmail_mailsim::Profile;

const USER: &str = "ann@x.test";

/// Without the rule, mail that comes after `seconds` of IDLE is told only when the probe finds the connection dead; and
/// the account learns from it, until its connections live.
async fn goes_deaf_after(seconds: u64, mut watch: Watch) {
    watch.connect().await.unwrap();
    watch.pass(seconds + 1).await;
    let begun = watch.interval();
    let seen = watch.seen_within(begun - seconds - 2).await;
    assert_eq!(seen, None, "told by an IDLE that died");
    watch.pass(32).await;
    assert_eq!(watch.ends[0].kind, FaultKind::Timeout);
    assert!(watch.interval() < begun);
    watch.keep_watching(1).await.unwrap();
    assert_eq!(watch.mail.len(), 1, "what came meanwhile");
}

#[tokio::test]
async fn yahoo_s_idle_is_begun_anew_within_three_minutes() {
    let watch = Watch::new("yahoo", "imap.mail.yahoo.com", USER).await;
    watch.by_token().idles_for(HOUR, 170).await;
}

#[tokio::test]
async fn yahoo_s_relatives_are_treated_alike() {
    for host in ["imap.aol.com", "imap.tools.sky.com"] {
        let mut watch = Watch::new("yahoo", host, USER).await;
        watch.idles_for(HOUR / 4, 170).await;
    }
}

#[tokio::test]
async fn yahoo_does_not_answer_an_account_without_the_rule() {
    let watch = Watch::without_rule("yahoo", USER).await;
    goes_deaf_after(180, watch).await;
}

/// The interval falls by a quarter at each death, until it is short enough.
#[tokio::test]
async fn an_account_without_the_rule_learns_what_yahoo_wants() {
    let mut watch = Watch::without_rule("yahoo", USER).await;
    watch.connect().await.unwrap();
    watch.keep_watching(HOUR).await.unwrap();
    let learned = watch.interval();
    assert!((60..180).contains(&learned), "{learned}");
    let ends = watch.ends.len();
    watch.keep_watching(HOUR).await.unwrap();
    assert_eq!(watch.ends.len(), ends);
    assert!(
        watch
            .ends
            .iter()
            .all(|end| end.kind.blame() != Blame::Account)
    );
}

#[tokio::test]
async fn rambler_s_idle_is_begun_anew_within_55_seconds() {
    let mut watch = Watch::new("rambler", "imap.rambler.ru", USER).await;
    watch.idles_for(HOUR, 50).await;
}

#[tokio::test]
async fn rambler_does_not_answer_an_account_without_the_rule() {
    let watch = Watch::without_rule("rambler", USER).await;
    goes_deaf_after(55, watch).await;
}

fn mailbox_org() -> Profile {
    let died = "source = '[D9]'\n[quirks]\nidle_dead_after = 1380";
    Profile::parse("mailbox.org", died).unwrap()
}

#[tokio::test]
async fn mailbox_org_s_idle_never_gets_old_enough_to_die() {
    let quirks = Quirks::of_host("imap.mailbox.org");
    let mut watch = Watch::with(mailbox_org(), quirks, USER).await;
    watch.idles_for(5 * HOUR, 300).await;
}

#[tokio::test]
async fn mailbox_org_does_not_answer_an_account_without_the_rule() {
    let mut watch = Watch::with(mailbox_org(), no_rule(), USER).await;
    watch.connect().await.unwrap();
    watch.pass(5 * HOUR).await;
    assert_eq!(watch.ends[0].kind, FaultKind::Timeout);
}
