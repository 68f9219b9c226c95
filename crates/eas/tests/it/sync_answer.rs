//! Answers of Sync.

use crate::support::{folder, item, key, sync, sync_cut};
use crate::xml::wbxml;
use proptest::prelude::*;
use pushmail_eas::command::sync::{Limits, Parser, Part, Status, What};
use pushmail_eas::command::{Class, Error};
use pushmail_eas::item::Data;
use pushmail_wbxml::ErrorKind;

/// Two collections; the second one says that more is available before its commands, the first one after them.
const ANSWER: &str = r#"<Sync xmlns="AirSync"><Status>1</Status><Collections>
    <Collection><Class>Tasks</Class><SyncKey>457669362</SyncKey><CollectionId>19</CollectionId><Status>1</Status><Commands>
      <Change><ServerId>19:1</ServerId><ApplicationData><tasks:Subject>Change</tasks:Subject></ApplicationData></Change>
      <Delete><ServerId>19:2</ServerId></Delete>
      <Add><ServerId>19:3</ServerId><ApplicationData><tasks:Subject>Add</tasks:Subject></ApplicationData></Add>
      </Commands><MoreAvailable/></Collection>
    <Collection><SyncKey>2</SyncKey><CollectionId>20</CollectionId><Status>1</Status><MoreAvailable/><Commands>
      <SoftDelete><Class>Email</Class><ServerId>20:1</ServerId></SoftDelete></Commands>
      <Responses><Fetch><ServerId>20:7</ServerId><Status>1</Status><ApplicationData><email:Read>0</email:Read>
      </ApplicationData></Fetch><Fetch><ServerId>20:8</ServerId><Status>8</Status></Fetch>
      <Add><ClientId>1</ClientId><ServerId>20:9</ServerId><Status>1</Status></Add></Responses></Collection>
    </Collections></Sync>"#;

fn ids(parts: &[Part]) -> Vec<&str> {
    parts
        .iter()
        .map(|part| match part {
            Part::Change(change) => change.id.as_str(),
            Part::Collection(collection) => collection.id.as_str(),
        })
        .collect()
}

#[test]
fn changes_come_in_order_and_before_their_collection() {
    let (parts, answer) = sync(ANSWER);
    assert!(answer.status.is_fine() && !answer.is_empty);
    assert_eq!(
        ids(&parts),
        ["19:1", "19:2", "19:3", "19", "20:1", "20:7", "20:8", "20"]
    );
    let collections: Vec<_> = parts
        .iter()
        .filter_map(|part| match part {
            Part::Collection(collection) => Some(collection),
            Part::Change(_) => None,
        })
        .collect();
    let [tasks, mail] = collections.as_slice() else {
        panic!("{collections:?}");
    };
    assert_eq!(
        (tasks.class, &tasks.sync_key),
        (Some(Class::Tasks), &Some(key("457669362")))
    );
    assert!(tasks.more_available && mail.more_available);
    assert_eq!(mail.status, Status::Success);
}

#[test]
fn each_change_says_what_happened() {
    let (parts, _) = sync(ANSWER);
    let changes: Vec<_> = parts
        .into_iter()
        .filter_map(|part| match part {
            Part::Change(change) => Some((change.collection, change.what)),
            Part::Collection(_) => None,
        })
        .collect();
    let [
        (_, changed),
        (first, deleted),
        (_, added),
        (second, left),
        (_, fetched),
        (_, missing),
    ] = changes.as_slice()
    else {
        panic!("{changes:?}");
    };
    assert_eq!((first, second), (&folder("19"), &folder("20")));
    assert!(matches!(changed, What::Changed(item) if matches!(item.data, Data::Task(_))));
    assert!(matches!(added, What::Added(item) if matches!(item.data, Data::Task(_))));
    assert_eq!((deleted, left), (&What::Deleted, &What::OutOfFilter));
    assert!(
        matches!(fetched, What::Fetched(Status::Success, Some(item)) if matches!(item.data, Data::Email(_)))
    );
    assert_eq!(missing, &What::Fetched(Status::ObjectNotFound, None));
}

#[test]
fn a_change_is_there_before_the_answer_is_whole() {
    let bytes = wbxml(ANSWER);
    let mut parser = Parser::new(Limits::default());
    let mut first = &bytes[..bytes.len() / 3];
    let Ok(Some(Part::Change(change))) = parser.next(&mut first) else {
        panic!("no change");
    };
    assert_eq!(change.id, item("19:1"));
}

#[test]
fn the_answer_to_the_initial_key_has_the_next_key_and_nothing_else() {
    let (parts, _) = sync(
        r#"<Sync xmlns="AirSync"><Collections><Collection><SyncKey>1</SyncKey><CollectionId>5</CollectionId>
        <Status>1</Status></Collection></Collections></Sync>"#,
    );
    let [Part::Collection(collection)] = parts.as_slice() else {
        panic!("{parts:?}");
    };
    assert_eq!(collection.sync_key, Some(key("1")));
}

#[test]
fn a_key_that_is_void_has_no_successor() {
    let (parts, answer) = sync(
        r#"<Sync xmlns="AirSync"><Collections><Collection><SyncKey/><CollectionId>5</CollectionId>
        <Status>3</Status></Collection></Collections></Sync>"#,
    );
    assert!(answer.status.is_fine());
    let [Part::Collection(collection)] = parts.as_slice() else {
        panic!("{parts:?}");
    };
    assert_eq!(
        (collection.status, &collection.sync_key),
        (Status::InvalidSyncKey, &None)
    );
}

#[test]
fn what_is_wrong_with_the_whole_request_is_told_with_what_is_allowed() {
    let (parts, answer) =
        sync(r#"<Sync xmlns="AirSync"><Status>14</Status><Limit>59</Limit></Sync>"#);
    assert!(parts.is_empty());
    assert_eq!(
        (answer.status, answer.limit),
        (Status::WaitOutOfRange, Some(59))
    );
}

#[test]
fn an_empty_answer_says_that_nothing_is_new() {
    let (parts, answer) = sync_cut(b"", &[], Limits::default());
    assert!(parts.is_empty() && answer.unwrap().is_empty);
}

#[test]
fn what_must_be_there_is_missed() {
    let collection = |inside: &str| {
        let xml = format!(
            "<Sync xmlns=\"AirSync\"><Collections><Collection>{inside}</Collection></Collections></Sync>"
        );
        sync_cut(&wbxml(&xml), &[], Limits::default())
            .1
            .unwrap_err()
            .to_string()
    };
    let no_folder = "the answer lacks the element AirSync:CollectionId";
    assert_eq!(collection("<SyncKey>1</SyncKey>"), no_folder);
    assert_eq!(
        collection("<Commands><Delete><ServerId>1</ServerId></Delete></Commands>"),
        no_folder
    );
    let no_item = "the answer lacks the element AirSync:ServerId";
    assert_eq!(
        collection("<CollectionId>1</CollectionId><Commands><Delete/></Commands>"),
        no_item
    );
}

#[test]
fn what_is_not_an_answer_or_not_a_whole_one_is_an_error() {
    let bytes = wbxml(ANSWER);
    let error = sync_cut(&bytes[..bytes.len() - 1], &[], Limits::default()).1;
    let Err(Error::Wbxml(error)) = error else {
        panic!("{error:?}");
    };
    assert_eq!(error.kind(), ErrorKind::Truncated);
    let ping = wbxml(r#"<Ping xmlns="Ping"><Status>1</Status></Ping>"#);
    let error = sync_cut(&ping, &[], Limits::default()).1.unwrap_err();
    assert_eq!(error.to_string(), "the answer is a Ping, not a Sync");
    let long = format!(
        "<Sync xmlns=\"AirSync\"><Collections><Collection><CollectionId>{}</CollectionId></Collection></Collections></Sync>",
        "1".repeat(600)
    );
    let error = sync_cut(&wbxml(&long), &[], Limits::default()).1;
    assert!(matches!(error, Err(Error::Malformed(_))));
}

#[test]
fn elements_that_nobody_knows_are_passed_over_however_long_they_are() {
    let xml = format!(
        "<Sync xmlns=\"AirSync\"><Wait>{}</Wait><Collections><Collection><CollectionId>1</CollectionId><Wait><Wait/></Wait>\
         <Commands><Wait><ServerId>1</ServerId></Wait></Commands></Collection></Collections></Sync>",
        "a".repeat(100_000)
    );
    let (parts, _) = sync(&xml);
    assert_eq!(ids(&parts), ["1"]);
}

proptest! {
    #[test]
    fn cuts_change_nothing(cuts: Vec<usize>) {
        let bytes = wbxml(ANSWER);
        let whole = sync_cut(&bytes, &[], Limits::default());
        prop_assert_eq!(sync_cut(&bytes, &cuts, Limits::default()), whole);
    }
}
