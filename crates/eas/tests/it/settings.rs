//! Settings.

use crate::support::is;
use crate::xml::wbxml;
use pushmail_eas::command::settings::{Answer, Request, Status};
use pushmail_wbxml::{Limits, ProtocolVersion};

#[test]
fn who_we_are_is_no_phone() {
    assert_eq!(Request.encode(ProtocolVersion::V2_5), None);
    is(
        &Request.encode(ProtocolVersion::V14_0).unwrap(),
        r#"<Settings xmlns="Settings"><DeviceInformation><Set><Model>pushmail</Model>
        <FriendlyName>pushmail gateway</FriendlyName><OS>pushmail</OS><UserAgent>pushmail</UserAgent>
        </Set></DeviceInformation></Settings>"#,
    );
}

#[test]
fn what_a_version_does_not_know_is_not_said() {
    is(
        &Request.encode(ProtocolVersion::V12_0).unwrap(),
        r#"<Settings xmlns="Settings"><DeviceInformation><Set><Model>pushmail</Model>
        <FriendlyName>pushmail gateway</FriendlyName><OS>pushmail</OS></Set></DeviceInformation></Settings>"#,
    );
}

#[test]
fn how_it_went_is_read() {
    let answer = wbxml(
        r#"<Settings xmlns="Settings"><Status>1</Status>
        <DeviceInformation><Status>5</Status></DeviceInformation></Settings>"#,
    );
    let answer = Answer::parse(&answer, Limits::default()).unwrap();
    assert_eq!(answer.status, Status::Success);
    assert_eq!(answer.device_information, Some(Status::InvalidArguments));
}
