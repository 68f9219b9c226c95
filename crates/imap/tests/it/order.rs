//! The order in which new mail is announced: nothing above a message that was not announced, since the
//! account resumes behind what it was told last.

use crate::transcript::{IDLING, LOGIN, resumed, run};

const READ: &str =
    "C+ DONE\nC: A4 UID FETCH 43:* (UID FLAGS INTERNALDATE RFC822.SIZE BODY.PEEK[]<0.16384>)";

/// EXISTS during IDLE, and the read that follows.
fn noticed() -> String {
    format!("S: * 23 EXISTS\n{READ}\nS: A3 OK idle done")
}

/// The command that reads from `uid` on.
fn read_from(tag: &str, uid: u32) -> String {
    format!(
        "C: {tag} UID FETCH {uid}:* (UID FLAGS INTERNALDATE RFC822.SIZE BODY.PEEK[]<0.16384>)\n"
    )
}

/// A message of the server's, whole.
fn message(sequence: u32, uid: u32) -> String {
    format!("S: * {sequence} FETCH (UID {uid} FLAGS () BODY[]<0> \"x\")\n")
}

fn after_notice(script: &str) {
    run(resumed(), &[LOGIN, IDLING, &noticed(), script]);
}

#[test]
fn a_message_above_one_that_has_not_come_is_held() {
    after_notice(
        r#"
S: * 24 FETCH (UID 44 FLAGS () BODY[]<0> "b")
S: * 23 FETCH (UID 43 FLAGS () BODY[]<0> "a")
NEW INBOX 43
NEW INBOX 44
S: * 24 FETCH (UID 44 FLAGS () BODY[]<0> "b")
S: A4 OK fetch done
C: A5 IDLE
"#,
    );
}

#[test]
fn at_a_close_nothing_above_an_unread_message_was_announced() {
    after_notice(
        r#"
S: * 24 FETCH (UID 44 FLAGS () BODY[]<0> "b")
CLOSE
END closed 
"#,
    );
    after_notice(
        r#"
S: * 25 FETCH (UID 46 FLAGS () BODY[]<0> "c")
S: * 23 FETCH (UID 43 FLAGS () BODY[]<0> "a")
NEW INBOX 43
CLOSE
END closed 
"#,
    );
}

#[test]
fn a_message_above_one_that_came_in_part_is_held() {
    after_notice(
        r#"
S: * 23 FETCH (UID 43 FLAGS ())
S: * 24 FETCH (UID 44 FLAGS () BODY[]<0> "b")
CLOSE
END closed 
"#,
    );
    after_notice(
        r#"
S: * 23 FETCH (UID 43 FLAGS ())
S: * 24 FETCH (UID 44 FLAGS () BODY[]<0> "b")
S: * 23 FETCH (UID 43 BODY[]<0> "a")
NEW INBOX 43
NEW INBOX 44
"#,
    );
}

#[test]
fn where_uids_have_gaps_the_sequence_numbers_tell_that_nothing_is_between() {
    after_notice(
        r#"
S: * 23 FETCH (UID 43 FLAGS () BODY[]<0> "a")
NEW INBOX 43
S: * 24 FETCH (UID 50 FLAGS () BODY[]<0> "b")
NEW INBOX 50
S: * 26 FETCH (UID 60 FLAGS () BODY[]<0> "d")
S: * 25 FETCH (UID 55 FLAGS () BODY[]<0> "c")
NEW INBOX 55
NEW INBOX 60
"#,
    );
}

#[test]
fn where_nothing_tells_what_is_below_the_end_of_the_read_does() {
    after_notice(
        r#"
S: * 23 FETCH (UID 45 FLAGS () BODY[]<0> "a")
S: * 24 FETCH (UID 46 FLAGS () BODY[]<0> "b")
S: A4 OK fetch done
NEW INBOX 45
NEW INBOX 46
C: A5 IDLE
"#,
    );
}

#[test]
fn after_an_expunge_old_sequence_numbers_tell_nothing() {
    after_notice(
        r#"
S: * 23 FETCH (UID 43 FLAGS () BODY[]<0> "a")
NEW INBOX 43
S: * 3 EXPUNGE
S: * 24 FETCH (UID 50 FLAGS () BODY[]<0> "c")
S: * 23 FETCH (UID 46 FLAGS () BODY[]<0> "b")
S: A4 OK fetch done
NEW INBOX 46
NEW INBOX 50
C: A5 IDLE
"#,
    );
    after_notice(
        r#"
S: * 23 FETCH (UID 43 FLAGS () BODY[]<0> "a")
NEW INBOX 43
S: * VANISHED 7
S: * 24 FETCH (UID 50 FLAGS () BODY[]<0> "c")
CLOSE
END closed 
"#,
    );
}

#[test]
fn a_message_that_comes_after_a_higher_one_was_announced_is_not_announced() {
    after_notice(
        r#"
S: * 1 FETCH (UID 60 FLAGS () BODY[]<0> "a server that counts wrong")
NEW INBOX 60
S: * 23 FETCH (UID 43 FLAGS () BODY[]<0> "a")
S: A4 OK fetch done
C: A5 IDLE
"#,
    );
}

#[test]
fn what_does_not_fit_is_read_again() {
    let mut script = String::new();
    for step in 0..70 {
        script += &message(23 + step, 50 + step);
    }
    script += "S: A4 OK fetch done\n";
    for step in 0..64 {
        script += &format!("NEW INBOX {}\n", 50 + step);
    }
    script += &read_from("A5", 114);
    for step in 64..70 {
        script += &message(23 + step, 50 + step);
        script += &format!("NEW INBOX {}\n", 50 + step);
    }
    script += "S: A5 OK fetch done\nC: A6 IDLE\n";
    after_notice(&script);
}

#[test]
fn what_does_not_fit_is_read_again_though_lower_mail_came_last() {
    let mut script = String::new();
    for step in (1..70).rev() {
        script += &message(23 + step, 43 + step);
    }
    script += &message(23, 43);
    for step in 0..65 {
        script += &format!("NEW INBOX {}\n", 43 + step);
    }
    script += "S: A4 OK fetch done\n";
    script += &read_from("A5", 108);
    script += &message(92, 112);
    script += "CLOSE\nEND closed \n";
    after_notice(&script);
}

#[test]
fn a_long_read_that_does_not_fit_is_given_the_time_it_takes() {
    let mut script = String::new();
    for step in 0..70 {
        script += &format!("WAIT 50\n{}", message(23 + step, 50 + step));
    }
    script += "WAIT 60\nEND timeout during UID FETCH";
    after_notice(&script);
}

#[test]
fn mail_in_order_is_announced_as_it_comes_however_much_it_is() {
    let mut script = String::new();
    for step in 0..500 {
        script += &message(23 + step, 43 + step * 3);
        script += &format!("NEW INBOX {}\n", 43 + step * 3);
    }
    after_notice(&script);
}

#[test]
fn an_exists_is_not_answered_by_a_change_of_flags() {
    after_notice(
        r#"
S: * 23 FETCH (UID 43 FLAGS () BODY[]<0> "a")
NEW INBOX 43
S: * 24 EXISTS
S: * 24 FETCH (FLAGS (\Seen))
S: A4 OK fetch done
C: A5 UID FETCH 44:* (UID FLAGS INTERNALDATE RFC822.SIZE BODY.PEEK[]<0.16384>)
"#,
    );
}
