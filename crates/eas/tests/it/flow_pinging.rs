//! How the conversation waits: heartbeats, and connections that do not last.

use crate::transcript::{RESUMING, resumed, run};

#[test]
fn a_heartbeat_that_passes_is_followed_by_an_empty_ping_and_three_by_a_longer_one() {
    let same = "
        WAIT 480
        S: Ping 1
        CREDENTIAL
        C: Ping
        PARK
    ";
    let longer = "
        WAIT 480
        S: Ping 1
        CREDENTIAL
        C: Ping 600 5
        PARK
    ";
    // The list of folders is asked for every 15 minutes, for servers whose Ping does not tell of new ones.
    let list = "
        WAIT 480
        S: Ping 1
        CREDENTIAL
        C: FolderSync 1
        S: FolderSync 1 1
        C: Ping
        PARK
    ";
    run(resumed("k1"), &[RESUMING, same, list, longer]);
}

#[test]
fn a_ping_that_nobody_answers_is_given_up_and_a_shorter_one_is_tried() {
    let lost = "
        WAIT 525
        REDIAL mail.example.org:443
        CREDENTIAL
        C: Ping 393 5
        PARK
    ";
    run(resumed("k1"), &[RESUMING, lost]);
}

#[test]
fn the_bounds_that_the_server_names_are_kept() {
    let bounds = "
        S: Ping 5 heartbeat=300
        CREDENTIAL
        C: Ping 300 5
        PARK
        S: Ping 5 heartbeat=360
        CREDENTIAL
        C: Ping 300 5
        PARK
    ";
    // The second one contradicts the first, and is passed over for that.
    run(resumed("k1"), &[RESUMING, bounds]);
}

#[test]
fn a_server_that_has_not_kept_the_parameters_is_told_them_again() {
    let again = "
        WAIT 480
        S: Ping 1
        CREDENTIAL
        C: Ping
        PARK
        S: Ping 3
        CREDENTIAL
        C: Ping 480 5
        PARK
    ";
    run(resumed("k1"), &[RESUMING, again]);
}

#[test]
fn a_server_that_says_changed_at_once_and_has_nothing_is_asked_more_and_more_seldom() {
    let deceived = "
        S: Ping 2 5
        CREDENTIAL
        C: Sync 5 k1 window=50 body=4/10240 filter=2 mime=2
        S: Sync empty
        C: Ping
        PARK
        S: Ping 2 5
        CREDENTIAL
        C: Sync 5 k1 window=50 body=4/10240 filter=2 mime=2
        S: Sync empty
        PARK
        WAIT 9
        WAIT 1
        CREDENTIAL
        C: Ping
        PARK
        S: Ping 2 5
        CREDENTIAL
        C: Sync 5 k1 window=50 body=4/10240 filter=2 mime=2
        S: Sync empty
        PARK
        WAIT 19
        WAIT 1
        CREDENTIAL
        C: Ping
        PARK
    ";
    run(resumed("k1"), &[RESUMING, deceived]);
}

#[test]
fn a_connection_that_the_server_does_not_keep_is_made_anew() {
    let closing = "
        C: OPTIONS
        S: closing OPTIONS 14.1
        REDIAL mail.example.org:443
        CREDENTIAL
        C: FolderSync 1
        S: FolderSync 1 1
        LIVE
        C: Sync 5 k1 window=50 body=4/10240 filter=2 mime=2
        S: Sync empty
        C: Ping 480 5
        PARK
        CLOSE
        REDIAL mail.example.org:443
        CREDENTIAL
        C: Ping
        PARK
        CLOSE
        REDIAL mail.example.org:443
        CREDENTIAL
        C: Ping
        PARK
        CLOSE
        END closed closes each connection without an answer
    ";
    run(resumed("k1"), &[closing]);
}

#[test]
fn a_server_that_closes_after_each_answer_without_saying_so_is_found_out() {
    let closing = "
        C: OPTIONS
        S: OPTIONS 14.1
        C: FolderSync 1
        CLOSE
        REDIAL mail.example.org:443
        CREDENTIAL
        C: FolderSync 1
        S: FolderSync 1 1
        LIVE
        REDIAL mail.example.org:443
        CREDENTIAL
        C: Sync 5 k1 window=50 body=4/10240 filter=2 mime=2
        S: Sync empty
        REDIAL mail.example.org:443
        CREDENTIAL
        C: Ping 480 5
        PARK
    ";
    run(resumed("k1"), &[closing]);
}
