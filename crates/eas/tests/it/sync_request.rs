//! Requests of Sync, in the words of each version.

use crate::support::{folder, is, item, key};
use pushmail_eas::command::sync::{
    BodyPreference, Filter, MimeSupport, Options, Query, Request, Wait,
};
use pushmail_eas::command::{Class, SyncKey};
use pushmail_eas::item::BodyType;
use pushmail_wbxml::ProtocolVersion::{V2_5, V12_0, V12_1, V14_0, V16_1};
use pushmail_wbxml::pages::contacts;
use pushmail_wbxml::{Element, Limits, pretty};

const PREVIEW: BodyPreference = BodyPreference {
    kind: BodyType::PlainText,
    truncation: Some(1000),
    all_or_none: false,
    preview: Some(200),
};

fn query(class: Class, sync_key: SyncKey) -> Query {
    Query {
        id: folder("5"),
        class,
        sync_key,
        supported: Vec::new(),
        deletes_as_moves: None,
        get_changes: true,
        window: None,
        options: None,
        fetch: Vec::new(),
    }
}

fn one(query: Query) -> Request {
    Request {
        collections: vec![query],
        ..Request::default()
    }
}

/// A collection with options, as XML between the tags of Collection.
#[track_caller]
fn is_collection(request: &Request, version: pushmail_wbxml::ProtocolVersion, inside: &str) {
    let xml = format!(
        "<Sync xmlns=\"AirSync\"><Collections><Collection>{inside}</Collection></Collections></Sync>"
    );
    is(&request.encode(version), &xml);
}

#[test]
fn a_class_is_named_up_to_12_1() {
    let request = one(query(Class::Email, SyncKey::initial()));
    let bare = "<SyncKey>0</SyncKey><CollectionId>5</CollectionId>";
    for version in [V2_5, V12_0, V12_1] {
        is_collection(&request, version, &format!("<Class>Email</Class>{bare}"));
    }
    for version in [V14_0, V16_1] {
        is_collection(&request, version, bare);
    }
}

#[test]
fn changes_are_asked_for_as_the_version_says_yes_and_not_with_the_initial_key() {
    let start = "<SyncKey>1</SyncKey><CollectionId>5</CollectionId>";
    let request = one(query(Class::Email, key("1")));
    is_collection(
        &request,
        V2_5,
        &format!("<Class>Email</Class>{start}<GetChanges/>"),
    );
    is_collection(
        &request,
        V12_1,
        &format!("<Class>Email</Class>{start}<GetChanges>1</GetChanges>"),
    );
    let request = one(Query {
        get_changes: false,
        ..query(Class::Email, key("1"))
    });
    is_collection(&request, V2_5, &format!("<Class>Email</Class>{start}"));
    is_collection(
        &request,
        V16_1,
        &format!("{start}<GetChanges>0</GetChanges>"),
    );
}

#[test]
fn a_preview_is_asked_for_in_the_words_of_the_version() {
    let options = Options {
        filter: Some(Filter::ThreeDays),
        mime: None,
        bodies: vec![PREVIEW],
    };
    let query = Query {
        options: Some(options),
        window: Some(50),
        ..query(Class::Email, key("1"))
    };
    let request = one(query);
    let start = "<SyncKey>1</SyncKey><CollectionId>5</CollectionId>";
    let filter = "<FilterType>2</FilterType>";
    is_collection(
        &request,
        V2_5,
        &format!(
            "<Class>Email</Class>{start}<GetChanges/><WindowSize>50</WindowSize>\
             <Options>{filter}<Truncation>2</Truncation></Options>"
        ),
    );
    let body = "<airsyncbase:Type>1</airsyncbase:Type><airsyncbase:TruncationSize>1000</airsyncbase:TruncationSize>";
    let since_12_1 = "<GetChanges>1</GetChanges><WindowSize>50</WindowSize>";
    is_collection(
        &request,
        V12_1,
        &format!(
            "<Class>Email</Class>{start}{since_12_1}<Options>{filter}\
             <airsyncbase:BodyPreference>{body}</airsyncbase:BodyPreference></Options>"
        ),
    );
    is_collection(
        &request,
        V16_1,
        &format!(
            "{start}{since_12_1}<Options>{filter}<airsyncbase:BodyPreference>{body}\
             <airsyncbase:Preview>200</airsyncbase:Preview></airsyncbase:BodyPreference></Options>"
        ),
    );
}

#[test]
fn mime_is_asked_for_together_with_its_support() {
    let body = BodyPreference {
        kind: BodyType::Mime,
        truncation: Some(4096),
        all_or_none: true,
        preview: None,
    };
    let options = Options {
        filter: None,
        mime: Some(MimeSupport::Always),
        bodies: vec![body],
    };
    let query = Query {
        options: Some(options),
        ..query(Class::Email, SyncKey::initial())
    };
    let start = "<SyncKey>0</SyncKey><CollectionId>5</CollectionId>";
    is_collection(
        &one(query.clone()),
        V2_5,
        &format!(
            "<Class>Email</Class>{start}<Options><MIMESupport>2</MIMESupport>\
             <MIMETruncation>1</MIMETruncation></Options>"
        ),
    );
    is_collection(
        &one(query),
        V14_0,
        &format!(
            "{start}<Options><MIMESupport>2</MIMESupport><MIMETruncation>1</MIMETruncation><airsyncbase:BodyPreference>\
             <airsyncbase:Type>4</airsyncbase:Type><airsyncbase:TruncationSize>4096</airsyncbase:TruncationSize>\
             <airsyncbase:AllOrNone>1</airsyncbase:AllOrNone></airsyncbase:BodyPreference></Options>"
        ),
    );
}

/// A server keeps what it was asked for: all of it has to be asked for too.
#[test]
fn a_body_without_a_cut_is_asked_for_in_the_words_of_2_5_too() {
    let body = |kind, truncation| BodyPreference {
        kind,
        truncation,
        all_or_none: false,
        preview: None,
    };
    for truncation in [None, Some(102_401)] {
        let bodies = [BodyType::Mime, BodyType::Html].map(|kind| body(kind, truncation));
        let options = Options {
            filter: None,
            mime: None,
            bodies: bodies.to_vec(),
        };
        let query = Query {
            options: Some(options),
            ..query(Class::Email, SyncKey::initial())
        };
        is_collection(
            &one(query),
            V2_5,
            "<Class>Email</Class><SyncKey>0</SyncKey><CollectionId>5</CollectionId>\
             <Options><MIMETruncation>8</MIMETruncation><Truncation>9</Truncation></Options>",
        );
    }
}

#[test]
fn what_a_class_does_not_know_is_not_asked_for() {
    let options = Options {
        filter: Some(Filter::All),
        mime: Some(MimeSupport::Always),
        bodies: Vec::new(),
    };
    let query = Query {
        options: Some(options),
        ..query(Class::Contacts, SyncKey::initial())
    };
    let bare = "<SyncKey>0</SyncKey><CollectionId>5</CollectionId>";
    is_collection(&one(query), V14_0, bare);
}

/// MS-ASCMD, the section on Supported of the examples.
#[test]
fn elements_that_are_kept_here_are_named_with_the_initial_key_only() {
    let supported = vec![contacts::JOB_TITLE, contacts::DEPARTMENT];
    let query = |key| Query {
        supported: supported.clone(),
        ..query(Class::Contacts, key)
    };
    is_collection(
        &one(query(SyncKey::initial())),
        V14_0,
        "<SyncKey>0</SyncKey><CollectionId>5</CollectionId>\
         <Supported><contacts:JobTitle/><contacts:Department/></Supported>",
    );
    is_collection(
        &one(query(key("1"))),
        V14_0,
        "<SyncKey>1</SyncKey><CollectionId>5</CollectionId><GetChanges>1</GetChanges>",
    );
}

#[test]
fn a_mail_is_fetched_whole_where_there_is_nothing_better() {
    let query = Query {
        fetch: vec![item("5:1"), item("5:2")],
        ..query(Class::Email, key("1"))
    };
    is_collection(
        &one(query),
        V2_5,
        "<Class>Email</Class><SyncKey>1</SyncKey><CollectionId>5</CollectionId><GetChanges/>\
         <Commands><Fetch><ServerId>5:1</ServerId></Fetch><Fetch><ServerId>5:2</ServerId></Fetch></Commands>",
    );
}

#[test]
fn a_wait_is_said_in_the_unit_of_the_version() {
    let request = |wait| Request {
        wait: Some(wait),
        ..Request::default()
    };
    let sync = |inside: &str| format!("<Sync xmlns=\"AirSync\">{inside}</Sync>");
    let seconds = request(Wait::Seconds(480));
    is(
        &seconds.encode(V16_1),
        &sync("<HeartbeatInterval>480</HeartbeatInterval>"),
    );
    is(&seconds.encode(V12_1), &sync("<Wait>8</Wait>"));
    is(&seconds.encode(V12_0), &sync(""));
    is(
        &request(Wait::Minutes(8)).encode(V14_0),
        &sync("<Wait>8</Wait>"),
    );
}

#[test]
fn a_request_is_a_document_of_known_elements_of_its_version() {
    let options = Options {
        filter: Some(Filter::Week),
        mime: Some(MimeSupport::Smime),
        bodies: vec![PREVIEW],
    };
    let query = Query {
        options: Some(options),
        deletes_as_moves: Some(true),
        window: Some(9),
        fetch: vec![item("1")],
        ..query(Class::Email, key("1"))
    };
    let request = Request {
        collections: vec![query],
        wait: Some(Wait::Seconds(60)),
        window: Some(9),
    };
    for version in [V2_5, V12_0, V12_1, V14_0, V16_1] {
        let element = Element::decode(&request.encode(version), Limits::default()).unwrap();
        assert_known(&element, version);
    }
}

fn assert_known(element: &Element, version: pushmail_wbxml::ProtocolVersion) {
    let versions = element.tag().versions().unwrap();
    assert!(
        versions.contains(version),
        "{version}: {}",
        pretty::element(element, 0)
    );
    element
        .children()
        .for_each(|child| assert_known(child, version));
}
