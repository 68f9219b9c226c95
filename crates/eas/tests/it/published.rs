//! Conversations that the specifications print. Lines that they wrap for print, and only those, are put together.

use crate::support::{folder, is, key, receive, sync};
use crate::xml::wbxml;
use pushmail_eas::command::folder_sync::{self, Status};
use pushmail_eas::command::ping::{self, Watched};
use pushmail_eas::command::provision::{self, Applied, PolicyKey, PolicyStatus};
use pushmail_eas::command::sync::{Part, Query, Request, Wait, What};
use pushmail_eas::command::{Class, Command, SyncKey};
use pushmail_eas::item::Data;
use pushmail_eas::options::Offer;
use pushmail_eas::status::{Category, Common};
use pushmail_wbxml::{Limits, ProtocolVersion};

/// MS-ASHTTP, section 4: OPTIONS.
#[test]
fn what_a_server_says_of_itself() {
    let text = "HTTP/1.1 200 OK\r\nCache-Control: private\r\nAllow: OPTIONS,POST\r\nServer: Microsoft-IIS/7.0\r\n\
        MS-Server-ActiveSync: 14.00.0536.000\r\nMS-ASProtocolVersions: 2.0,2.1,2.5,12.0,12.1,14.0\r\n\
        MS-ASProtocolCommands: Sync,SendMail,SmartForward,SmartReply,GetAttachment,GetHierarchy,CreateCollection,\
        DeleteCollection,MoveCollection,FolderSync,FolderCreate,FolderDelete,FolderUpdate,MoveItems,GetItemEstimate,\
        MeetingResponse,Search,Settings,Ping,ItemOperations,Provision,ResolveRecipients,ValidateCert\r\n\
        Public: OPTIONS,POST\r\nX-AspNet-Version: 2.0.50727\r\nX-Powered-By: ASP.NET\r\n\
        Date: Thu, 12 Mar 2009 20:03:29 GMT\r\nContent-Length: 0\r\n\r\n";
    let offer = Offer::of(&receive(text).unwrap().head);
    assert_eq!(offer.version(), Some(ProtocolVersion::V14_0));
    assert!(Command::ALL.into_iter().all(|command| offer.has(command)));
}

/// MS-ASPROV, section 4.1.1.
#[test]
fn a_folder_sync_before_the_policy() {
    let request = folder_sync::Request {
        sync_key: SyncKey::initial(),
    };
    is(
        &request.encode(),
        r#"<?xml version="1.0" encoding="utf-8"?>
        <FolderSync xmlns="FolderHierarchy:"><SyncKey>0</SyncKey></FolderSync>"#,
    );
    let answer = wbxml(r#"<FolderSync xmlns="FolderHierarchy:"><Status>142</Status></FolderSync>"#);
    let answer = folder_sync::Answer::parse(&answer, Limits::default()).unwrap();
    assert_eq!(answer.status, Status::Common(Common::DeviceNotProvisioned));
    assert_eq!(answer.status.category(), Category::Reprovision);
}

/// MS-ASCMD, section 4.4.2, up to its fifth folder.
#[test]
fn the_folders_of_a_mailbox() {
    let answer = wbxml(
        r#"<?xml version="1.0" encoding="utf-8"?> <FolderSync xmlns="FolderHierarchy"> <Status>1</Status>
        <SyncKey>1</SyncKey> <Changes> <Count>13</Count>
        <Add> <ServerId>1</ServerId> <ParentId>0</ParentId> <DisplayName>Calendar</DisplayName> <Type>8</Type> </Add>
        <Add> <ServerId>2</ServerId> <ParentId>0</ParentId> <DisplayName>Contacts</DisplayName> <Type>9</Type> </Add>
        <Add> <ServerId>3</ServerId> <ParentId>0</ParentId> <DisplayName>Deleted Items</DisplayName> <Type>4</Type> </Add>
        <Add> <ServerId>4</ServerId> <ParentId>0</ParentId> <DisplayName>Drafts</DisplayName> <Type>3</Type> </Add>
        <Add> <ServerId>5</ServerId> <ParentId>0</ParentId> <DisplayName>Inbox</DisplayName> <Type>2</Type> </Add>
        </Changes> </FolderSync>"#,
    );
    let answer = folder_sync::Answer::parse(&answer, Limits::default()).unwrap();
    assert_eq!(answer.sync_key, Some(key("1")));
    let folders: Vec<_> = answer
        .changes
        .iter()
        .map(|change| match change {
            folder_sync::Change::Added(folder) => {
                (folder.id.as_str(), &*folder.name, folder.kind.class())
            }
            change => panic!("{change:?}"),
        })
        .collect();
    let mail = Some(Class::Email);
    let expected = [
        ("1", "Calendar", Some(Class::Calendar)),
        ("2", "Contacts", Some(Class::Contacts)),
        ("3", "Deleted Items", mail),
        ("4", "Drafts", mail),
        ("5", "Inbox", mail),
    ];
    assert_eq!(folders, expected);
}

/// MS-ASPROV, section 4.1.3.
#[test]
fn a_policy_is_acknowledged() {
    let request = provision::Request::Acknowledge {
        key: PolicyKey::new("1307199584").unwrap(),
        applied: Applied::Fully,
    };
    is(
        &request.encode(ProtocolVersion::V14_0),
        r#"<?xml version="1.0" encoding="utf-8"?>
        <Provision xmlns="Provision:">
             <Policies>
                  <Policy>
                       <PolicyType>MS-EAS-Provisioning-WBXML</PolicyType> <PolicyKey>1307199584</PolicyKey>
                       <Status>1</Status>
                  </Policy>
             </Policies>
        </Provision>"#,
    );
    let answer = wbxml(
        r#"<?xml version="1.0" encoding="utf-8"?>
        <Provision xmlns="Provision:">
             <Status>1</Status>
                  <Policies>
                       <Policy>
                            <PolicyType> MS-EAS-Provisioning-WBXML </PolicyType>
                       <Status>1</Status>
                       <PolicyKey>3942919513</PolicyKey>
                  </Policy>
             </Policies>
        </Provision>"#,
    );
    let answer = provision::Answer::parse(&answer, Limits::default()).unwrap();
    let policy = answer.policy.unwrap();
    assert!(answer.status.is_fine());
    assert_eq!(policy.status, PolicyStatus::Success);
    assert_eq!(policy.key.unwrap().as_str(), "3942919513");
}

/// MS-ASCMD, the section on Ping of the examples, and 2.2.3.177.11.
#[test]
fn a_ping_that_expires() {
    let watched = Watched {
        id: folder("5"),
        class: Class::Email,
    };
    let request = ping::Request {
        heartbeat: Some(80),
        folders: vec![watched],
    };
    is(
        &request.encode(),
        r#"<Ping xmlns="Ping:"><HeartbeatInterval>80</HeartbeatInterval>
        <Folders><Folder><Id>5</Id><Class>Email</Class></Folder></Folders></Ping>"#,
    );
    let answer = wbxml(r#"<Ping xmlns="Ping:"><Status>1</Status></Ping>"#);
    let answer = ping::Answer::parse(&answer, Limits::default()).unwrap();
    assert_eq!(answer.status, ping::Status::Expired);
}

/// MS-ASCMD, section 4.5.10.
#[test]
fn a_sync_that_waits_for_nothing_new() {
    let request = Request {
        collections: vec![Query {
            id: folder("5"),
            class: Class::Email,
            sync_key: key("560109801"),
            supported: Vec::new(),
            deletes_as_moves: Some(true),
            get_changes: true,
            window: Some(512),
            options: None,
            fetch: Vec::new(),
        }],
        wait: Some(Wait::Seconds(60)),
        window: Some(512),
    };
    is(
        &request.encode(ProtocolVersion::V14_0),
        r#"<?xml version="1.0" encoding="utf-8"?>
        <Sync xmlns="AirSync"> <Collections> <Collection> <SyncKey>560109801</SyncKey> <CollectionId>5</CollectionId>
        <DeletesAsMoves>1</DeletesAsMoves> <GetChanges>1</GetChanges> <WindowSize>512</WindowSize> </Collection>
        </Collections> <HeartbeatInterval>60</HeartbeatInterval> <WindowSize>512</WindowSize> </Sync>"#,
    );
    assert!(Request::default().encode(ProtocolVersion::V14_0).is_empty());
    let received = receive(
        "HTTP/1.1 200 OK\r\nDate: Fri, 10 Apr 2009 20:32:39 GMT\r\nContent-Length: 0\r\n\r\n",
    );
    assert!(received.unwrap().body.is_empty());
}

/// MS-ASEMAIL, section 4.1.3.1, up to its attachments.
#[test]
fn a_mail_with_a_voice_message() {
    let (parts, answer) = sync(
        r#"<?xml version="1.0" encoding="utf-8"?>
        <Sync xmlns="AirSync:" xmlns:email="Email:" xmlns:airsyncbase="AirSyncBase:" xmlns:email2="Email2:">
        <Collections> <Collection> <SyncKey>1336143213</SyncKey> <CollectionId>20</CollectionId> <Status>1</Status>
        <Commands> <Add> <ServerId>20:2</ServerId> <ApplicationData>
        <email:To>"Device User" &lt;someone@example.com&gt;</email:To>
        <email:From>"7125550123" &lt;7125550123&gt;</email:From>
        <email:Subject>Voice Mail from 7125550123 (3 seconds)</email:Subject>
        <email:DateReceived>2007-11-06T23:42:16.829Z</email:DateReceived>
        <email:DisplayTo>Device User</email:DisplayTo>
        <email:ThreadTopic>Voice Mail from 7125550123 (3 seconds)</email:ThreadTopic>
        <email:Importance>1</email:Importance> <email:Read>1</email:Read>
        <airsyncbase:Attachments> <airsyncbase:Attachment>
        <airsyncbase:DisplayName>7125550123 (3 seconds) Voice Mail.wma</airsyncbase:DisplayName>
        <airsyncbase:FileReference>20%3a2%3a0</airsyncbase:FileReference> <airsyncbase:Method>1</airsyncbase:Method>
        <airsyncbase:EstimatedDataSize>9025</airsyncbase:EstimatedDataSize>
        </airsyncbase:Attachment> </airsyncbase:Attachments>
        </ApplicationData> </Add> </Commands> </Collection> </Collections> </Sync>"#,
    );
    let [Part::Change(change), Part::Collection(collection)] = parts.as_slice() else {
        panic!("{parts:?}");
    };
    assert!(answer.status.is_fine() && !answer.is_empty);
    assert_eq!(change.id.as_str(), "20:2");
    assert_eq!(collection.sync_key, Some(key("1336143213")));
    assert!(!collection.more_available);
    let What::Added(item) = &change.what else {
        panic!("{change:?}");
    };
    let Data::Email(email) = &item.data else {
        panic!("{item:?}");
    };
    assert_eq!(
        email.subject.as_deref(),
        Some("Voice Mail from 7125550123 (3 seconds)")
    );
    assert_eq!(email.from.as_deref(), Some("\"7125550123\" <7125550123>"));
    assert_eq!(email.received.unwrap().micros(), 1_194_392_536_829_000);
    assert_eq!(email.read, Some(true));
}

/// MS-ASPROV, sections 3.1.5.1.1, 3.1.5.1.2.2 and 3.1.5.1.2.3.
#[test]
fn what_came_from_the_account_is_forgotten() {
    let version = ProtocolVersion::V16_1;
    is(
        &provision::Request::Wipe.encode(version),
        r#"<Provision xmlns="Provision"/>"#,
    );
    let cases = [
        (provision::Wipe::Device, "RemoteWipe"),
        (provision::Wipe::Account, "AccountOnlyRemoteWipe"),
    ];
    for (what, name) in cases {
        let answer =
            format!("<Provision xmlns=\"Provision\"><Status>1</Status><{name}/></Provision>");
        let answer = provision::Answer::parse(&wbxml(&answer), Limits::default()).unwrap();
        assert_eq!(answer.wipe, Some(what));
        let request = provision::Request::Wiped { what, done: true };
        let said = format!(
            "<Provision xmlns=\"Provision\"><{name}><Status>1</Status></{name}></Provision>"
        );
        is(&request.encode(version), &said);
    }
}
