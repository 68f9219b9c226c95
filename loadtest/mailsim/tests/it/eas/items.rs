//! Calendar, contacts and tasks.

use super::device::{Device, USER, count, serve, shown};
use pushmail_domain::Timestamp;
use pushmail_mailsim::eas::{Appointment, Contact, Item, Task};
use pushmail_wbxml::ProtocolVersion as V;

const NOON: Timestamp = Timestamp::from_micros(1_772_366_400_000_000);
const ONE: Timestamp = Timestamp::from_micros(1_772_370_000_000_000);

fn lunch() -> Appointment {
    Appointment {
        subject: "Lunch".to_owned(),
        location: "Corner".to_owned(),
        start: NOON,
        end: ONE,
        ..Appointment::default()
    }
}

fn tea(complete: bool) -> Item {
    Item::Task(Task {
        subject: "Buy tea".to_owned(),
        due: Some(NOON),
        complete,
        ..Task::default()
    })
}

#[tokio::test]
async fn appointments_are_told_in_the_words_of_the_version() {
    let sim = serve().await;
    let id = sim.eas().add_item(USER, Item::Appointment(lunch()));
    assert_eq!(id.server_id(), "1:1");
    let place = [
        (V::V14_1, "<calendar:Location>Corner</calendar:Location>"),
        (
            V::V16_1,
            "<airsyncbase:Location><airsyncbase:DisplayName>Corner</airsyncbase:DisplayName></airsyncbase:Location>",
        ),
    ];
    for (version, place) in place {
        let mut device = Device::with_folders(&sim, version).await;
        let key = device.sync("1", "0", "").await.text("SyncKey");
        let got = device.sync("1", &key, "").await;
        let name = got.text("ServerId");
        let expected = format!(
            "<Sync xmlns=\"AirSync\"><Collections><Collection><SyncKey>{}</SyncKey>\
             <CollectionId>1</CollectionId><Status>1</Status><Commands><Add><ServerId>{name}</ServerId>\
             <ApplicationData><calendar:AllDayEvent>0</calendar:AllDayEvent>\
             <calendar:BusyStatus>2</calendar:BusyStatus><calendar:DtStamp>20260301T120000Z</calendar:DtStamp>\
             <calendar:EndTime>20260301T130000Z</calendar:EndTime>\
             <calendar:Sensitivity>0</calendar:Sensitivity><calendar:Subject>Lunch</calendar:Subject>\
             <calendar:StartTime>20260301T120000Z</calendar:StartTime><calendar:UID>mailsim-1</calendar:UID>\
             <calendar:MeetingStatus>0</calendar:MeetingStatus>{place}\
             </ApplicationData></Add></Commands></Collection></Collections></Sync>",
            got.text("SyncKey")
        );
        assert_eq!(got.xml(), shown(&expected));
    }
}

#[tokio::test]
async fn items_come_change_and_go() {
    let sim = serve().await;
    let mut device = Device::with_folders(&sim, V::V16_1).await;
    let mut key = device.synced("3").await;
    let id = sim.eas().add_item(USER, tea(false));
    let incomplete = "<Options><FilterType>8</FilterType></Options>";
    let steps: [(&str, &dyn Fn() -> bool); 4] = [
        ("Add", &|| true),
        ("Change", &|| {
            let Item::Task(task) = tea(false) else {
                return false;
            };
            let subject = "Buy more tea".to_owned();
            sim.eas()
                .change_item(USER, id, Item::Task(Task { subject, ..task }))
        }),
        ("SoftDelete", &|| sim.eas().change_item(USER, id, tea(true))),
        ("Add", &|| sim.eas().change_item(USER, id, tea(false))),
    ];
    for (verb, step) in steps {
        assert!(step());
        let got = device.sync("3", &key, incomplete).await;
        assert_eq!(
            (count(&got.xml(), verb), got.text("ServerId")),
            (1, id.server_id())
        );
        key = got.text("SyncKey");
    }
    assert!(
        !sim.eas()
            .change_item(USER, id, Item::Contact(Contact::default()))
    );
    assert!(sim.eas().delete_item(USER, id) && !sim.eas().delete_item(USER, id));
    let got = device.sync("3", &key, "").await;
    assert_eq!(count(&got.xml(), "Delete"), 1);
}

#[tokio::test]
async fn clients_add_change_and_delete_items() {
    let sim = serve().await;
    let mut device = Device::with_folders(&sim, V::V14_1).await;
    let key = device.synced("2").await;
    let told = "<Commands><Add><ClientId>c1</ClientId><ApplicationData>\
        <contacts:FirstName>Bob</contacts:FirstName><contacts:LastName>Ball</contacts:LastName>\
        </ApplicationData></Add></Commands>";
    let got = device.sync("2", &key, told).await;
    assert_eq!(
        (got.text("ClientId"), got.text("ServerId")),
        ("c1".to_owned(), "2:1".to_owned())
    );
    // Told again, it is not added again.
    let again = device.sync("2", &key, told).await;
    assert_eq!(again.body, got.body);

    let key = got.text("SyncKey");
    let told = "<Commands><Change><ServerId>2:1</ServerId><ApplicationData>\
        <contacts:FirstName>Rob</contacts:FirstName></ApplicationData></Change></Commands>";
    assert!(device.sync("2", &key, told).await.body.is_empty());
    let mut other = Device::connect(&sim, V::V16_1, 2).await;
    other.provision().await;
    other.folder_sync("0").await;
    let begun = other.sync("2", "0", "").await.text("SyncKey");
    let got = other.sync("2", &begun, "").await;
    assert_eq!(got.text("contacts:FileAs"), "Ball, Rob");

    let told = "<Commands><Delete><ServerId>2:1</ServerId></Delete></Commands>";
    assert!(device.sync("2", &key, told).await.body.is_empty());
    let got = other.sync("2", &got.text("SyncKey"), "").await;
    assert_eq!(count(&got.xml(), "Delete"), 1);
}
