//! A single mail, with all of it.

use super::at_rest;
use super::client::Folder;
use super::mail::mail;
use pushmail_eas::command::folder_sync::FolderKind;
use pushmail_eas::command::item_operations::{Answer, Request, Status};
use pushmail_eas::command::sync::{BodyPreference, Limits};
use pushmail_eas::command::{CollectionId, Command, ServerId};
use pushmail_eas::item::{BodyType, Data};
use pushmail_wbxml::ProtocolVersion;

fn request(folder: &Folder, item: &ServerId, version: ProtocolVersion) -> Vec<u8> {
    let body = BodyPreference {
        kind: BodyType::Mime,
        truncation: None,
        all_or_none: false,
        preview: None,
    };
    let request = Request {
        collection: folder.id.clone(),
        item: item.clone(),
        body,
    };
    request.encode(version).unwrap()
}

#[test]
fn a_mail_is_fetched_whole() {
    let Some((sogo, client, [mut inbox])) = at_rest(30, [FolderKind::Inbox]) else {
        return;
    };
    let raw = mail("long", 500);
    sogo.mail().deliver(client.user(), &raw);
    let id = client.news(&mut inbox).remove(0).id;
    let request = request(&inbox, &id, client.version);
    let answer = client.post(Command::ItemOperations, &request);
    let answer = Answer::parse(&answer, Limits::default()).unwrap();
    assert_eq!(
        (answer.status, answer.fetch),
        (Status::Success, Some(Status::Success))
    );
    assert_eq!(answer.id, Some(id));
    let body = answer.item.unwrap().body.unwrap();
    assert_eq!((body.kind, body.truncated), (BodyType::Mime, false));
    assert!(body.data.ends_with(&raw), "Dovecot adds headers before it");
}

#[test]
fn a_mail_that_is_not_there_is_an_error_of_http() {
    let Some((_, client, [inbox])) = at_rest(31, [FolderKind::Inbox]) else {
        return;
    };
    let request = request(&inbox, &ServerId::new("4711").unwrap(), client.version);
    let (head, _) = client.try_post(Command::ItemOperations, &request).unwrap();
    assert_eq!(head.status, 501);
}

#[test]
fn a_mail_of_a_folder_that_is_not_there_is_fetched_without_content() {
    let Some((_, client, [mut inbox])) = at_rest(32, [FolderKind::Inbox]) else {
        return;
    };
    inbox.id = CollectionId::new("mail%2Fnowhere").unwrap();
    let request = request(&inbox, &ServerId::new("1").unwrap(), client.version);
    let answer = client.post(Command::ItemOperations, &request);
    let answer = Answer::parse(&answer, Limits::default()).unwrap();
    assert_eq!(answer.fetch, Some(Status::Success));
    let item = answer.item.unwrap();
    assert_eq!((item.data, item.body), (Data::Other, None));
}
