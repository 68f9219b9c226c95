//! Ping.

use crate::support::{folder, is};
use crate::xml::wbxml;
use pushmail_eas::command::Class;
use pushmail_eas::command::ping::{Answer, Request, Status, Watched};
use pushmail_eas::status::Category;
use pushmail_wbxml::Limits;

fn parse(xml: &str) -> Answer {
    Answer::parse(&wbxml(xml), Limits::default()).unwrap()
}

#[test]
fn what_has_not_changed_is_left_out() {
    assert!(Request::default().encode().is_empty());
    let heartbeat = Request {
        heartbeat: Some(480),
        folders: Vec::new(),
    };
    is(
        &heartbeat.encode(),
        r#"<Ping xmlns="Ping"><HeartbeatInterval>480</HeartbeatInterval></Ping>"#,
    );
    let watched = |id, class| Watched {
        id: folder(id),
        class,
    };
    let folders = vec![
        watched("mail%2F1", Class::Email),
        watched("2", Class::Calendar),
    ];
    is(
        &Request {
            heartbeat: None,
            folders,
        }
        .encode(),
        r#"<Ping xmlns="Ping"><Folders><Folder><Id>mail%2F1</Id><Class>Email</Class></Folder>
        <Folder><Id>2</Id><Class>Calendar</Class></Folder></Folders></Ping>"#,
    );
}

#[test]
fn folders_with_something_new_are_named() {
    let answer = parse(
        r#"<Ping xmlns="Ping"><Status>2</Status><Folders><Folder>1234</Folder><Folder>5</Folder></Folders></Ping>"#,
    );
    assert_eq!(answer.status, Status::Changed);
    assert_eq!(answer.folders, [folder("1234"), folder("5")]);
}

#[test]
fn a_folder_that_is_named_as_in_a_request_is_understood() {
    let answer = parse(
        r#"<Ping xmlns="Ping"><Status>2</Status><Folders><Folder><Id>7</Id></Folder><Folder/></Folders></Ping>"#,
    );
    assert_eq!(answer.folders, [folder("7")]);
}

#[test]
fn what_is_allowed_instead_is_told() {
    let answer = parse(
        r#"<Ping xmlns="Ping"><Status>5</Status><HeartbeatInterval>60</HeartbeatInterval></Ping>"#,
    );
    assert_eq!(
        (answer.status, answer.heartbeat),
        (Status::HeartbeatOutOfRange, Some(60))
    );
    assert_eq!(answer.status.category(), Category::Adjust);
    let answer =
        parse(r#"<Ping xmlns="Ping"><Status>6</Status><MaxFolders>200</MaxFolders></Ping>"#);
    assert_eq!(
        (answer.status, answer.max_folders),
        (Status::TooManyFolders, Some(200))
    );
}

#[test]
fn every_status_asks_for_the_right_thing() {
    let categories = [
        Category::Fine,
        Category::Fine,
        Category::SendInFull,
        Category::Bug,
        Category::Adjust,
        Category::Adjust,
        Category::HierarchyChanged,
        Category::Retry,
        Category::BackOff,
    ];
    for (number, category) in (1..).zip(categories) {
        assert_eq!(Status::of(number).category(), category, "{number}");
        assert_eq!(Status::of(number).number(), number);
    }
}

#[test]
fn an_empty_answer_says_that_nothing_is_new() {
    assert_eq!(
        Answer::parse(b"", Limits::default()).unwrap().status,
        Status::Expired
    );
}

#[test]
fn an_answer_without_a_status_is_an_error() {
    let error = Answer::parse(&wbxml(r#"<Ping xmlns="Ping"/>"#), Limits::default()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the answer lacks the element Ping:Status"
    );
}
