//! FolderSync.

use crate::support::{folder, key};
use crate::xml::wbxml;
use pushmail_eas::command::folder_sync::{Answer, Change, FolderKind};
use pushmail_eas::command::{Class, Error};
use pushmail_wbxml::Limits;

const ANSWER: &str = r#"<FolderSync xmlns="FolderHierarchy"><Status>1</Status><SyncKey>2</SyncKey><Changes>
    <Count>4</Count>
    <Add><ServerId>5</ServerId><ParentId>0</ParentId><DisplayName>Inbox</DisplayName><Type>2</Type></Add>
    <Add><ServerId>6</ServerId><ParentId>5</ParentId><DisplayName>Übung &amp; Spiel</DisplayName><Type>12</Type></Add>
    <Update><ServerId>7</ServerId><ParentId>0</ParentId><DisplayName>x</DisplayName><Type>99</Type></Update>
    <Delete><ServerId>8</ServerId></Delete></Changes></FolderSync>"#;

fn parse(xml: &str) -> Result<Answer, Error> {
    Answer::parse(&wbxml(xml), Limits::default())
}

#[test]
fn changes_of_the_hierarchy_are_read_in_order() {
    let answer = parse(ANSWER).unwrap();
    assert!(answer.status.is_fine());
    assert_eq!(answer.sync_key, Some(key("2")));
    let [
        Change::Added(inbox),
        Change::Added(sub),
        Change::Updated(other),
        Change::Deleted(gone),
    ] = answer.changes.as_slice()
    else {
        panic!("{answer:?}");
    };
    assert_eq!((inbox.kind, &inbox.parent), (FolderKind::Inbox, &None));
    assert_eq!(&*sub.name, "Übung & Spiel");
    assert_eq!(sub.parent, Some(folder("5")));
    assert_eq!(sub.kind.class(), Some(Class::Email));
    assert_eq!(
        (other.kind, other.kind.class()),
        (FolderKind::Other(99), None)
    );
    assert_eq!(*gone, folder("8"));
}

#[test]
fn names_of_folders_do_not_show_in_debug_output() {
    assert!(!format!("{:?}", parse(ANSWER).unwrap()).contains("Spiel"));
}

#[test]
fn a_folder_without_an_id_is_an_error_and_so_is_the_answer_to_another_command() {
    let error = parse(
        r#"<FolderSync xmlns="FolderHierarchy"><Status>1</Status><Changes><Delete/></Changes></FolderSync>"#,
    );
    assert_eq!(
        error.unwrap_err().to_string(),
        "the answer lacks the element FolderHierarchy:ServerId"
    );
    let error = parse(r#"<Ping xmlns="Ping"><Status>1</Status></Ping>"#).unwrap_err();
    assert!(matches!(error, Error::OtherCommand { .. }));
    let error = parse(r#"<FolderSync xmlns="FolderHierarchy"><Status>one</Status></FolderSync>"#);
    assert!(matches!(error, Err(Error::Malformed(_))));
}
