//! The conversation, from OPTIONS to Direct Push.

use crate::transcript::{resumed, run, settings};
use pushmail_domain::{EventScope, SyncCursor};
use pushmail_eas::Settings;

/// Up to the list of folders, on a server without a policy.
const OPENING: &str = "
    C: OPTIONS
    S: OPTIONS 2.5,12.1,14.0,14.1
    C: FolderSync 0
    S: FolderSync 1 1 +5:2:Inbox +6:5:Sent +7:8:Calendar +8:12:Lists
";

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

/// An account that was read before, up to its first Ping.
const RESUMING: &str = "
    C: OPTIONS
    S: OPTIONS 14.1
    C: FolderSync 1
    S: FolderSync 1 1
    LIVE
    C: Sync 5 k1 window=50 body=4/10240 filter=2 mime=2
    S: Sync empty
    C: Ping 480 5
    PARK
";

fn all() -> Settings {
    Settings {
        events: EventScope::All,
        ..resumed("k1")
    }
}

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
    run(all(), &[RESUMING, changes]);
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

#[test]
fn a_refused_key_begins_the_folder_again_and_tells_what_came_since() {
    let refused = "
        S: Ping 2 5
        CREDENTIAL
        C: Sync 5 k1 window=50 body=4/10240 filter=2 mime=2
        S: Sync 5 3
        C: Sync 5 0 window=50 body=4/10240 filter=2 mime=2
        S: Sync 5 1 r1
        C: Sync 5 r1 window=50 body=4/10240 filter=2 mime=2
        S: Sync 5 1 r2 more +5:1=Subject:_one
        NEW 5 5:1 Subject: one generation=1 rebuilt
        C: Sync 5 r2 window=50 body=4/10240 filter=2 mime=2
        S: Sync 5 1 r3
        SYNCED 5 r3
        C: Ping
        PARK
    ";
    run(resumed("k1"), &[RESUMING, refused]);
}

#[test]
fn a_key_that_was_lost_with_the_log_is_never_sent() {
    let mut lost = resumed("k1");
    for cursor in &mut lost.cursors {
        *cursor = SyncCursor::lost(cursor, cursor.read_at);
    }
    let script = "
        C: OPTIONS
        S: OPTIONS 16.1
        C: FolderSync 0
        S: FolderSync 1 l1 +5:2:Inbox
        LIVE
        SYNCED list l1
        C: Sync 5 0 window=50 body=4/10240 filter=2 mime=2
        S: Sync 5 1 r1
        C: Sync 5 r1 window=50 body=4/10240 filter=2 mime=2
        S: Sync 5 1 r2 +5:1=Subject:_one
        NEW 5 5:1 Subject: one rebuilt
        SYNCED 5 r2
        C: Ping 480 5
        PARK
    ";
    run(lost, &[script]);
}

#[test]
fn folders_that_come_are_renamed_and_go_are_told_and_all_that_a_new_one_holds_is_new() {
    let everything = Settings {
        selection: vec!["*".to_owned()],
        ..all()
    };
    let folders = "
        S: Ping 7
        CREDENTIAL
        C: FolderSync 1
        S: FolderSync 1 2 +8:12:Lists +6:5:Sent
        CREATED 8 Lists
        SYNCED list 2
        C: Sync 8 0 window=50 body=4/10240 filter=2 mime=2
        S: Sync 8 1 m1
        SYNCED 8 m1
        C: Sync 8 m1 window=50 body=4/10240 filter=2 mime=2
        S: Sync 8 1 m2 +8:1=Subject:_hello
        NEW 8 8:1 Subject: hello
        SYNCED 8 m2
        PARK
        WAIT 5
        CREDENTIAL
        C: Ping 480 5 8
        PARK
        S: Ping 7
        CREDENTIAL
        C: FolderSync 2
        S: FolderSync 1 3 ~8:12:Letters
        RENAMED Lists -> Letters
        SYNCED list 3
        PARK
        WAIT 5
        CREDENTIAL
        C: Ping
        PARK
        S: Ping 7
        CREDENTIAL
        C: FolderSync 3
        S: FolderSync 1 4 -8
        DELETED 8
        SYNCED list 4
        PARK
        WAIT 5
        CREDENTIAL
        C: Ping 480 5
        PARK
    ";
    run(everything, &[RESUMING, folders]);
}

#[test]
fn a_refused_key_of_the_list_is_asked_for_anew_and_compared_with_what_was_known() {
    let everything = Settings {
        selection: vec!["*".to_owned()],
        ..all()
    };
    let list = "
        S: Ping 7
        CREDENTIAL
        C: FolderSync 1
        S: FolderSync 9
        C: FolderSync 0
        S: FolderSync 1 n1 +5:2:Inbox +8:12:Lists
        CREATED 8 Lists
        SYNCED list n1
        C: Sync 8 0 window=50 body=4/10240 filter=2 mime=2
        S: Sync 8 1 m1
        SYNCED 8 m1
        C: Sync 8 m1 window=50 body=4/10240 filter=2 mime=2
        S: Sync empty
        PARK
        WAIT 5
        CREDENTIAL
        C: Ping 480 5 8
        PARK
    ";
    run(everything, &[RESUMING, list]);
}

#[test]
fn calendars_are_told_and_after_a_refused_key_are_to_be_read_again() {
    let calendar = Settings {
        selection: vec!["\\Calendar".to_owned()],
        events: EventScope::All,
        ..settings()
    };
    let script = "
        C: Sync 7 0 window=100 body=1/512 filter=4
        S: Sync 7 1 k1
        C: Sync 7 k1 window=100 body=1/512 filter=4
        S: Sync empty
        LIVE 7=k1
        SYNCED list 1
        C: Ping 480 7
        PARK
        S: Ping 2 7
        CREDENTIAL
        C: Sync 7 k1 window=50 body=1/512 filter=4
        S: Sync 7 1 k2 +7:1=Lunch
        NEW 7 7:1 Lunch
        SYNCED 7 k2
        C: Ping
        PARK
        S: Ping 2 7
        CREDENTIAL
        C: Sync 7 k2 window=50 body=1/512 filter=4
        S: Sync 7 3
        C: Sync 7 0 window=100 body=1/512 filter=4
        S: Sync 7 1 r1
        C: Sync 7 r1 window=100 body=1/512 filter=4
        S: Sync 7 1 r2 +7:1=Lunch
        RESYNC 7
        SYNCED 7 r2
        C: Ping
        PARK
    ";
    run(calendar, &[OPENING, script]);
}

#[test]
fn a_folder_that_no_ping_can_watch_yet_is_read_every_five_minutes() {
    let empty = "
        C: Sync 5 0 window=100 body=1/512 filter=2
        S: Sync 5 1 -1
        C: Sync 5 -1 window=100 body=1/512 filter=2
        S: Sync empty
        LIVE 5=-1
        SYNCED list 1
        PARK
        WAIT 299
        WAIT 1
        CREDENTIAL
        C: Sync 5 -1 window=50 body=4/10240 filter=2 mime=2
        S: Sync 5 1 k2 +5:1=Subject:_first
        NEW 5 5:1 Subject: first
        SYNCED 5 k2
        C: Ping 480 5
        PARK
    ";
    run(settings(), &[OPENING, empty]);
}

#[test]
fn folders_beyond_those_that_a_ping_may_watch_are_read_every_five_minutes() {
    let both = Settings {
        selection: vec!["INBOX".to_owned(), "Lists".to_owned()],
        ..settings()
    };
    let script = "
        C: Sync 5 0 window=100 body=1/512 filter=2
        S: Sync 5 1 k1
        C: Sync 5 k1 window=100 body=1/512 filter=2
        S: Sync empty
        C: Sync 8 0 window=100 body=1/512 filter=2
        S: Sync 8 1 m1
        C: Sync 8 m1 window=100 body=1/512 filter=2
        S: Sync empty
        LIVE 5=k1 8=m1
        SYNCED list 1
        C: Ping 480 5 8
        PARK
        S: Ping 6 max=1
        CREDENTIAL
        C: Ping 300 5
        PARK
        WAIT 300
        S: Ping 1
        CREDENTIAL
        C: Sync 8 m1 window=50 body=4/10240 filter=2 mime=2
        S: Sync 8 1 m2 +8:1=Subject:_hello
        NEW 8 8:1 Subject: hello
        SYNCED 8 m2
        C: Ping
        PARK
    ";
    run(both, &[OPENING, script]);
}

#[test]
fn a_selection_that_no_folder_has_is_said_so() {
    let missing = Settings {
        selection: vec!["Nowhere".to_owned()],
        ..settings()
    };
    run(
        missing,
        &[
            OPENING,
            "END folder_unavailable none of the folders Nowhere",
        ],
    );
}
