//! The conversation, from OPTIONS to the first mail.

use crate::transcript::{OPENING, RESUMING, resumed, run, settings};
use pushmail_domain::EventScope;
use pushmail_eas::Settings;

/// What follows when the inbox was empty.
const BASELINE: &str = "
    C: Sync 5 0 window=100 body=1/512 filter=2
    S: Sync 5 1 k1
    C: Sync 5 k1 window=100 body=1/512 filter=2
    S: Sync empty
    LIVE 5=k1
    SYNCED list 1
    C: Ping 480 5
    PARK
";

#[test]
fn what_was_there_before_is_passed_over_and_the_account_is_live() {
    run(settings(), &[OPENING, BASELINE]);
}

#[test]
fn a_baseline_of_many_windows_is_drained_before_the_account_is_live() {
    let baseline = "
        C: Sync 5 0 window=100 body=1/512 filter=2
        S: Sync 5 1 k1
        C: Sync 5 k1 window=100 body=1/512 filter=2
        S: Sync 5 1 k2 more +5:1=old +5:2=older
        C: Sync 5 k2 window=100 body=1/512 filter=2
        S: Sync 5 1 k3 +5:3=oldest
        LIVE 5=k3
        SYNCED list 1
        C: Ping 480 5
        PARK
    ";
    run(settings(), &[OPENING, baseline]);
}

#[test]
fn a_ping_that_says_so_brings_new_mail_and_its_key_is_told_before_it_is_sent() {
    let mail = "
        S: Ping 2 5
        CREDENTIAL
        C: Sync 5 k1 window=50 body=4/10240 filter=2 mime=2
        S: Sync 5 1 k2 more +5:1=Subject:_one
        NEW 5 5:1 Subject: one
        SYNCED 5 k2
        C: Sync 5 k2 window=50 body=4/10240 filter=2 mime=2
        S: Sync 5 1 k3 +5:2=Subject:_two
        NEW 5 5:2 Subject: two
        SYNCED 5 k3
        C: Ping
        PARK
    ";
    run(resumed("k1"), &[RESUMING, mail]);
}

#[test]
fn a_window_that_brings_nothing_but_a_key_has_the_key_told() {
    let moved = "
        S: Ping 2 5
        CREDENTIAL
        C: Sync 5 k1 window=50 body=4/10240 filter=2 mime=2
        S: Sync 5 1 k2
        SYNCED 5 k2
        C: Ping
        PARK
    ";
    run(resumed("k1"), &[RESUMING, moved]);
}

#[test]
fn what_came_while_nobody_watched_is_told_once_the_account_is_live() {
    let missed = "
        C: OPTIONS
        S: OPTIONS 16.1
        C: FolderSync 1
        S: FolderSync 1 1
        LIVE
        C: Sync 5 k1 window=50 body=4/10240 filter=2 mime=2
        S: Sync 5 1 k2 +5:9=Subject:_missed
        NEW 5 5:9 Subject: missed
        SYNCED 5 k2
        C: Ping 480 5
        PARK
    ";
    run(resumed("k1"), &[missed]);
}

#[test]
fn marks_drafts_and_deletions_are_told_where_all_is_wanted_and_what_left_the_filter_is_not() {
    let changes = "
        S: Ping 2 5
        CREDENTIAL
        C: Sync 5 k1 window=50 body=4/10240 filter=2 mime=2
        S: Sync 5 1 k2 ~5:1=read -5:2 !5:3 ~5:4=Subject:_draft
        MARKED 5 5:1 seen=true
        GONE 5 5:2
        CHANGED 5 5:4 Subject: draft
        SYNCED 5 k2
        C: Ping
        PARK
    ";
    let all = Settings {
        events: EventScope::All,
        ..resumed("k1")
    };
    run(all, &[RESUMING, changes]);
    let only_new = "
        S: Ping 2 5
        CREDENTIAL
        C: Sync 5 k1 window=50 body=4/10240 filter=2 mime=2
        S: Sync 5 1 k2 ~5:1=read -5:2
        SYNCED 5 k2
        C: Ping
        PARK
    ";
    run(resumed("k1"), &[RESUMING, only_new]);
}

#[test]
fn a_mail_that_comes_whole_as_changed_may_be_new_unless_it_is_old() {
    let missed = "
        C: OPTIONS
        S: OPTIONS 14.1
        C: FolderSync 1
        S: FolderSync 1 1
        LIVE
        C: Sync 5 k1 window=50 body=4/10240 filter=2 mime=2
        S: Sync 5 1 k2 ~5:7=Subject:_unknown
        CHANGED 5 5:7 Subject: unknown or new
        SYNCED 5 k2
        C: Ping 480 5
        PARK
        S: Ping 2 5
        CREDENTIAL
        C: Sync 5 k2 window=50 body=4/10240 filter=2 mime=2
        S: Sync 5 1 k3 ~5:7=Subject:_unknown
        SYNCED 5 k3
        C: Ping
        PARK
    ";
    run(resumed("k1"), &[missed]);
}
