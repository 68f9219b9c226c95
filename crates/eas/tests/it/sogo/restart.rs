//! The server goes away and comes back.

use super::client::Client;
use super::mail::mail;
use pushmail_eas::command::folder_sync::FolderKind;
use pushmail_eas::command::ping::Status;
use pushmail_testkit::{Sogo, sogo::Settings};
use std::thread;
use std::time::Duration;

#[test]
fn a_server_that_was_away_goes_on_where_it_was() {
    let Some(mut sogo) = Sogo::start(Settings::default()) else {
        return;
    };
    let mut client = Client::new(&sogo, 1);
    sogo.prime(client.user());
    let [mut inbox] = client.baseline([FolderKind::Inbox]);
    let ended = thread::scope(|scope| {
        let waiting = scope.spawn(|| client.try_ping(60, &[&inbox]));
        // Until then, it may not have been asked.
        while !sogo.log().contains("in Ping") {
            thread::sleep(Duration::from_millis(10));
        }
        sogo.restart();
        waiting.join().unwrap()
    });
    assert!(ended.is_err(), "{ended:?}");
    sogo.mail().deliver(client.user(), &mail("news", 1));
    assert_eq!(client.ping(60, &[&inbox]).status, Status::Changed);
    assert_eq!(client.news(&mut inbox).len(), 1);
}
