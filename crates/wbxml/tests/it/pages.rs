//! The tables.

use pushmail_wbxml::pages::{air_sync, email, find, gal, meeting_response, provision};
use pushmail_wbxml::{Page, ProtocolVersion, Tag};
use std::collections::HashSet;

#[test]
fn there_are_26_pages_in_the_order_of_the_specification() {
    let namespaces: Vec<_> = Page::all().iter().map(|page| page.namespace()).collect();
    let expected = [
        "AirSync",
        "Contacts",
        "Email",
        "AirNotify",
        "Calendar",
        "Move",
        "GetItemEstimate",
        "FolderHierarchy",
        "MeetingResponse",
        "Tasks",
        "ResolveRecipients",
        "ValidateCert",
        "Contacts2",
        "Ping",
        "Provision",
        "Search",
        "GAL",
        "AirSyncBase",
        "Settings",
        "DocumentLibrary",
        "ItemOperations",
        "ComposeMail",
        "Email2",
        "Notes",
        "RightsManagement",
        "Find",
    ];
    assert_eq!(namespaces, expected);
    for (number, page) in Page::all().iter().enumerate() {
        assert_eq!(usize::from(page.number()), number);
        assert_eq!(
            Page::of(page.number()).unwrap().namespace(),
            page.namespace()
        );
    }
    assert!(Page::of(26).is_none());
}

#[test]
fn no_page_has_a_token_or_a_name_twice() {
    for page in Page::all() {
        let entries = page.entries();
        let tokens: Vec<_> = entries.iter().map(|entry| entry.tag().token()).collect();
        assert!(tokens.is_sorted_by(|a, b| a < b), "{page:?}");
        let names: HashSet<_> = entries.iter().map(|entry| entry.name()).collect();
        assert_eq!(names.len(), entries.len(), "{page:?}");
    }
}

#[test]
fn each_entry_is_what_its_tag_says_of_itself() {
    for page in Page::all() {
        for entry in page.entries() {
            let tag = entry.tag();
            assert_eq!(tag.page(), page.number());
            assert_eq!(Tag::unknown(tag.page(), tag.token()), Some(tag));
            assert_eq!(tag.name(), Some(entry.name()));
            assert_eq!(tag.versions(), entry.versions());
        }
    }
}

/// What MS-ASWBXML lists, counted by hand; then what only others know.
#[test]
fn each_page_has_as_many_tags_as_the_specification_lists() {
    let counts = Page::all().iter().map(|page| {
        let (listed, unlisted): (Vec<_>, Vec<_>) = page
            .entries()
            .iter()
            .partition(|entry| entry.versions().is_some());
        (listed.len(), unlisted.len())
    });
    let expected = [
        (34, 3),
        (57, 1),
        (58, 1),
        (0, 19),
        (47, 9),
        (8, 0),
        (8, 2),
        (17, 3),
        (12, 1),
        (33, 1),
        (25, 0),
        (6, 0),
        (10, 0),
        (8, 1),
        (54, 1),
        (27, 2),
        (14, 0),
        (40, 0),
        (38, 0),
        (8, 0),
        (21, 0),
        (18, 1),
        (18, 0),
        (5, 0),
        (20, 0),
        (22, 0),
    ];
    assert_eq!(counts.collect::<Vec<_>>(), expected);
}

#[test]
fn a_tag_says_which_versions_support_it() {
    use ProtocolVersion::{V2_5, V12_0, V12_1, V14_0, V14_1, V16_0, V16_1};
    let all = [V2_5, V12_0, V12_1, V14_0, V14_1, V16_0, V16_1];
    let supported = |tag: Tag| {
        let versions = tag.versions().unwrap();
        let names = all.iter().filter(|version| versions.contains(**version));
        names
            .map(ToString::to_string)
            .collect::<Vec<_>>()
            .join(", ")
    };
    assert_eq!(
        supported(air_sync::SYNC),
        "2.5, 12.0, 12.1, 14.0, 14.1, 16.0, 16.1"
    );
    assert_eq!(supported(air_sync::WAIT), "12.1, 14.0, 14.1, 16.0, 16.1");
    assert_eq!(supported(email::BODY), "2.5");
    assert_eq!(supported(email::LOCATION), "2.5, 12.0, 12.1, 14.0, 14.1");
    assert_eq!(supported(gal::PICTURE), "14.1, 16.0, 16.1");
    assert_eq!(supported(meeting_response::SEND_RESPONSE), "16.0, 16.1");
    assert_eq!(
        supported(provision::EAS_PROVISION_DOC),
        "12.0, 12.1, 14.0, 14.1, 16.0, 16.1"
    );
    assert_eq!(supported(find::FIND), "16.1");
    assert_eq!(air_sync::NOTIFY_GUID.versions(), None);
}

#[test]
fn a_tag_that_no_table_defines_is_a_tag_all_the_same() {
    let of_known_page = Tag::unknown(0, 0x3F).unwrap();
    let of_unknown_page = Tag::unknown(99, 0x2A).unwrap();
    assert_eq!(
        format!("{of_known_page} {of_known_page:?}"),
        "tag3F AirSync:tag3F"
    );
    assert_eq!(
        format!("{of_unknown_page} {of_unknown_page:?}"),
        "tag2A page99:tag2A"
    );
    assert_eq!(
        (of_known_page.name(), of_known_page.versions()),
        (None, None)
    );
    assert_eq!(format!("{} {0:?}", air_sync::SYNC), "Sync AirSync:Sync");
}

#[test]
fn what_is_no_token_of_a_tag_makes_no_tag() {
    for token in [0x00, 0x04, 0x40, 0x45, 0xFF] {
        assert_eq!(Tag::unknown(0, token), None);
    }
}
