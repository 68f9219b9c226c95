use super::*;
use proptest::prelude::*;

fn fetch(sequence: u32, body: Option<usize>) -> Fetch {
    Fetch {
        sequence,
        body: body.map(|len| vec![b'x'; len]),
        ..Fetch::default()
    }
}

/// Takes a message and gives the UIDs that may go.
fn take(hold: &mut Hold, uid: u32, fetch: Fetch) -> Vec<u32> {
    hold.take(uid, fetch);
    let ready = std::iter::from_fn(|| hold.ready().map(|(uid, _)| uid)).collect();
    hold.make_room();
    ready
}

#[test]
fn in_order_nothing_waits() {
    let mut hold = Hold::new(1, true);
    for step in 1..=500 {
        assert_eq!(
            take(&mut hold, step * 7, fetch(step, Some(16_384))),
            [step * 7]
        );
        assert!(hold.is_empty() && hold.bytes == 0);
    }
}

#[test]
fn a_large_message_waits_alone_rather_than_not_at_all() {
    let mut hold = Hold::new(1, true);
    take(&mut hold, 9, fetch(9, Some(BYTES + 1)));
    take(&mut hold, 8, fetch(8, Some(BYTES + 1)));
    assert_eq!(hold.held.keys().copied().collect::<Vec<_>>(), [8]);
    assert_eq!(hold.dropped, Some(9));
}

#[test]
fn the_last_uid_of_all_can_be_announced() {
    let mut hold = Hold::new(u64::from(u32::MAX), true);
    let last = fetch(u32::MAX, Some(0));
    assert_eq!(take(&mut hold, u32::MAX, last), [u32::MAX]);
    assert_eq!(hold.next(), 1 << 32);
    assert!(take(&mut hold, u32::MAX, fetch(u32::MAX, Some(0))).is_empty());
}

#[test]
fn where_only_uids_are_wanted_a_uid_is_a_whole_message() {
    let mut hold = Hold::new(5, false);
    assert_eq!(hold.take(5, fetch(1, None)), Taken::Whole);
    assert!(hold.ready().is_some());
    assert_eq!(hold.take(5, fetch(1, None)), Taken::Known);
}

/// The UIDs of the unread messages, and the order in which the halves of their FETCH responses come:
/// the message's place among them, and whether it is the half with the body.
fn arrivals() -> impl Strategy<Value = (Vec<u32>, Vec<(usize, bool)>)> {
    prop::collection::btree_set(1u32..400, 1..150)
        .prop_map(|uids| uids.into_iter().collect::<Vec<_>>())
        .prop_flat_map(|uids| {
            let all: Vec<_> = (0..uids.len())
                .flat_map(|at| [(at, false), (at, true)])
                .collect();
            (Just(uids), Just(all).prop_shuffle())
        })
}

proptest! {
    #[test]
    fn in_any_order_nothing_is_announced_above_what_was_not(
        (uids, arrivals) in arrivals(),
        first in 1u32..100,
    ) {
        let mut hold = Hold::new(1, true);
        let mut announced = Vec::new();
        // Each round is one read; every one brings something, so it ends.
        for _ in 0..=uids.len() {
            for (at, whole) in &arrivals {
                let sequence = first + u32::try_from(*at).unwrap();
                let body = whole.then_some(2_000);
                announced.extend(take(&mut hold, uids[*at], fetch(sequence, body)));
                prop_assert!(uids.starts_with(&announced));
                prop_assert!(hold.held.len() <= MESSAGES);
                prop_assert!(hold.held.len() <= 1 || hold.bytes <= BYTES);
            }
            while let Some((uid, _)) = hold.lowest_whole() {
                announced.push(uid);
            }
            prop_assert!(uids.starts_with(&announced));
            if !hold.overflowed() {
                break;
            }
            hold.restart();
        }
        prop_assert_eq!(announced, uids);
        prop_assert_eq!(hold.bytes, 0);
    }
}
