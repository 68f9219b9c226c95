//! Requests that are not as the specification has them.

use super::device::{Device, USER, element, serve};
use pushmail_eas::command::Command;
use pushmail_wbxml::ProtocolVersion as V;

const INBOX: &str = "5";

/// What is in a Collection besides Class.
async fn sync_says(device: &mut Device, inside: &str) -> String {
    let xml = format!(
        "<Sync xmlns=\"AirSync\"><Collections><Collection>{inside}</Collection></Collections></Sync>"
    );
    device.ask(Command::Sync, &xml).await.text("Status")
}

#[tokio::test]
async fn a_collection_that_is_malformed_is_a_protocol_error() {
    let sim = serve().await;
    let mut device = Device::with_folders(&sim, V::V16_1).await;
    let key = device.synced(INBOX).await;
    let cases = [
        // MS-ASCMD, section 2.2.3.29.2: the order.
        "<CollectionId>5</CollectionId><SyncKey>{key}</SyncKey>".to_owned(),
        "<SyncKey>{key}</SyncKey><CollectionId>5</CollectionId><WindowSize>5</WindowSize><GetChanges/>".to_owned(),
        // What has to be there.
        "<SyncKey>{key}</SyncKey>".to_owned(),
        "<CollectionId>5</CollectionId>".to_owned(),
        // Section 2.2.3.27.6: Class is in Options from 14.0 on.
        "<Class>Email</Class><SyncKey>{key}</SyncKey><CollectionId>5</CollectionId>".to_owned(),
        // What is no number, or no flag.
        "<SyncKey>{key}</SyncKey><CollectionId>5</CollectionId><WindowSize>all</WindowSize>".to_owned(),
        "<SyncKey>{key}</SyncKey><CollectionId>5</CollectionId><GetChanges>2</GetChanges>".to_owned(),
        // Section 2.2.3.84.
        "<SyncKey>0</SyncKey><CollectionId>5</CollectionId><GetChanges/>".to_owned(),
        "<SyncKey>0</SyncKey><CollectionId>5</CollectionId><GetChanges>1</GetChanges>".to_owned(),
        // Section 2.2.3.181.4.
        "<SyncKey>0</SyncKey><CollectionId>5</CollectionId><Commands><Fetch><ServerId>5:1</ServerId></Fetch></Commands>".to_owned(),
        // Section 2.2.3.32.
        "<SyncKey>{key}</SyncKey><CollectionId>5</CollectionId><Commands/>".to_owned(),
        "<SyncKey>{key}</SyncKey><CollectionId>5</CollectionId><Commands><SoftDelete/></Commands>".to_owned(),
        // Section 2.2.3.179.
        "<SyncKey>{key}</SyncKey><CollectionId>5</CollectionId><Supported/>".to_owned(),
        // Elements of others.
        "<SyncKey>{key}</SyncKey><CollectionId>5</CollectionId><Status>1</Status>".to_owned(),
        "<SyncKey>{key}</SyncKey><CollectionId>5</CollectionId><ping:Id>5</ping:Id>".to_owned(),
        "<SyncKey>{key}</SyncKey><SyncKey>{key}</SyncKey><CollectionId>5</CollectionId>".to_owned(),
        "<SyncKey><Status>1</Status></SyncKey><CollectionId>5</CollectionId>".to_owned(),
        "text<SyncKey>{key}</SyncKey><CollectionId>5</CollectionId>".to_owned(),
    ];
    for inside in &cases {
        let inside = inside.replace("{key}", &key);
        assert_eq!(sync_says(&mut device, &inside).await, "4", "{inside}");
    }
    assert_eq!(sim.eas().mistakes(USER).len(), cases.len());
    // Nothing of it changed anything.
    assert!(device.sync(INBOX, &key, "").await.body.is_empty());
}

#[tokio::test]
async fn options_that_are_malformed_are_a_protocol_error() {
    let sim = serve().await;
    let mut device = Device::with_folders(&sim, V::V16_1).await;
    let mail = device.synced(INBOX).await;
    let calendar = device.synced("1").await;
    let body =
        |inside: &str| format!("<airsyncbase:BodyPreference>{inside}</airsyncbase:BodyPreference>");
    let plain = body("<airsyncbase:Type>1</airsyncbase:Type>");
    let cases = [
        // MS-ASCMD, section 2.2.3.68.2.
        (INBOX, "<FilterType>6</FilterType>".to_owned()),
        (INBOX, "<FilterType>8</FilterType>".to_owned()),
        ("1", "<FilterType>1</FilterType>".to_owned()),
        // Section 2.2.3.27.6.
        (INBOX, "<Class>Calendar</Class>".to_owned()),
        (
            INBOX,
            "<Class>Email</Class></Options><Options><Class>Email</Class>".to_owned(),
        ),
        (INBOX, "</Options><Options>".to_owned()),
        ("1", "</Options><Options><Class>SMS</Class>".to_owned()),
        (INBOX, "<MIMESupport>3</MIMESupport>".to_owned()),
        (INBOX, "<MIMETruncation>9</MIMETruncation>".to_owned()),
        // Those of 2.5.
        (INBOX, "<Truncation>1</Truncation>".to_owned()),
        // MS-ASAIRS, section 2.2.2.12.
        (INBOX, body("")),
        (INBOX, body("<airsyncbase:Type>5</airsyncbase:Type>")),
        (INBOX, format!("{plain}{plain}")),
        (
            INBOX,
            body(
                "<airsyncbase:Type>1</airsyncbase:Type><airsyncbase:Preview>256</airsyncbase:Preview>",
            ),
        ),
    ];
    for (folder, options) in &cases {
        let key = if *folder == INBOX { &mail } else { &calendar };
        let options = format!("<Options>{options}</Options>");
        let got = device.sync(folder, key, &options).await;
        assert_eq!(got.text("Status"), "4", "{options}");
    }
    assert_eq!(sim.eas().mistakes(USER).len(), cases.len());
    // An SMS beside mail is allowed.
    let options =
        "<Options><FilterType>3</FilterType></Options><Options><Class>SMS</Class></Options>";
    assert!(device.sync(INBOX, &mail, options).await.body.is_empty());
}

#[tokio::test]
async fn a_sync_that_is_malformed_gets_the_status_for_it() {
    let sim = serve().await;
    let mut device = Device::with_folders(&sim, V::V16_1).await;
    let key = device.synced(INBOX).await;
    let inbox =
        format!("<Collection><SyncKey>{key}</SyncKey><CollectionId>5</CollectionId></Collection>");
    let all = format!("<Collections>{inbox}</Collections>");
    let cases = [
        (String::new(), "4", None),
        ("<Collections/>".to_owned(), "4", None),
        (
            format!("<Collections>{inbox}{inbox}</Collections>"),
            "4",
            None,
        ),
        (format!("{all}<Partial/>"), "13", None),
        (
            format!("{all}<Wait>1</Wait><HeartbeatInterval>60</HeartbeatInterval>"),
            "4",
            None,
        ),
        (format!("{all}<Wait>0</Wait>"), "14", Some("1")),
        (format!("{all}<Wait>60</Wait>"), "14", Some("59")),
        (
            format!("{all}<HeartbeatInterval>59</HeartbeatInterval>"),
            "14",
            Some("60"),
        ),
        (
            format!("{all}<HeartbeatInterval>3541</HeartbeatInterval>"),
            "14",
            Some("3540"),
        ),
    ];
    for (inside, status, limit) in cases {
        let xml = format!("<Sync xmlns=\"AirSync\">{inside}</Sync>");
        let got = device.ask(Command::Sync, &xml).await;
        assert_eq!(got.text("Status"), status, "{inside}");
        assert_eq!(
            got.texts("Limit").first().map(String::as_str),
            limit,
            "{inside}"
        );
    }
    // Up to 12.1 a collection says what it holds.
    let mut device = Device::with_folders(&sim, V::V12_1).await;
    for class in ["", "<Class>Tasks</Class>"] {
        let inside = format!("{class}<SyncKey>0</SyncKey><CollectionId>5</CollectionId>");
        assert_eq!(sync_says(&mut device, &inside).await, "4");
    }
}

#[tokio::test]
async fn every_command_has_a_status_for_what_is_malformed() {
    let sim = serve().await;
    let mut device = Device::ready(&sim, V::V16_1).await;
    for (command, xml, status) in [
        (
            Command::FolderSync,
            "<FolderSync xmlns=\"FolderHierarchy\"/>",
            "10",
        ),
        (
            Command::FolderSync,
            "<FolderSync xmlns=\"FolderHierarchy\"><SyncKey>0</SyncKey><Status>1</Status></FolderSync>",
            "10",
        ),
        (
            Command::Ping,
            "<Ping xmlns=\"Ping\"><Status>1</Status></Ping>",
            "4",
        ),
        (
            Command::Ping,
            "<Ping xmlns=\"Ping\"><Folders><Folder><Id>5</Id></Folder></Folders></Ping>",
            "4",
        ),
        (Command::Settings, "<Settings xmlns=\"Settings\"/>", "2"),
        (
            Command::ItemOperations,
            "<ItemOperations xmlns=\"ItemOperations\"/>",
            "2",
        ),
        (
            Command::ItemOperations,
            "<ItemOperations xmlns=\"ItemOperations\"><Fetch/></ItemOperations>",
            "2",
        ),
        (Command::FolderSync, "<Ping xmlns=\"Ping\"/>", "103"),
    ] {
        assert_eq!(
            device.ask(command, xml).await.text("Status"),
            status,
            "{xml}"
        );
    }
    let mut cut =
        element("<FolderSync xmlns=\"FolderHierarchy\"><SyncKey>0</SyncKey></FolderSync>").encode();
    cut.pop();
    for body in [b"no WBXML".as_slice(), &cut] {
        assert_eq!(
            device.post(Command::FolderSync, body).await.text("Status"),
            "102"
        );
    }
    assert_eq!(
        device.post(Command::FolderSync, b"").await.text("Status"),
        "103"
    );
    device.version = V::V12_1;
    assert_eq!(
        device.post(Command::FolderSync, &cut).await.head.status,
        400
    );
    assert_eq!(sim.eas().mistakes(USER).len(), 12);
}
