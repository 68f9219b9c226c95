//! What a server refuses, and how the conversation goes on or ends.

use crate::transcript::{RESUMING, resumed, run, settings};

#[test]
fn a_policy_is_taken_in_part_and_its_key_goes_with_every_request() {
    let policy = "
        C: OPTIONS
        S: OPTIONS 14.1
        C: FolderSync 1
        S: FolderSync 142
        C: Provision
        S: Provision 1 1 111
        C: Provision policy=111 ack=111 status=2
        S: Provision 1 1 222
        C: FolderSync policy=222 1
        S: FolderSync 1 1
        LIVE
        C: Sync policy=222 5 k1 window=50 body=4/10240 filter=2 mime=2
        S: Sync empty
        C: Ping policy=222 480 5
        PARK
        S: Ping 144
        CREDENTIAL
        C: Provision
        S: Provision 1 2
        PARK
        WAIT 5
        CREDENTIAL
        C: Ping
        PARK
    ";
    run(resumed("k1"), &[policy]);
}

#[test]
fn an_older_server_asks_for_the_policy_by_http_and_is_told_then_who_we_are() {
    let policy = "
        C: OPTIONS
        S: OPTIONS 12.1
        C: FolderSync 1
        S: HTTP 449
        C: Provision
        S: Provision 1 1 111
        C: Provision policy=111 ack=111 status=2
        S: Provision 1 1 222
        C: Settings policy=222
        S: Settings 1
        C: FolderSync policy=222 1
        S: FolderSync 1 1
        LIVE
        C: Sync policy=222 5 k1 window=50 body=4/10240 filter=2 mime=2
        S: Sync empty
        C: Ping policy=222 480 5
        PARK
    ";
    run(resumed("k1"), &[policy]);
}

#[test]
fn a_server_that_asks_for_its_policy_without_end_is_given_up() {
    let once = "
        C: FolderSync 1
        S: FolderSync 142
        C: Provision
        S: Provision 1 2
    ";
    let opening = "
        C: OPTIONS
        S: OPTIONS 14.1
    ";
    let end = "
        C: FolderSync 1
        S: FolderSync 142
        END device_blocked again and again
    ";
    run(resumed("k1"), &[opening, once, once, once, end]);
}

#[test]
fn an_order_to_wipe_is_asked_for_told_and_then_said_to_be_done_which_ends_it() {
    let asked = "
        C: OPTIONS
        S: OPTIONS 14.1
        C: FolderSync 1
        S: FolderSync 140
        C: Provision what
        S: Provision RemoteWipe
        WIPED
        C: Provision wiped=1
    ";
    let ends = [
        "S: Provision 1 1",
        "S: Provision RemoteWipe",
        "S: Provision empty",
        "S: HTTP 403",
        "S: PAGE",
    ];
    for end in ends {
        run(resumed("k1"), &[asked, end, "END device_blocked was wiped"]);
    }
}

#[test]
fn an_order_to_wipe_reaches_a_connection_that_waits_and_may_be_of_the_account_only() {
    let order = "
        S: Ping 140
        CREDENTIAL
        C: Provision what
        S: Provision AccountOnlyRemoteWipe
        WIPED
        C: Provision account-wiped=1
        CLOSE
        REDIAL mail.example.org:443
        CREDENTIAL
        C: Provision account-wiped=1
        S: Provision 1 1
        END device_blocked was wiped
    ";
    run(resumed("k1"), &[RESUMING, order]);
}

#[test]
fn an_order_to_wipe_may_be_the_answer_to_a_question_for_the_policy() {
    let order = "
        C: OPTIONS
        S: OPTIONS 12.1
        C: FolderSync 1
        S: HTTP 449
        C: Provision
        S: Provision RemoteWipe
        WIPED
        C: Provision wiped=1
        S: Provision 1 1
        END device_blocked was wiped
    ";
    run(resumed("k1"), &[order]);
}

#[test]
fn a_server_that_orders_a_wipe_and_does_not_say_of_what_is_given_up() {
    for answer in ["Provision 140 1", "Provision 1 2"] {
        let order = format!(
            "
            C: OPTIONS
            S: OPTIONS 14.1
            C: FolderSync 1
            S: FolderSync 140
            C: Provision what
            S: {answer}
            END device_blocked wiped
            "
        );
        run(resumed("k1"), &[&order]);
    }
}

#[test]
fn a_rejected_password_a_blocked_device_and_too_many_devices_are_told_with_the_remedy() {
    let cases = [
        ("HTTP 401", "auth_rejected check both"),
        ("HTTP 403", "device_blocked administrator"),
        ("HTTP 404", "protocol check host and path"),
        (
            "FolderSync 126",
            "account_disabled enable Exchange ActiveSync",
        ),
        ("FolderSync 129", "device_blocked quarantine"),
        ("FolderSync 177", "device_limit remove one"),
        ("FolderSync 10", "protocol refuses a request"),
        ("PAGE", "protocol a page for people"),
    ];
    for (answer, end) in cases {
        let script = format!(
            "
            C: OPTIONS
            S: OPTIONS 14.1
            C: FolderSync 0
            S: {answer}
            END {end}
            "
        );
        run(settings(), &[&script]);
    }
}

#[test]
fn a_busy_server_is_left_alone_for_as_long_as_it_says() {
    let busy = "
        S: HTTP 503 Retry-After: 300
        REDIAL mail.example.org:443 in 300
        CREDENTIAL
        C: Ping
        PARK
        S: HTTP 503
        REDIAL mail.example.org:443 in 60
        CREDENTIAL
        C: Ping
        PARK
        S: HTTP 503
        END throttled for now
    ";
    run(resumed("k1"), &[RESUMING, busy]);
}

#[test]
fn a_busy_server_ends_the_conversation_of_an_account_that_is_not_live() {
    let busy = "
        C: OPTIONS
        S: HTTP 503 Retry-After: 5
        END throttled for now
    ";
    run(settings(), &[busy]);
}

#[test]
fn the_account_follows_the_server_elsewhere_and_not_in_circles_or_into_the_open() {
    let elsewhere = "
        S: HTTP 451 X-MS-Location: https://other.example.org/Microsoft-Server-ActiveSync
        REDIAL other.example.org:443
        CREDENTIAL
        C: Ping
        PARK
        S: HTTP 451 X-MS-Location: https://other.example.org/Microsoft-Server-ActiveSync
        END protocol without end
    ";
    run(resumed("k1"), &[RESUMING, elsewhere]);
    let open = "
        S: HTTP 451 X-MS-Location: http://other.example.org/Microsoft-Server-ActiveSync
        END plaintext_refused without TLS
    ";
    run(resumed("k1"), &[RESUMING, open]);
    let nowhere = "
        S: HTTP 451
        END protocol and not where
    ";
    run(resumed("k1"), &[RESUMING, nowhere]);
}

#[test]
fn an_answer_that_does_not_come_ends_the_conversation() {
    let silent = "
        C: OPTIONS
        WAIT 119
        WAIT 1
        END timeout did not answer in time
    ";
    run(settings(), &[silent]);
}

#[test]
fn a_server_that_speaks_no_known_version_is_said_so() {
    let unknown = "
        C: OPTIONS
        S: OPTIONS 1.0,17.0
        END protocol no version of ActiveSync
    ";
    run(settings(), &[unknown]);
}

#[test]
fn a_server_that_refuses_every_key_is_left_alone() {
    let refused = "
        S: Ping 2 5
        CREDENTIAL
        C: Sync 5 k1 window=50 body=4/10240 filter=2 mime=2
        S: Sync 5 3
        C: Sync 5 0 window=50 body=4/10240 filter=2 mime=2
        S: Sync 5 3
        C: Sync 5 0 window=50 body=4/10240 filter=2 mime=2
        S: Sync 5 3
        END throttled status 3
    ";
    run(resumed("k1"), &[RESUMING, refused]);
}

#[test]
fn a_folder_that_the_server_no_longer_has_makes_it_ask_for_the_list() {
    let gone = "
        S: Ping 2 5
        CREDENTIAL
        C: Sync 5 k1 window=50 body=4/10240 filter=2 mime=2
        S: Sync 5 8
        C: FolderSync 1
        S: FolderSync 1 2 -5
        DELETED 5
        SYNCED list 2
        END folder_unavailable none of the folders INBOX
    ";
    run(resumed("k1"), &[RESUMING, gone]);
}
