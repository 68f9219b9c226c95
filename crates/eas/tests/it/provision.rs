//! Provision.

use crate::support::is;
use crate::xml::wbxml;
use pushmail_eas::command::provision::{Answer, Demands, PolicyKey, PolicyStatus, Request, Wipe};
use pushmail_eas::status::Category;
use pushmail_wbxml::{Limits, ProtocolVersion};

fn parse(xml: &str) -> Answer {
    Answer::parse(&wbxml(xml), Limits::default()).unwrap()
}

#[test]
fn a_policy_is_asked_for_in_the_form_of_the_version() {
    is(
        &Request::Policy.encode(ProtocolVersion::V2_5),
        r#"<Provision xmlns="Provision"><Policies><Policy><PolicyType>MS-WAP-Provisioning-XML</PolicyType>
        </Policy></Policies></Provision>"#,
    );
    is(
        &Request::Policy.encode(ProtocolVersion::V14_0),
        r#"<Provision xmlns="Provision"><Policies><Policy><PolicyType>MS-EAS-Provisioning-WBXML</PolicyType>
        </Policy></Policies></Provision>"#,
    );
    is(
        &Request::Policy.encode(ProtocolVersion::V14_1),
        r#"<Provision xmlns="Provision"><settings:DeviceInformation><settings:Set>
        <settings:Model>pushmail</settings:Model><settings:FriendlyName>pushmail gateway</settings:FriendlyName>
        <settings:OS>pushmail</settings:OS><settings:UserAgent>pushmail</settings:UserAgent>
        </settings:Set></settings:DeviceInformation>
        <Policies><Policy><PolicyType>MS-EAS-Provisioning-WBXML</PolicyType></Policy></Policies></Provision>"#,
    );
}

#[test]
fn what_a_policy_demands_is_read() {
    let answer = parse(
        r#"<Provision xmlns="Provision"><settings:DeviceInformation><settings:Status>1</settings:Status>
        </settings:DeviceInformation><Status>1</Status><Policies><Policy>
        <PolicyType>MS-EAS-Provisioning-WBXML</PolicyType><Status>1</Status><PolicyKey>1307199584</PolicyKey>
        <Data><EASProvisionDoc><DevicePasswordEnabled>1</DevicePasswordEnabled><MaxAttachmentSize/>
        <RequireDeviceEncryption>0</RequireDeviceEncryption><MaxEmailAgeFilter>2</MaxEmailAgeFilter>
        <MaxEmailBodyTruncationSize>-1</MaxEmailBodyTruncationSize><MaxCalendarAgeFilter>many</MaxCalendarAgeFilter>
        <AllowHTMLEmail>1</AllowHTMLEmail></EASProvisionDoc></Data></Policy></Policies></Provision>"#,
    );
    assert!(answer.device_information.unwrap().is_fine());
    let policy = answer.policy.unwrap();
    assert_eq!(policy.key, PolicyKey::new("1307199584"));
    let demands = Demands {
        password: true,
        encryption: false,
        max_email_age: Some(2),
        max_calendar_age: None,
        max_body: Some(-1),
        html: Some(true),
    };
    assert_eq!(policy.demands, Some(demands));
    assert_eq!(policy.document, None);
}

#[test]
fn a_policy_of_2_5_is_a_document_of_its_own() {
    let answer = parse(
        r#"<Provision xmlns="Provision"><Status>1</Status><Policies><Policy>
        <PolicyType>MS-WAP-Provisioning-XML</PolicyType><Status>1</Status><PolicyKey>1</PolicyKey>
        <Data>&lt;wap-provisioningdoc/&gt;</Data></Policy></Policies></Provision>"#,
    );
    let policy = answer.policy.unwrap();
    assert_eq!(policy.document.as_deref(), Some("<wap-provisioningdoc/>"));
    assert_eq!(policy.demands, None);
}

/// So SOGo answers.
#[test]
fn that_there_is_no_policy_is_fine() {
    let answer = parse(
        r#"<Provision xmlns="Provision"><Status>1</Status><Policies><Policy>
        <PolicyType>MS-EAS-Provisioning-WBXML</PolicyType><Status>2</Status></Policy></Policies></Provision>"#,
    );
    let policy = answer.policy.unwrap();
    assert_eq!((policy.status, policy.key), (PolicyStatus::NoPolicy, None));
    assert_eq!(policy.status.category(), Category::Fine);
}

/// So Tencent answers.
#[test]
fn a_server_that_does_not_say_how_it_went_says_that_it_went_well() {
    let answer = parse(
        r#"<Provision xmlns="Provision"><Policies><Policy><Status>1</Status></Policy></Policies></Provision>"#,
    );
    assert!(answer.status.is_fine());
}

#[test]
fn a_wipe_counts_whatever_else_is_said() {
    let answer = parse(
        r#"<Provision xmlns="Provision"><Status>1</Status><Policies/><AccountOnlyRemoteWipe/><RemoteWipe/></Provision>"#,
    );
    assert_eq!(answer.wipe, Some(Wipe::Device));
}

/// Z-Push takes an element that says of itself that it has no content as one without an end.
#[test]
fn a_question_for_a_wipe_is_empty_and_ends() {
    let bytes = Request::Wipe.encode(ProtocolVersion::V12_1);
    assert_eq!(bytes, [0x03, 0x01, 0x6A, 0x00, 0x00, 0x0E, 0x45, 0x01]);
}

#[test]
fn a_wipe_that_cannot_be_done_is_said_too() {
    is(
        &Request::Wiped {
            what: Wipe::Account,
            done: false,
        }
        .encode(ProtocolVersion::V16_1),
        r#"<Provision xmlns="Provision"><AccountOnlyRemoteWipe><Status>2</Status></AccountOnlyRemoteWipe></Provision>"#,
    );
}

#[test]
fn a_key_that_no_header_can_hold_is_none() {
    for text in ["", "1\r\nX: y", "ä", "1 2", &"1".repeat(65)] {
        assert_eq!(PolicyKey::new(text), None);
    }
    let bytes = wbxml(
        "<Provision xmlns=\"Provision\"><Policies><Policy><PolicyKey>1\r\nX: y</PolicyKey></Policy></Policies></Provision>",
    );
    assert!(Answer::parse(&bytes, Limits::default()).is_err());
}
