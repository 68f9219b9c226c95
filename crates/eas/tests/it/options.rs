//! What a server says of itself.

use crate::support::receive;
use proptest::prelude::*;
use pushmail_eas::command::Command;
use pushmail_eas::options::Offer;
use pushmail_wbxml::ProtocolVersion;

fn of(headers: &str) -> Offer {
    let text = format!("HTTP/1.1 200 OK\r\n{headers}Content-Length: 0\r\n\r\n");
    Offer::of(&receive(&text).unwrap().head)
}

#[test]
fn the_newest_version_that_both_know_is_spoken() {
    let cases = [
        ("16.1", Some(ProtocolVersion::V16_1)),
        (
            "2.0,2.1,2.5,12.0,12.1,14.0,14.1,16.0,16.1,17.0",
            Some(ProtocolVersion::V16_1),
        ),
        ("2.5, 12.0 ,12.1,14.0,14.1", Some(ProtocolVersion::V14_1)),
        ("12.0,2.5", Some(ProtocolVersion::V12_0)),
        ("1.0,2.0,2.1,2.5", Some(ProtocolVersion::V2_5)),
        ("1.0,22.5,16.10", None),
        ("", None),
    ];
    for (versions, version) in cases {
        assert_eq!(
            of(&format!("MS-ASProtocolVersions: {versions}\r\n")).version(),
            version,
            "{versions}"
        );
    }
    assert_eq!(of("").version(), None);
}

#[test]
fn commands_that_are_not_listed_are_not_there_unless_none_is_listed() {
    let options = of("MS-ASProtocolCommands: Sync,Ping\r\nMS-ASProtocolCommands: FolderSync\r\n");
    assert!(options.has(Command::Ping) && options.has(Command::FolderSync));
    assert!(!options.has(Command::ItemOperations));
    assert!(of("").has(Command::ItemOperations));
}

proptest! {
    #[test]
    fn no_header_does_harm(versions in "[ -~]{0,60}") {
        let _version = of(&format!("MS-ASProtocolVersions: {versions}\r\n")).version();
    }
}
