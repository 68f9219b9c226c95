use super::*;
use crate::device::tests::{event, held};

fn findings(abilities: Abilities, last: Held, events: &[Received]) -> Findings {
    let case = Case {
        server: "s".into(),
        abilities,
        account: "a".into(),
        first: held(),
        ids: [("Work".to_owned(), "f1".to_owned())].into(),
        last,
        story: Story {
            names: [("Work".to_owned(), "Work".to_owned())].into(),
            ..Story::default()
        },
    };
    let events: Vec<&Received> = events.iter().collect();
    case.judge(&events)
}

fn first_violation(last: Held, events: &[Received]) -> Option<String> {
    let abilities = Abilities {
        condstore: true,
        qresync: true,
        identity: true,
        labels: false,
    };
    let violations = findings(abilities, last, events).violations;
    violations
        .into_iter()
        .next()
        .map(|violation| violation.what)
}

/// The folder as it was, with these UIDs.
fn holding(uids: &[u32]) -> Held {
    let mut all = held();
    if let Some(folder) = all.get_mut("Work") {
        let message = |uid: &u32| HeldMessage {
            message_id: format!("m{uid}"),
            ..HeldMessage::default()
        };
        folder.messages = uids.iter().map(|uid| (*uid, message(uid))).collect();
    }
    all
}

#[test]
fn what_was_told_and_what_is_there_agree() {
    let events = [
        event("message.new", 2, &[]),
        event("message.deleted", 1, &[]),
    ];
    assert_eq!(first_violation(holding(&[2]), &events), None);
}

#[test]
fn what_was_not_told_is_found() {
    let found = |last: Held, events: &[Received]| first_violation(last, events).unwrap();
    assert!(found(holding(&[1, 2]), &[]).contains("not announced"));
    assert!(found(holding(&[]), &[]).contains("deletion was not told"));
    let gone = [event("message.deleted", 1, &[])];
    assert!(found(holding(&[1]), &gone).contains("told as deleted"));
    let flags = [event("message.flags", 1, &["x"])];
    assert!(found(holding(&[1]), &flags).contains("flags told"));
    assert!(found(Held::new(), &[]).contains("not there any more"));
    let created = [event("folder.deleted", 0, &[])];
    assert!(found(held(), &created).contains("folder was not told"));
}

#[test]
fn a_folder_with_an_identity_keeps_its_id() {
    let anew = |kind, id: &str| {
        let mut event = event(kind, 1, &[]);
        event.about.folder_id = id.into();
        event
    };
    let events = [
        event("folder.deleted", 0, &[]),
        anew("folder.created", "f2"),
        anew("message.new", "f2"),
    ];
    assert!(
        first_violation(held(), &events)
            .unwrap()
            .contains("not told as what was")
    );
    let found = findings(Abilities::default(), held(), &events);
    assert_eq!(found.violations, []);
}

#[test]
fn without_qresync_a_deletion_may_be_missed() {
    let found = findings(Abilities::default(), holding(&[]), &[]);
    assert_eq!((found.violations.len(), found.missed_deletions), (0, 1));
}
