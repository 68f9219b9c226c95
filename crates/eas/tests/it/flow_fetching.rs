//! A conversation that fetches one mail.

use crate::transcript::answer::answer;
use crate::transcript::request::describe;
use crate::transcript::{NOW, settings};
use crate::xml;
use pushmail_domain::{FaultKind, Timestamp};
use pushmail_eas::command::{CollectionId, ServerId};
use pushmail_eas::{EasFlow, Fetched};
use pushmail_upstream::{Flow, Moment, Output};
use std::time::Duration;

const AT: Moment = Moment {
    now: Timestamp::from_micros(NOW),
    elapsed: Duration::from_secs(1000),
};

/// Plays these requests and answers; with what the conversation ended, and what it fetched.
fn fetch(script: &[(&str, Vec<u8>)]) -> (Option<FaultKind>, Option<Fetched>) {
    let (collection, item) = (
        CollectionId::new("5").unwrap(),
        ServerId::new("5:1").unwrap(),
    );
    let mut flow = EasFlow::fetching(settings(), collection, item);
    flow.tick(AT);
    let mut script = script.iter();
    loop {
        match flow.next_output() {
            Some(Output::Send(bytes)) => {
                let (asked, answer) = script.next().expect("no more is asked");
                assert_eq!(describe(&bytes), *asked);
                flow.receive(answer, AT);
            }
            Some(Output::Finished(fault)) => return (Some(fault.kind), flow.fetched()),
            Some(other) => panic!("nothing is watched: {other:?}"),
            None => return (None, flow.fetched()),
        }
    }
}

/// An answer to ItemOperations with this status of the item, and this MIME.
fn items(status: u16, mime: &str) -> Vec<u8> {
    let properties = match mime {
        "" => String::new(),
        mime => format!(
            "<Properties><airsyncbase:Body><airsyncbase:Type>4</airsyncbase:Type>\
             <airsyncbase:Data>{mime}</airsyncbase:Data></airsyncbase:Body></Properties>"
        ),
    };
    let document = format!(
        "<ItemOperations xmlns=\"ItemOperations\"><Status>1</Status><Response><Fetch>\
         <Status>{status}</Status>{properties}</Fetch></Response></ItemOperations>"
    );
    let body = xml::wbxml(&document);
    let head = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: application/vnd.ms-sync.wbxml\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    [head.as_bytes(), &body].concat()
}

#[test]
fn a_mail_is_fetched_after_the_policy_was_taken_and_nothing_else_is_asked() {
    let fetched = fetch(&[
        ("OPTIONS", answer("OPTIONS 14.1")),
        ("ItemOperations", answer("HTTP 449")),
        ("Provision", answer("Provision 1 2")),
        ("ItemOperations", items(1, "Subject: whole")),
    ]);
    let mime = Fetched::Mime(b"Subject: whole".to_vec());
    assert_eq!(fetched, (Some(FaultKind::Closed), Some(mime)));
}

#[test]
fn a_mail_that_is_not_there_is_gone_however_the_server_says_so() {
    for gone in [items(6, ""), items(1, ""), answer("HTTP 501")] {
        let options = ("OPTIONS", answer("OPTIONS 14.1"));
        let fetched = fetch(&[options, ("ItemOperations", gone)]);
        assert_eq!(fetched, (Some(FaultKind::Closed), Some(Fetched::Gone)));
    }
}

#[test]
fn a_server_of_2_5_gives_none_and_a_rejected_password_is_said_so() {
    let old = fetch(&[("OPTIONS", answer("OPTIONS 2.5"))]);
    assert_eq!(old, (Some(FaultKind::Protocol), None));
    let rejected = fetch(&[("OPTIONS", answer("HTTP 401"))]);
    assert_eq!(rejected, (Some(FaultKind::AuthRejected), None));
}
