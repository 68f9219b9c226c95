//! Waiting for something new.

use super::at_rest;
use super::client::Client;
use super::mail::mail;
use pushmail_eas::command::folder_sync::FolderKind;
use pushmail_eas::command::ping::{Answer, Status};
use pushmail_testkit::Sogo;
use pushmail_testkit::sogo::{Entry, Settings};
use std::thread;

#[test]
fn a_new_mail_ends_a_ping_and_a_sync_brings_it() {
    let Some((sogo, client, [mut inbox])) = at_rest(40, [FolderKind::Inbox]) else {
        return;
    };
    let user = client.user().to_owned();
    let answer = thread::scope(|scope| {
        let waiting = scope.spawn(|| client.ping(60, &[&inbox]));
        sogo.mail().deliver(&user, &mail("news", 1));
        waiting.join().unwrap()
    });
    assert_eq!(
        (answer.status, answer.folders),
        (Status::Changed, vec![inbox.id.clone()])
    );
    assert_eq!(client.news(&mut inbox).len(), 1);
}

#[test]
fn changes_of_several_folders_are_told_by_one_ping() {
    let kinds = [
        FolderKind::Inbox,
        FolderKind::Calendar,
        FolderKind::Contacts,
    ];
    let Some((sogo, client, [mut inbox, mut calendar, contacts])) = at_rest(41, kinds) else {
        return;
    };
    // A calendar that was empty when it was first synchronised is not watched.
    sogo.put(client.user(), Entry::Event, "zero", "Zero");
    assert_eq!(client.news(&mut calendar).len(), 1);
    sogo.put(client.user(), Entry::Event, "one", "One");
    sogo.mail().deliver(client.user(), &mail("news", 1));
    let answer = client.ping(60, &[&inbox, &calendar, &contacts]);
    assert_eq!(answer.status, Status::Changed);
    assert_eq!(answer.folders, [inbox.id.clone(), calendar.id.clone()]);
    assert_eq!(client.news(&mut inbox).len(), 1);
    assert_eq!(client.news(&mut calendar).len(), 1);
}

#[test]
fn a_ping_without_news_ends_with_its_heartbeat() {
    let Some((_, client, [inbox])) = at_rest(42, [FolderKind::Inbox]) else {
        return;
    };
    let nothing = Answer {
        status: Status::Expired,
        folders: Vec::new(),
        heartbeat: None,
        max_folders: None,
    };
    assert_eq!(client.ping(5, &[&inbox]), nothing);
}

#[test]
fn a_ping_for_longer_than_allowed_is_told_in_the_end_what_is() {
    let settings = Settings {
        heartbeat: 5,
        ..Settings::default()
    };
    let Some(sogo) = Sogo::start(settings) else {
        return;
    };
    let mut client = Client::new(&sogo, 1);
    sogo.prime(client.user());
    let [inbox] = client.baseline([FolderKind::Inbox]);
    let answer = client.ping(60, &[&inbox]);
    assert_eq!(answer.status, Status::HeartbeatOutOfRange);
    assert_eq!(answer.heartbeat, Some(5));
}
