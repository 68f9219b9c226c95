//! ItemOperations.

use crate::support::{folder, is, item};
use crate::xml::wbxml;
use pushmail_eas::command::item_operations::{Answer, Request, Status};
use pushmail_eas::command::sync::{BodyPreference, Limits};
use pushmail_eas::item::{BodyType, Data};
use pushmail_wbxml::ProtocolVersion;

fn request(kind: BodyType) -> Request {
    let body = BodyPreference {
        kind,
        truncation: Some(2048),
        all_or_none: false,
        preview: None,
    };
    Request {
        collection: folder("7"),
        item: item("7:1"),
        body,
    }
}

#[test]
fn a_mail_is_asked_for_with_the_start_of_its_mime() {
    is(
        &request(BodyType::Mime)
            .encode(ProtocolVersion::V14_1)
            .unwrap(),
        r#"<ItemOperations xmlns="ItemOperations"><Fetch><Store>Mailbox</Store>
        <airsync:CollectionId>7</airsync:CollectionId><airsync:ServerId>7:1</airsync:ServerId>
        <Options><airsync:MIMESupport>2</airsync:MIMESupport><airsyncbase:BodyPreference>
        <airsyncbase:Type>4</airsyncbase:Type><airsyncbase:TruncationSize>2048</airsyncbase:TruncationSize>
        </airsyncbase:BodyPreference></Options></Fetch></ItemOperations>"#,
    );
}

#[test]
fn in_2_5_there_is_no_such_command() {
    assert_eq!(
        request(BodyType::PlainText).encode(ProtocolVersion::V2_5),
        None
    );
    assert!(
        request(BodyType::PlainText)
            .encode(ProtocolVersion::V12_0)
            .is_some()
    );
}

#[test]
fn an_item_is_read_as_in_a_sync() {
    let answer = wbxml(
        r#"<ItemOperations xmlns="ItemOperations"><Status>1</Status><Response><Fetch><Status>1</Status>
        <airsync:CollectionId>7</airsync:CollectionId><airsync:ServerId>7:1</airsync:ServerId>
        <airsync:Class>Email</airsync:Class><Properties><email:Subject>Hi</email:Subject><airsyncbase:Body>
        <airsyncbase:Type>4</airsyncbase:Type><airsyncbase:Truncated>1</airsyncbase:Truncated>
        <airsyncbase:Data>From: a</airsyncbase:Data></airsyncbase:Body></Properties></Fetch></Response></ItemOperations>"#,
    );
    let answer = Answer::parse(&answer, Limits::default()).unwrap();
    assert_eq!(
        (answer.status, answer.fetch),
        (Status::Success, Some(Status::Success))
    );
    assert_eq!(answer.id, Some(item("7:1")));
    let item = answer.item.unwrap();
    assert_eq!(&*item.body.unwrap().data, b"From: a");
    assert!(matches!(item.data, Data::Email(email) if email.subject.as_deref() == Some("Hi")));
}

#[test]
fn an_item_that_is_gone_is_told_from_a_request_that_failed() {
    let answer = wbxml(
        r#"<ItemOperations xmlns="ItemOperations"><Status>1</Status><Response><Fetch><Status>6</Status>
        <airsync:ServerId>7:1</airsync:ServerId></Fetch></Response></ItemOperations>"#,
    );
    let answer = Answer::parse(&answer, Limits::default()).unwrap();
    assert_eq!(
        (answer.status, answer.fetch, answer.item),
        (Status::Success, Some(Status::NotFound), None)
    );
    let answer =
        wbxml(r#"<ItemOperations xmlns="ItemOperations"><Status>155</Status></ItemOperations>"#);
    let answer = Answer::parse(&answer, Limits::default()).unwrap();
    assert_eq!(
        (answer.status, answer.fetch),
        (Status::InvalidRequest, None)
    );
    assert!(Answer::parse(b"", Limits::default()).is_err());
}
