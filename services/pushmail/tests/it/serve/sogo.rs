//! A mailbox at a real server of Exchange ActiveSync, from `ctl account create` to a device.

use crate::support::{Config, Gateway, Listener, mail, text};
use pushmail_testkit::Sogo;
use pushmail_testkit::sogo::Entry;

const USER: &str = "user1@tenant3.test";

fn deliver(sogo: &Sogo, subject: &str) -> String {
    let (id, raw) = mail(subject);
    sogo.mail().deliver(USER, &raw);
    id
}

#[tokio::test]
async fn mail_and_appointments_reach_a_device_also_those_that_came_while_the_gateway_was_down() {
    let Some(sogo) = Sogo::shared() else {
        return;
    };
    sogo.prime(USER);
    sogo.put(USER, Entry::Event, "old", "Long planned");
    let mut gateway = Gateway::start(&Config::default()).await;
    let tenant = gateway.tenant("acme").await;
    let url = sogo.url().replace("http://", &format!("eas://{USER}@"));
    let more = ["--plaintext", "--password-env", "PW", "--events", "all"];
    let folders = ["--folder", "INBOX", "--folder", "\\Calendar"];
    let more = [more.as_slice(), &folders].concat();
    let account = gateway.account(&tenant, &url, &more).await;
    let mut listener = Listener::start(&gateway, &tenant, &account).await;
    listener.state("live").await;
    let standing = gateway.standing(&tenant, &account).await;
    assert_eq!(text(&standing, "user"), USER);

    let id = deliver(sogo, "to the device");
    let new = listener.next("message.new").await;
    assert_eq!(text(&new, "message_id"), id);
    assert!(!text(&new, "server_id").is_empty(), "{new}");
    sogo.put(USER, Entry::Event, "lunch", "Lunch");
    let event = listener.next("calendar.new").await;
    assert_eq!(text(&event, "subject"), "Lunch");

    let (folder, name) = (text(&new, "folder_id"), text(&new, "server_id"));
    let fetched = gateway
        .ctl(&["fetch", &tenant, &account, folder, name])
        .await;
    let fetched = text(&fetched[0], "text");
    assert!(fetched.starts_with("Hello Ann"), "{fetched}");
    let nobody = ["fetch", &tenant, &account, folder, "4711"];
    let refused = gateway.refusal(&nobody).await;
    assert!(refused.contains("no such message"), "{refused}");

    gateway.kill().await;
    let missed = deliver(sogo, "while it was down");
    gateway.restart().await;
    listener.restart(&gateway).await;
    assert_eq!(listener.mail().await, missed);
}
