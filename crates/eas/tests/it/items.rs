//! Items: what is kept of them.

use crate::support::{sync, sync_cut};
use crate::xml;
use pushmail_domain::Timestamp;
use pushmail_eas::command::sync::{Limits, Part, What};
use pushmail_eas::item::{BodyType, Data, Email, FlagStatus, Importance, Item, ItemHash};
use pushmail_wbxml::pages::air_sync;
use pushmail_wbxml::pages::{air_sync_base, email};
use pushmail_wbxml::{Element, Node};

fn item_of(parts: Vec<Part>) -> Item {
    let Some(Part::Change(change)) = parts.into_iter().next() else {
        panic!("no change");
    };
    match change.what {
        What::Added(item) => *item,
        what => panic!("{what:?}"),
    }
}

/// The item that has this as its data.
fn item(data: &str) -> Item {
    let xml = format!(
        "<Sync xmlns=\"AirSync\"><Collections><Collection><CollectionId>1</CollectionId><Commands><Add>\
         <ServerId>1</ServerId><ApplicationData>{data}</ApplicationData></Add></Commands></Collection></Collections></Sync>"
    );
    item_of(sync(&xml).0)
}

/// The item that has these elements.
fn item_with(elements: Vec<Element>, cuts: &[usize], limits: Limits) -> Item {
    let data = elements
        .into_iter()
        .fold(Element::new(air_sync::APPLICATION_DATA), Element::with);
    let add = Element::new(air_sync::ADD)
        .with(Element::of_text(air_sync::SERVER_ID, "1"))
        .with(data);
    let collection = Element::new(air_sync::COLLECTION)
        .with(Element::of_text(air_sync::COLLECTION_ID, "1"))
        .with(Element::new(air_sync::COMMANDS).with(add));
    let root =
        Element::new(air_sync::SYNC).with(Element::new(air_sync::COLLECTIONS).with(collection));
    item_of(sync_cut(&root.encode(), cuts, limits).0)
}

fn email(data: &str) -> Email {
    match item(data).data {
        Data::Email(email) => *email,
        data => panic!("{data:?}"),
    }
}

fn at(seconds: i64) -> Option<Timestamp> {
    Some(Timestamp::from_micros(seconds * 1_000_000))
}

#[test]
fn a_mail_says_who_wrote_what_and_when() {
    let email = email(
        "<airsyncbase:Body><airsyncbase:Type>1</airsyncbase:Type></airsyncbase:Body>\
         <email:Subject>Überraschung</email:Subject><email:From>a@b.test</email:From><email:To>c@d.test</email:To>\
         <email:DateReceived>2009-07-29T19:25:37.000Z</email:DateReceived><email:Read>0</email:Read>\
         <email:Importance>2</email:Importance><email:MessageClass>IPM.Note</email:MessageClass>\
         <email:Flag><email:Status>2</email:Status><email:FlagType>x</email:FlagType></email:Flag>\
         <email2:ConversationId>abc</email2:ConversationId><email2:IsDraft>1</email2:IsDraft>",
    );
    assert_eq!(email.subject.as_deref(), Some("Überraschung"));
    assert_eq!(
        (email.from.as_deref(), email.to.as_deref()),
        (Some("a@b.test"), Some("c@d.test"))
    );
    assert_eq!(email.received, at(1_248_895_537));
    assert_eq!((email.read, email.draft), (Some(false), Some(true)));
    assert_eq!(
        (email.importance, email.flag),
        (Some(Importance::High), Some(FlagStatus::Active))
    );
    assert_eq!(email.message_class.as_deref(), Some("IPM.Note"));
    assert_eq!(email.conversation_id.as_deref(), Some(b"abc".as_slice()));
}

#[test]
fn a_change_of_a_mail_has_only_what_changed() {
    let read = email("<email:Read>1</email:Read>");
    assert_eq!(
        read,
        Email {
            read: Some(true),
            ..Email::default()
        }
    );
    let unflagged = email("<email:Flag/>");
    assert_eq!(
        unflagged,
        Email {
            flag: Some(FlagStatus::Cleared),
            ..Email::default()
        }
    );
}

#[test]
fn what_is_deeper_down_is_not_taken_for_the_mails_own() {
    let email = email(
        "<email:MeetingRequest><email:Subject>inner</email:Subject><email:StartTime>x</email:StartTime>\
         </email:MeetingRequest><email:Subject>outer</email:Subject><email:Subject>second</email:Subject>",
    );
    assert_eq!(email.subject.as_deref(), Some("outer"));
}

#[test]
fn a_body_is_read_in_the_words_of_each_version() {
    let body = item(
        "<email:Read>0</email:Read><airsyncbase:Body><airsyncbase:Type>2</airsyncbase:Type>\
         <airsyncbase:EstimatedDataSize>5500</airsyncbase:EstimatedDataSize><airsyncbase:Truncated>1</airsyncbase:Truncated>\
         <airsyncbase:Data>&lt;p&gt;</airsyncbase:Data><airsyncbase:Preview>Hello</airsyncbase:Preview></airsyncbase:Body>",
    );
    let body = body.body.unwrap();
    assert_eq!(
        (body.kind, body.size, body.truncated),
        (BodyType::Html, Some(5500), true)
    );
    assert_eq!(
        (&*body.data, body.preview.as_deref()),
        (b"<p>".as_slice(), Some("Hello"))
    );
    let body = item(
        "<email:Body>Hi</email:Body><email:BodySize>9</email:BodySize><email:BodyTruncated>1</email:BodyTruncated>",
    );
    let body = body.body.unwrap();
    assert_eq!(
        (body.kind, body.size, body.truncated),
        (BodyType::PlainText, Some(9), true)
    );
    let body = item(
        "<email:MIMEData>From: a</email:MIMEData><email:MIMESize>7</email:MIMESize><email:MIMETruncated>0</email:MIMETruncated>",
    );
    let body = body.body.unwrap();
    assert_eq!(
        (body.kind, body.size, body.truncated),
        (BodyType::Mime, Some(7), false)
    );
    assert_eq!(&*body.data, b"From: a");
    assert_eq!(item("<email:Read>0</email:Read>").body, None);
}

#[test]
fn an_appointment_says_what_where_and_when() {
    let old = item(
        "<calendar:DtStamp>20090729T192537Z</calendar:DtStamp><calendar:StartTime>20090729T192537Z</calendar:StartTime>\
         <calendar:EndTime>20090729T202537Z</calendar:EndTime><calendar:Subject>Tea</calendar:Subject>\
         <calendar:Location>Kitchen</calendar:Location><calendar:AllDayEvent>0</calendar:AllDayEvent>\
         <calendar:OrganizerName>Ann</calendar:OrganizerName>",
    );
    let Data::Appointment(old) = old.data else {
        panic!("{old:?}");
    };
    assert_eq!(
        (old.subject.as_deref(), old.location.as_deref()),
        (Some("Tea"), Some("Kitchen"))
    );
    assert_eq!(
        (old.start, old.end, old.all_day),
        (at(1_248_895_537), at(1_248_899_137), Some(false))
    );
    assert_eq!(old.organizer.as_deref(), Some("Ann"));
    let new = item(
        "<airsyncbase:Location><airsyncbase:DisplayName>Garden</airsyncbase:DisplayName></airsyncbase:Location>\
         <calendar:Subject>Tea</calendar:Subject>",
    );
    assert!(
        matches!(new.data, Data::Appointment(new) if new.location.as_deref() == Some("Garden"))
    );
}

#[test]
fn a_contact_and_a_task_say_their_names() {
    let contact = item(
        "<contacts:FileAs>Funk, Don</contacts:FileAs><contacts:FirstName>Don</contacts:FirstName>",
    );
    assert!(
        matches!(contact.data, Data::Contact(contact) if contact.file_as.as_deref() == Some("Funk, Don"))
    );
    let task = item(
        "<tasks:Subject>TPS</tasks:Subject><tasks:UtcDueDate>2009-07-29T19:25:37Z</tasks:UtcDueDate>\
         <tasks:Complete>0</tasks:Complete>",
    );
    let Data::Task(task) = task.data else {
        panic!("{task:?}");
    };
    assert_eq!(
        (task.subject.as_deref(), task.due, task.complete),
        (Some("TPS"), at(1_248_895_537), Some(false))
    );
    assert!(matches!(
        item("<notes:Subject>n</notes:Subject>").data,
        Data::Other
    ));
    assert!(matches!(item("").data, Data::Other));
}

#[test]
fn a_hash_changes_with_anything_that_changes() {
    let hash = |data: &str| item(data).hash;
    let base = hash("<calendar:Subject>Tea</calendar:Subject><calendar:UID>1</calendar:UID>");
    let others = [
        "<calendar:Subject>Tea</calendar:Subject><calendar:UID>2</calendar:UID>",
        "<calendar:Subject>Tea1</calendar:Subject><calendar:UID/>",
        "<calendar:Subject>Tea</calendar:Subject>",
        "<calendar:Subject>Tea<calendar:UID>1</calendar:UID></calendar:Subject>",
        "<calendar:UID>1</calendar:UID><calendar:Subject>Tea</calendar:Subject>",
        "",
    ];
    assert!(others.iter().all(|other| hash(other) != base));
}

/// Whoever keeps hashes must find them again.
#[test]
fn a_hash_stays_the_same_in_every_build_and_in_every_cut() {
    let elements = || {
        let body = Element::new(air_sync_base::BODY)
            .with(Element::new(air_sync_base::DATA).with(Node::Opaque(vec![b'x'; 10_000])));
        vec![Element::of_text(email::SUBJECT, "é".repeat(3000)), body]
    };
    let cuts: Vec<_> = (0..400).map(|place| place * 37).collect();
    let small = Limits {
        document: pushmail_wbxml::Limits {
            piece: 5,
            ..Limits::default().document
        },
        ..Limits::default()
    };
    let whole = item_with(elements(), &[], Limits::default());
    let pieces = item_with(elements(), &cuts, small);
    assert_eq!(whole, pieces);
    let simple = item("<calendar:Subject>Tea</calendar:Subject>");
    assert_eq!(simple.hash, ItemHash::from_bytes(HASH));
}

/// SHA-256 over `<`, page 4, token 0x26, `T`, the text, NUL, `>`: computed by another program.
const HASH: [u8; 16] = [
    69, 236, 15, 75, 239, 214, 220, 78, 85, 80, 63, 208, 190, 218, 196, 160,
];

#[test]
fn what_is_long_is_cut_between_characters_and_a_body_says_so() {
    let limits = Limits {
        item: pushmail_eas::item::Limits { text: 5, body: 7 },
        ..Limits::default()
    };
    let body = |data: Node| {
        Element::new(air_sync_base::BODY)
            .with(Element::of_text(air_sync_base::TYPE, "4"))
            .with(Element::new(air_sync_base::DATA).with(data))
    };
    let elements = vec![
        Element::of_text(email::SUBJECT, "ééé"),
        body(Node::Opaque(vec![0xFF; 9])),
    ];
    let item = item_with(elements, &[], limits);
    let mail = item.body.unwrap();
    assert!(mail.truncated);
    assert_eq!(&*mail.data, [0xFF; 7]);
    assert!(matches!(item.data, Data::Email(email) if email.subject.as_deref() == Some("éé")));
}

#[test]
fn mail_does_not_show_in_debug_output() {
    let item = item(
        "<email:Subject>hunter2</email:Subject><email:From>hunter2</email:From><airsyncbase:Body>\
         <airsyncbase:Type>1</airsyncbase:Type><airsyncbase:Data>hunter2</airsyncbase:Data>\
         <airsyncbase:Preview>hunter2</airsyncbase:Preview></airsyncbase:Body>\
         <email2:ConversationId>hunter2</email2:ConversationId>",
    );
    let shown = format!("{item:?}");
    assert!(
        !shown.contains("hunter2") && !shown.contains("104, 117"),
        "{shown}"
    );
}

#[test]
fn the_helper_reads_xml_as_it_is_printed() {
    let element =
        xml::element("<Sync xmlns=\"AirSync:\">\n <Status>1</Status>\n <email:Flag/></Sync>");
    assert_eq!(element.nodes().len(), 2);
}
