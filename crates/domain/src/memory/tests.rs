use super::*;
use proptest::prelude::*;

fn folder(number: u8) -> FolderId {
    FolderId::from_bytes([number; 16])
}

fn begin(floor: u32) -> Recall {
    Recall::Begin {
        folder: folder(1),
        floor,
    }
}

fn remembering(recalls: impl IntoIterator<Item = Recall>) -> Memory {
    let mut memory = Memory::default();
    recalls.into_iter().for_each(|recall| memory.learn(&recall));
    memory
}

fn seen(uid: u32, flags: u32) -> Recall {
    Recall::Seen {
        folder: folder(1),
        uid,
        flags,
    }
}

fn recalls() -> impl Strategy<Value = Vec<Recall>> {
    let one = (0u8..3, 0u32..600, any::<u32>(), 0u8..40).prop_map(|(number, uid, flags, what)| {
        let folder = folder(number);
        match what {
            2 => Recall::Begin {
                folder,
                floor: uid.max(1),
            },
            3 => Recall::Forget { folder },
            0 | 4..8 => Recall::Gone { folder, uid },
            1 => Recall::Announced {
                fingerprint: u64::from(uid),
            },
            _ => Recall::Seen { folder, uid, flags },
        }
    });
    prop::collection::vec(one, 0..1500)
}

proptest! {
    #[test]
    fn a_memory_reads_back_from_its_bytes(recalls in recalls()) {
        let mut memory = Memory::default();
        recalls.iter().for_each(|recall| memory.learn(recall));
        prop_assert_eq!(Memory::decode(&memory.encode()), Ok(memory));
    }

    #[test]
    fn what_waited_to_be_stored_teaches_the_same(before in recalls(), waiting in recalls(), cut: prop::sample::Index) {
        let stored = remembering(before.iter().copied());
        let mut whole = stored.clone();
        waiting.iter().for_each(|recall| whole.learn(recall));

        let (first, then) = waiting.split_at(cut.index(waiting.len() + 1));
        let (mut pending, mut later) = (Pending::default(), Pending::default());
        first.iter().for_each(|recall| pending.add(recall));
        then.iter().for_each(|recall| later.add(recall));
        pending.extend(&later);
        let mut taught = stored;
        pending.teach(&mut taught);
        for number in 0..3 {
            let newest = |memory: &Memory| {
                let known = memory.folder(folder(number));
                known.map(|known| known.uids().last())
            };
            prop_assert_eq!(newest(&taught), newest(&whole));
        }
    }

    #[test]
    fn foreign_bytes_are_refused_or_read_without_harm(bytes: Vec<u8>) {
        if let Ok(memory) = Memory::decode(&bytes) {
            prop_assert!(memory.folders.len() <= FOLDERS);
        }
    }
}

#[test]
fn only_the_newest_messages_are_remembered() {
    let messages = (1..=300).map(|uid| seen(uid, 0));
    let memory = remembering([begin(1)].into_iter().chain(messages));
    let known = memory.folder(folder(1)).unwrap();
    assert_eq!(
        known.uids().collect::<Vec<_>>(),
        (45..=300).collect::<Vec<_>>()
    );
    assert_eq!(known.floor(), 45);
}

#[test]
fn a_message_below_the_floor_does_not_come_back() {
    let memory = remembering([begin(10), seen(10, 0), seen(11, 0), seen(3, 0)]);
    assert_eq!(memory.folder(folder(1)).unwrap().flags(3), None);
}

#[test]
fn a_folder_that_is_not_remembered_stays_unknown() {
    assert_eq!(remembering([seen(10, 0)]).folder(folder(1)), None);
}

#[test]
fn the_last_64_announced_messages_are_known_again() {
    let mut memory = Memory::default();
    for fingerprint in 0..65 {
        memory.learn(&Recall::Announced { fingerprint });
    }
    assert!(!memory.announced(0));
    assert!((1..65).all(|fingerprint| memory.announced(fingerprint)));
}

#[test]
fn flags_are_compared_without_order_and_case() {
    assert_eq!(
        flags_hash(&["\\Seen", "\\Flagged", "\\Recent"]),
        flags_hash(&["\\flagged", "\\SEEN"])
    );
    assert_ne!(flags_hash(&["\\Seen"]), flags_hash::<&str>(&[]));
}

#[test]
fn a_full_folder_takes_less_than_two_kilobytes() {
    let messages = (1..=256).map(|uid| seen(uid * 3, uid));
    let memory = remembering([begin(1)].into_iter().chain(messages));
    assert!(memory.encode().len() < 2048);
}
