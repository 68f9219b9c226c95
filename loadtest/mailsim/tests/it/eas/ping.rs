//! Ping.

use super::device::{Device, USER, element, serve, serve_with, shown};
use crate::client::{StoppedTime, play_with};
use pushmail_eas::command::Command;
use pushmail_mailsim::eas::{Config, Contact, Item};
use pushmail_mailsim::{Mailsim, message};
use pushmail_wbxml::ProtocolVersion as V;

const INBOX: &str = "5";

fn folder(id: &str, class: &str) -> String {
    format!("<Folder><Id>{id}</Id><Class>{class}</Class></Folder>")
}

fn ping(heartbeat: &str, folders: &str) -> Vec<u8> {
    let xml = format!(
        "<Ping xmlns=\"Ping\"><HeartbeatInterval>{heartbeat}</HeartbeatInterval>\
         <Folders>{folders}</Folders></Ping>"
    );
    element(&xml).encode()
}

/// A device that knows all of the inbox and of the contacts.
async fn ready(sim: &Mailsim) -> Device {
    let mut device = Device::with_folders(sim, V::V16_1).await;
    device.synced(INBOX).await;
    device.synced("2").await;
    device
}

async fn until_parked(sim: &Mailsim, count: usize) {
    while sim.parked() != count {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_ping_says_which_folders_have_changed_and_the_next_one_may_be_empty() {
    let sim = serve().await;
    let mut device = ready(&sim).await;
    let both = folder(INBOX, "Email") + &folder("2", "Contacts");
    device.begin(Command::Ping, &ping("80", &both)).await;
    until_parked(&sim, 1).await;
    sim.deliver(USER, message(1, USER));
    let got = device.answer().await;
    let changed = |id: &str| {
        shown(&format!(
            "<Ping xmlns=\"Ping\"><Status>2</Status><Folders><Folder>{id}</Folder></Folders></Ping>"
        ))
    };
    assert_eq!(got.xml(), changed(INBOX));
    let announced = sim.announcements();
    assert_eq!((announced.len(), announced[0].uid), (1, 101));
    // As long as it is not synchronised, it is new.
    let got = device.post(Command::Ping, b"").await;
    assert_eq!(got.xml(), changed(INBOX));
    device.synced(INBOX).await;
    device.begin(Command::Ping, b"").await;
    until_parked(&sim, 1).await;
    let contact = Contact {
        first_name: "Bob".to_owned(),
        ..Contact::default()
    };
    sim.eas().add_item(USER, Item::Contact(contact));
    assert_eq!(device.answer().await.xml(), changed("2"));
    assert_eq!(sim.eas().mistakes(USER), Vec::<String>::new());
}

#[tokio::test]
async fn a_ping_ends_after_its_heartbeat() {
    let sim = serve().await;
    let time = StoppedTime::new();
    let mut device = ready(&sim).await;
    for _ in 0..2 {
        device
            .begin(Command::Ping, &ping("60", &folder(INBOX, "Email")))
            .await;
        until_parked(&sim, 1).await;
        time.pass(60).await;
        assert_eq!(device.answer().await.text("Status"), "1");
    }
    assert_eq!((sim.parked(), sim.idling()), (0, 0));
}

#[tokio::test]
async fn what_is_wrong_with_a_ping_is_said_with_what_would_be_right() {
    let sim = serve_with(|config| config.max_folders = 2).await;
    sim.create_folder(USER, "Work");
    let mut device = ready(&sim).await;
    // Nothing is kept.
    let got = device.post(Command::Ping, b"").await;
    assert_eq!(got.text("Status"), "3");
    let inbox = folder(INBOX, "Email");
    let three = format!(
        "{inbox}{}{}",
        folder("2", "Contacts"),
        folder("1", "Calendar")
    );
    for (heartbeat, folders, answer) in [
        (
            "59",
            &inbox,
            "<Status>5</Status><HeartbeatInterval>60</HeartbeatInterval>",
        ),
        (
            "9999",
            &inbox,
            "<Status>5</Status><HeartbeatInterval>3540</HeartbeatInterval>",
        ),
        ("60", &three, "<Status>6</Status><MaxFolders>2</MaxFolders>"),
        ("60", &folder("99", "Email"), "<Status>7</Status>"),
        ("60", &folder("Inbox", "Email"), "<Status>7</Status>"),
        ("60", &folder(INBOX, "Calendar"), "<Status>4</Status>"),
        ("60", &format!("{inbox}{inbox}"), "<Status>4</Status>"),
        ("60", &String::new(), "<Status>4</Status>"),
        ("soon", &inbox, "<Status>4</Status>"),
    ] {
        let got = device.post(Command::Ping, &ping(heartbeat, folders)).await;
        let expected = shown(&format!("<Ping xmlns=\"Ping\">{answer}</Ping>"));
        assert_eq!(got.xml(), expected, "{heartbeat} {folders}");
    }
    // What was wrong is not kept either.
    assert_eq!(device.post(Command::Ping, b"").await.text("Status"), "3");
    assert_eq!(sim.eas().mistakes(USER).len(), 11);
}

#[tokio::test]
async fn a_ping_needs_a_new_folder_sync_when_folders_change() {
    let sim = serve().await;
    let mut device = ready(&sim).await;
    device
        .begin(Command::Ping, &ping("60", &folder(INBOX, "Email")))
        .await;
    until_parked(&sim, 1).await;
    sim.create_folder(USER, "Work");
    assert_eq!(device.answer().await.text("Status"), "7");
    assert_eq!(
        device
            .post(Command::Ping, &ping("60", &folder(INBOX, "Email")))
            .await
            .text("Status"),
        "7"
    );
    device.folder_sync("0").await;
    device
        .begin(Command::Ping, &ping("60", &folder(INBOX, "Email")))
        .await;
    until_parked(&sim, 1).await;
}

#[tokio::test]
async fn the_newest_ping_of_a_device_wins() {
    let sim = serve().await;
    let mut first = ready(&sim).await;
    first
        .begin(Command::Ping, &ping("60", &folder(INBOX, "Email")))
        .await;
    until_parked(&sim, 1).await;
    let mut second = Device::connect(&sim, V::V16_1, 1).await;
    second.key.clone_from(&first.key);
    second.begin(Command::Ping, b"").await;
    assert_eq!(first.answer().await.text("Status"), "1");
    until_parked(&sim, 1).await;
    sim.deliver(USER, message(1, USER));
    assert_eq!(second.answer().await.text("Status"), "2");
    // Another device has pings of its own.
    let mut other = Device::connect(&sim, V::V16_1, 2).await;
    other.provision().await;
    other.folder_sync("0").await;
    other.synced(INBOX).await;
    first.synced(INBOX).await;
    for device in [&mut first, &mut other] {
        device
            .begin(Command::Ping, &ping("60", &folder(INBOX, "Email")))
            .await;
    }
    until_parked(&sim, 2).await;
}

#[tokio::test]
async fn a_client_that_hangs_up_or_speaks_too_early_frees_its_place() {
    let sim = serve().await;
    for early in [false, true] {
        let mut device = ready(&sim).await;
        device
            .begin(Command::Ping, &ping("60", &folder(INBOX, "Email")))
            .await;
        until_parked(&sim, 1).await;
        if early {
            device.send(b"O").await;
            assert!(device.try_answer().await.is_none());
        }
        drop(device);
        while sim.idling() > 0 || sim.logins(USER).connected > 0 {
            tokio::task::yield_now().await;
        }
        assert_eq!(
            (sim.parked(), sim.eas().mistakes(USER).len()),
            (0, usize::from(early))
        );
    }
}

#[tokio::test]
async fn orders_and_ends_reach_those_who_wait() {
    let sim = serve().await;
    let mut device = ready(&sim).await;
    device
        .begin(Command::Ping, &ping("60", &folder(INBOX, "Email")))
        .await;
    until_parked(&sim, 1).await;
    sim.freeze(USER);
    sim.deliver(USER, message(1, USER));
    until_parked(&sim, 1).await;
    // Another connection is served.
    let mut other = ready(&sim).await;
    other
        .begin(Command::Ping, &ping("60", &folder(INBOX, "Email")))
        .await;
    until_parked(&sim, 2).await;
    sim.say_bye(USER, "bye");
    assert!(other.try_answer().await.is_none());
    sim.disconnect_all();
    assert!(device.try_answer().await.is_none());
    assert_eq!((sim.parked(), sim.idling()), (0, 0));
}

#[tokio::test]
async fn a_folder_that_was_never_synchronised_is_noted() {
    let sim = serve().await;
    sim.deliver(USER, message(1, USER));
    let mut device = Device::with_folders(&sim, V::V16_1).await;
    let got = device
        .post(Command::Ping, &ping("60", &folder(INBOX, "Email")))
        .await;
    assert_eq!(got.text("Status"), "2");
    assert_eq!(
        sim.eas().mistakes(USER),
        ["Ping: folder 5 was never synchronised"]
    );
}

/// Mail comes at the very time at which pings are parked and go on.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_change_is_lost_on_the_way_into_the_park() {
    const MAILS: u64 = 50;
    let sim = play_with("plain", |config| {
        config.tls = true;
        config.eas = Some(Config::default());
    })
    .await;
    let sim = std::sync::Arc::new(sim);
    let mut watchers = Vec::new();
    for n in 0..6 {
        let sim = std::sync::Arc::clone(&sim);
        watchers.push(tokio::spawn(async move {
            let user = format!("u{n}");
            let mut device = Device::connect_tls(&sim, V::V16_1).await;
            device.user.clone_from(&user);
            device.provision().await;
            device.folder_sync("0").await;
            let mut key = device.synced(INBOX).await;
            for count in 1..=MAILS {
                device
                    .begin(Command::Ping, &ping("3540", &folder(INBOX, "Email")))
                    .await;
                sim.deliver(&user, message(count, &user));
                assert_eq!(device.answer().await.text("Status"), "2");
                let got = device.sync(INBOX, &key, "").await;
                assert_eq!(got.texts("ServerId").len(), 1);
                key = got.text("SyncKey");
            }
        }));
    }
    for watcher in watchers {
        watcher.await.unwrap();
    }
}
