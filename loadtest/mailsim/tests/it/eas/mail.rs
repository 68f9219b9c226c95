//! Mail by Sync and ItemOperations.

use super::device::{Device, USER, count, serve, shown};
use pushmail_domain::Timestamp;
use pushmail_eas::command::Command;
use pushmail_eas::command::sync::{Limits, Parser, Part, What};
use pushmail_eas::item::Data;
use pushmail_mailsim::message;
use pushmail_wbxml::ProtocolVersion as V;

const INBOX: &str = "5";
/// By the clock of the tests, which goes on by microseconds.
const NOW: i64 = 1_772_409_845;
const DAY: i64 = 24 * 60 * 60;

fn mail(subject: &str) -> Vec<u8> {
    format!(
        "From: Bob <bob@x.test>\r\nTo: ann@x.test\r\nSubject: {subject}\r\n\r\nH\u{e9}llo {subject}"
    )
    .into_bytes()
}

/// MS-ASCMD, section 4.5.
#[tokio::test]
async fn a_folder_begins_with_a_key_and_then_comes_the_mail() {
    let sim = serve().await;
    let at = Timestamp::from_micros(1_772_400_000_000_000);
    sim.deliver_at(USER, "INBOX", mail("one"), at);
    let mut device = Device::with_folders(&sim, V::V16_1).await;
    let got = device.sync(INBOX, "0", "").await;
    let first = got.text("SyncKey");
    let answer = |key: &str, more: &str| {
        shown(&format!(
            "<Sync xmlns=\"AirSync\"><Collections><Collection><SyncKey>{key}</SyncKey>\
             <CollectionId>5</CollectionId><Status>1</Status>{more}</Collection></Collections></Sync>"
        ))
    };
    assert_eq!(got.xml(), answer(&first, ""));

    let plain = "<Options><airsyncbase:BodyPreference><airsyncbase:Type>1</airsyncbase:Type>\
        <airsyncbase:TruncationSize>5</airsyncbase:TruncationSize></airsyncbase:BodyPreference></Options>";
    let got = device.sync(INBOX, &first, plain).await;
    let second = got.text("SyncKey");
    let add = "<Commands><Add><ServerId>5:1</ServerId><ApplicationData>\
        <email:To>ann@x.test</email:To><email:From>\"Bob\" &lt;bob@x.test&gt;</email:From>\
        <email:Subject>one</email:Subject>\
        <email:DateReceived>2026-03-01T21:20:00.000Z</email:DateReceived>\
        <email:DisplayTo>ann@x.test</email:DisplayTo><email:ThreadTopic>one</email:ThreadTopic>\
        <email:Importance>1</email:Importance><email:Read>0</email:Read>\
        <airsyncbase:Body><airsyncbase:Type>1</airsyncbase:Type>\
        <airsyncbase:EstimatedDataSize>10</airsyncbase:EstimatedDataSize>\
        <airsyncbase:Truncated>1</airsyncbase:Truncated>\
        <airsyncbase:Data>H\u{e9}ll</airsyncbase:Data></airsyncbase:Body>\
        <email:MessageClass>IPM.Note</email:MessageClass><email:InternetCPID>65001</email:InternetCPID>\
        <email:Flag/><email:ContentClass>urn:content-classes:message</email:ContentClass>\
        <airsyncbase:NativeBodyType>1</airsyncbase:NativeBodyType>";
    let expected = answer(
        &second,
        &format!("{add}</ApplicationData></Add></Commands>"),
    );
    let head = expected.split("</ApplicationData>").next().unwrap();
    let xml = got.xml();
    assert!(xml.starts_with(head.trim_end()), "{xml}\n{head}");
    assert!(
        xml.contains("<email2:ConversationId><!-- 16 opaque bytes"),
        "{xml}"
    );

    // The client's side reads the same.
    let mut parser = Parser::new(Limits::default());
    let Ok(Some(Part::Change(change))) = parser.next(&mut got.body.as_slice()) else {
        panic!("{xml}");
    };
    let What::Added(item) = change.what else {
        panic!("{xml}");
    };
    let Data::Email(email) = &item.data else {
        panic!("{xml}");
    };
    assert_eq!(email.received, Some(at));

    // Nothing is new: an answer without a word, and the key stays.
    assert!(device.sync(INBOX, &second, "").await.body.is_empty());
    assert_eq!(sim.eas().mistakes(USER), Vec::<String>::new());
}

#[tokio::test]
async fn changes_come_in_windows() {
    let sim = serve().await;
    for n in 0..5 {
        sim.deliver(USER, message(n, USER));
    }
    let mut device = Device::with_folders(&sim, V::V14_1).await;
    let mut key = device.sync(INBOX, "0", "").await.text("SyncKey");
    let mut names = Vec::new();
    for (adds, more) in [(2, true), (2, true), (1, false)] {
        let got = device.sync(INBOX, &key, "<WindowSize>2</WindowSize>").await;
        let xml = got.xml();
        assert_eq!(count(&xml, "Add"), adds);
        assert_eq!(xml.contains("<MoreAvailable/>"), more);
        names.extend(got.texts("ServerId"));
        key = got.text("SyncKey");
    }
    // Below 16.0 the server gives names as it likes.
    assert_eq!(names, ["5:1", "5:2", "5:3", "5:4", "5:5"]);
    // A window of the whole answer.
    let xml = format!(
        "<Sync xmlns=\"AirSync\"><Collections><Collection><SyncKey>{}</SyncKey>\
         <CollectionId>5</CollectionId><WindowSize>0</WindowSize></Collection></Collections>\
         <WindowSize>3</WindowSize></Sync>",
        device.sync(INBOX, "0", "").await.text("SyncKey")
    );
    let got = device.ask(Command::Sync, &xml).await;
    assert_eq!(
        (count(&got.xml(), "Add"), got.texts("ServerId")[0].as_str()),
        (3, "5:6")
    );
}

#[tokio::test]
async fn what_leaves_the_filter_is_soft_deleted_and_what_goes_is_deleted() {
    let sim = serve().await;
    for (subject, age) in [("old", 5), ("older", 20), ("new", 0)] {
        let at = Timestamp::from_micros((NOW - age * DAY) * 1_000_000);
        sim.deliver_at(USER, "INBOX", mail(subject), at);
    }
    let mut device = Device::with_folders(&sim, V::V16_1).await;
    let key = device.sync(INBOX, "0", "").await.text("SyncKey");
    let filter = |number| format!("<Options><FilterType>{number}</FilterType></Options>");
    let got = device.sync(INBOX, &key, &filter(3)).await;
    assert_eq!(got.texts("ServerId"), ["5:3", "5:1"]);
    // The filter stays.
    let key = got.text("SyncKey");
    assert!(device.sync(INBOX, &key, "").await.body.is_empty());
    let got = device.sync(INBOX, &key, &filter(2)).await;
    assert!(got.xml().contains("<SoftDelete>"), "{}", got.xml());
    assert_eq!(got.texts("ServerId"), ["5:1"]);
    sim.expunge(USER, "INBOX", &[103]);
    let got = device.sync(INBOX, &got.text("SyncKey"), &filter(0)).await;
    let xml = got.xml();
    assert!(xml.find("<Delete>") < xml.find("<Add>"), "{xml}");
    assert_eq!(got.texts("ServerId"), ["5:3", "5:2", "5:1"]);
}

#[tokio::test]
async fn flags_are_told_both_ways_and_nobody_hears_of_what_he_did_himself() {
    let sim = serve().await;
    sim.deliver(USER, mail("one"));
    let mut device = Device::with_folders(&sim, V::V16_1).await;
    let key = device.synced(INBOX).await;
    sim.set_flags(USER, "INBOX", 101, &["\\Seen", "$Work"]);
    let got = device.sync(INBOX, &key, "").await;
    let change = shown(
        "<Sync xmlns=\"AirSync\"><ApplicationData><email:Read>1</email:Read></ApplicationData></Sync>",
    );
    let change = change.lines().nth(2).unwrap().trim();
    let xml = got.xml();
    assert!(
        xml.contains(change) && !xml.contains("Flag") && xml.contains("<Change>"),
        "{xml}"
    );
    // What clients are not told of is nothing.
    sim.set_flags(USER, "INBOX", 101, &["\\Seen", "$Play"]);
    let key = got.text("SyncKey");
    assert!(device.sync(INBOX, &key, "").await.body.is_empty());

    let told = "<Commands><Change><ServerId>5:1</ServerId><ApplicationData><email:Read>0</email:Read>\
        <email:Flag><email:Status>2</email:Status></email:Flag></ApplicationData></Change></Commands>";
    assert!(device.sync(INBOX, &key, told).await.body.is_empty());
    assert_eq!(sim.messages(USER)[0].flags, ["$Play", "\\Flagged"]);
    assert!(device.sync(INBOX, &key, "").await.body.is_empty());

    sim.set_special_use(USER, "Trash", Some("\\Trash"));
    let told = "<Commands><Delete><ServerId>5:1</ServerId></Delete><Delete><ServerId>5:9</ServerId></Delete></Commands>";
    let got = device.sync(INBOX, &key, told).await;
    assert!(got.xml().contains("<Responses>") && !got.xml().contains("<Commands>"));
    assert_eq!(got.texts("Status"), ["1", "8"]);
    assert_eq!(
        (
            sim.messages(USER).len(),
            sim.messages_in(USER, "Trash").len()
        ),
        (0, 1)
    );
    let got = device.sync(INBOX, &got.text("SyncKey"), "").await;
    assert!(got.body.is_empty());
}

#[tokio::test]
async fn a_mail_is_fetched_whole() {
    let sim = serve().await;
    let raw = message(1, USER);
    sim.deliver(USER, raw.clone());
    let mut device = Device::with_folders(&sim, V::V14_1).await;
    device.synced(INBOX).await;
    let fetch = |id: &str, options: &str| {
        format!(
            "<ItemOperations xmlns=\"ItemOperations\"><Fetch><Store>Mailbox</Store>\
             <airsync:CollectionId>5</airsync:CollectionId><airsync:ServerId>{id}</airsync:ServerId>\
             <Options>{options}</Options></Fetch></ItemOperations>"
        )
    };
    let body = |kind: u8| {
        format!(
            "<airsync:MIMESupport>2</airsync:MIMESupport><airsyncbase:BodyPreference>\
             <airsyncbase:Type>{kind}</airsyncbase:Type></airsyncbase:BodyPreference>"
        )
    };
    let got = device
        .ask(Command::ItemOperations, &fetch("5:1", &body(4)))
        .await;
    let element = pushmail_wbxml::Element::decode(&got.body, pushmail_wbxml::Limits::default());
    let element = element.unwrap();
    use pushmail_wbxml::pages::{air_sync_base as base, item_operations as page};
    let data = [
        page::RESPONSE,
        page::FETCH,
        page::PROPERTIES,
        base::BODY,
        base::DATA,
    ];
    assert_eq!(*element.find(&data).unwrap().bytes(), *raw);
    let got = device
        .ask(Command::ItemOperations, &fetch("5:1", &body(2)))
        .await;
    assert!(
        got.xml().contains("&lt;h1>Your order 1") || got.xml().contains("&lt;h1&gt;Your order 1")
    );
    assert_eq!(
        got.text("email:Subject"),
        "Your order 1 is on its way \u{2713}"
    );
    for (xml, status) in [
        (fetch("5:2", &body(1)), "6"),
        (fetch("6:1", &body(1)), "6"),
        (fetch("5:1", &body(1)).replace("Mailbox", "Library"), "9"),
    ] {
        let got = device.ask(Command::ItemOperations, &xml).await;
        assert_eq!(got.texts("Status"), ["1", status]);
    }
}

#[tokio::test]
async fn a_sync_may_wait_and_an_empty_one_is_the_one_before() {
    let sim = serve().await;
    let mut device = Device::with_folders(&sim, V::V16_1).await;
    let key = device.synced(INBOX).await;
    let xml = format!(
        "<Sync xmlns=\"AirSync\"><Collections><Collection><SyncKey>{key}</SyncKey>\
         <CollectionId>5</CollectionId></Collection></Collections>\
         <HeartbeatInterval>60</HeartbeatInterval></Sync>"
    );
    device
        .begin(Command::Sync, &super::device::element(&xml).encode())
        .await;
    sim.wait_idling(1).await;
    sim.deliver(USER, mail("one"));
    let got = device.answer().await;
    assert_eq!((count(&got.xml(), "Add"), sim.idling()), (1, 0));
    assert_eq!(sim.announcements().len(), 1);

    // It was not empty: nothing is kept.
    assert_eq!(device.post(Command::Sync, b"").await.text("Status"), "13");
    let key = got.text("SyncKey");
    assert!(device.sync(INBOX, &key, "").await.body.is_empty());
    assert!(device.post(Command::Sync, b"").await.body.is_empty());
    sim.deliver(USER, mail("two"));
    assert_eq!(
        count(&device.post(Command::Sync, b"").await.xml(), "Add"),
        1
    );
}
