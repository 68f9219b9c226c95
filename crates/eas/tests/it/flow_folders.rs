//! Keys that are refused or lost, and folders that come and go.

use crate::transcript::{OPENING, RESUMING, resumed, run, settings};
use pushmail_domain::{EventScope, SyncCursor};
use pushmail_eas::Settings;

fn all() -> Settings {
    Settings {
        events: EventScope::All,
        ..resumed("k1")
    }
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
