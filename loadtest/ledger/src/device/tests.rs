use super::*;
use crate::hand::HeldMessage;
use crate::received::About as Told;

/// An event about the folder `f1`, with the UIDVALIDITY 7.
pub(crate) fn event(kind: &str, uid: u32, flags: &[&str]) -> Received {
    let message = kind.starts_with("message");
    Received {
        event: format!("{kind} {uid} {flags:?}"),
        account: "a".into(),
        message_id: (kind == "message.new").then(|| format!("m{uid}")),
        kind: kind.into(),
        about: Told {
            folder_id: "f1".into(),
            folder: (!message).then(|| "Work".into()),
            uid_validity: Some(7),
            uid: message.then_some(uid),
            flags: Some(flags.iter().map(ToString::to_string).collect()),
        },
        ..Received::default()
    }
}

/// The folder `Work` with the message 1.
pub(crate) fn held() -> Held {
    let message = HeldMessage {
        message_id: "m1".into(),
        ..HeldMessage::default()
    };
    let folder = HeldFolder {
        uid_validity: 7,
        messages: [(1, message)].into(),
    };
    [("Work".to_owned(), folder)].into()
}

fn objections(events: &[Received]) -> Vec<String> {
    let ids = [("Work".to_owned(), "f1".to_owned())].into();
    let mut device = Device::new(&held(), &ids, [(8, 3)].into(), false);
    events.iter().for_each(|event| device.take(event));
    device.wrong.into_iter().map(|(_, _, what)| what).collect()
}

#[test]
fn a_life_of_a_message_is_no_objection() {
    let events = [
        event("message.new", 2, &[]),
        event("message.flags", 2, &[r"\seen"]),
        event("message.flags", 2, &[]),
        event("message.deleted", 2, &[]),
        event("message.deleted", 1, &[]),
    ];
    assert_eq!(objections(&events), Vec::<String>::new());
}

#[test]
fn what_cannot_be_is_objected_to() {
    let twice = [
        event("message.new", 2, &[]),
        event("message.new", 2, &["x"]),
    ];
    assert!(objections(&twice)[0].contains("although it was known"));
    let same = [
        event("message.flags", 1, &["x"]),
        event("message.flags", 1, &["x"]),
    ];
    assert!(objections(&same)[0].contains("although nothing changed"));
    let late = [
        event("message.deleted", 1, &[]),
        event("message.flags", 1, &["x"]),
    ];
    assert!(objections(&late)[0].contains("after its deletion"));
    let gone = [
        event("folder.deleted", 0, &[]),
        event("message.new", 2, &[]),
    ];
    assert!(objections(&gone)[0].contains("before its folder was known"));
    let again = [
        event("message.deleted", 1, &[]),
        event("message.deleted", 1, &[]),
    ];
    assert!(objections(&again)[0].contains("again"));
}

/// The event under the UIDVALIDITY 8, under which UIDs below 3 were given anew.
fn rebuilt(event: Received) -> Received {
    let about = Told {
        uid_validity: Some(8),
        ..event.about
    };
    Received { about, ..event }
}

#[test]
fn after_a_reset_only_what_was_not_announced_is_news() {
    let reset = rebuilt(event("folder.reset", 0, &[]));
    let before = event("message.new", 2, &[]);
    let again = rebuilt(event("message.new", 2, &[]));
    let news = rebuilt(event("message.new", 1, &[]));
    let told = objections(&[before.clone(), reset.clone(), news]);
    assert_eq!(told, Vec::<String>::new());
    let told = objections(&[before.clone(), reset, again.clone()]);
    assert!(told[0].contains("announced before"), "{told:?}");
    let told = objections(&[before, again]);
    assert!(
        told[0].contains("UIDVALIDITY that was not told"),
        "{told:?}"
    );
}

#[test]
fn after_a_resync_flags_may_be_told_again() {
    let flags = event("message.flags", 1, &["x"]);
    let events = [flags.clone(), event("folder.resync", 0, &[]), flags];
    assert_eq!(objections(&events), Vec::<String>::new());
}
