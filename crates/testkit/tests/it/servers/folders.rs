//! Changing mailboxes, with the same client everywhere.

use super::{USER, on_each_kind};
use pushmail_testkit::MailServer;

on_each_kind! {
    folders_are_made_renamed_and_deleted,
    messages_are_flagged_copied_moved_and_expunged,
}

fn folders_are_made_renamed_and_deleted(server: MailServer) {
    let mut client = server.login(USER);
    assert_eq!(client.folders(), ["INBOX"]);
    let [work, old, odd] = ["Work", "Work/Old", "a b"].map(|path| server.folder(path));
    for folder in [&work, &old, &odd] {
        client.create(folder);
    }
    let mut expected = vec!["INBOX".to_owned(), work.clone(), old.clone(), odd.clone()];
    expected.sort();
    assert_eq!(client.folders(), expected);

    let new = server.folder("New");
    client.rename(&odd, &new);
    client.delete(&old);
    client.delete(&work);
    assert_eq!(client.folders(), ["INBOX".to_owned(), new]);
}

fn messages_are_flagged_copied_moved_and_expunged(server: MailServer) {
    let work = server.folder("Work");
    let mut client = server.login(USER);
    client.create(&work);
    for n in 1..=4 {
        let raw = format!("Message-ID: <{n}@test>\r\n\r\n");
        client.append("INBOX", r"\Seen", raw.as_bytes());
    }
    client.select("INBOX");
    client.store("2", r"+FLAGS (\Flagged)");
    client.store("3:4", r"-FLAGS (\Seen)");
    let flags: Vec<_> = client.flags().into_values().collect();
    let (flagged, seen) = (r"\Flagged".to_owned(), r"\Seen".to_owned());
    assert_eq!(
        flags,
        [vec![seen.clone()], vec![flagged, seen], vec![], vec![]]
    );

    client.copy("1", &work);
    client.move_to("2", &work);
    client.store("3", r"+FLAGS (\Deleted)");
    client.expunge();
    assert_eq!(client.messages(), ids([1, 4]));
    client.remove("4");
    assert_eq!(client.messages(), ids([1]));

    let status = client.status(&work, "MESSAGES UIDNEXT UNSEEN");
    let numbers = ["MESSAGES", "UIDNEXT", "UNSEEN"].map(|item| status[item]);
    assert_eq!(numbers, [2, 3, 0]);
    client.examine(&work);
    assert_eq!(client.messages(), ids([1, 2]));
}

/// Messages whose Message-IDs say their UIDs.
fn ids<const N: usize>(uids: [u32; N]) -> [(u32, String); N] {
    uids.map(|uid| (uid, format!("<{uid}@test>")))
}
