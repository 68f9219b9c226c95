use super::*;
use proptest::prelude::*;
use pushmail_domain::{
    Arrival, Cursor, CursorStep, EventId, EventKind, FolderCursor, FolderId, Memory, MessageKey,
    Position, StreamId, TenantId, Timestamp,
};
use std::collections::HashMap;

/// What happens to a shard, in some order.
#[derive(Debug, Clone)]
enum Step {
    /// The log acknowledges one append of events of these accounts.
    Append(Vec<u8>),
    /// A reason is noted for this account.
    Note(u8),
    /// Cursors are taken; later steps happen while they are on their way to the registry.
    Take,
    /// What was taken reaches the registry, or does not.
    Flush { stored: bool },
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => prop::collection::vec(0u8..4, 1..6).prop_map(Step::Append),
        1 => (0u8..4).prop_map(Step::Note),
        2 => Just(Step::Take),
        2 => any::<bool>().prop_map(|stored| Step::Flush { stored }),
    ]
}

fn account(number: u8) -> AccountId {
    AccountId::from_bytes([number; 16])
}

/// The shard, its log, and what the registry holds of it.
#[derive(Default)]
struct Model {
    standings: Standings,
    log: Vec<(u64, Event)>,
    cursors: HashMap<AccountId, Cursor>,
    taken: Option<(u64, Vec<Checkpoint>)>,
    registry: (u64, HashMap<AccountId, Cursor>),
}

impl Model {
    fn step(&mut self, step: Step) {
        match step {
            Step::Append(accounts) => self.append(&accounts),
            Step::Note(number) => {
                let reason = format!("reason {}", self.log.len());
                self.standings.set_detail(account(number), &reason);
            }
            Step::Take if self.taken.is_none() => self.taken = self.standings.take_dirty(),
            Step::Take => {}
            Step::Flush { stored } => match self.taken.take() {
                Some((position, accounts)) if stored => {
                    self.registry.0 = position;
                    for checkpoint in accounts {
                        self.registry
                            .1
                            .insert(checkpoint.account, checkpoint.cursor);
                    }
                }
                Some((_, accounts)) => self.standings.put_back(&accounts),
                None => {}
            },
        }
    }

    fn append(&mut self, accounts: &[u8]) {
        let events: Vec<Event> = accounts
            .iter()
            .map(|number| self.event(account(*number)))
            .collect();
        let first = self.log.last().map_or(1, |(sequence, _)| sequence + 1);
        let sequences = first..first + events.len() as u64;
        let appended: Vec<Appended> = sequences.clone().map(appended_at).collect();
        self.standings.appended(&events, &appended);
        self.log.extend(sequences.zip(events));
    }

    fn event(&mut self, account: AccountId) -> Event {
        let cursor = self.cursors.entry(account).or_default();
        let uid = u32::try_from(cursor.version() + 1).unwrap();
        let (folder, uid_validity) = (FolderId::from_bytes([9; 16]), 1);
        let message = MessageKey {
            folder,
            uid_validity,
            uid,
        };
        let moved = FolderCursor::starting(folder, uid_validity, u64::from(uid) + 1);
        let step: CursorStep = cursor.step(vec![moved]);
        cursor.apply(&step);
        Event {
            id: EventId::of_message(account, message),
            tenant: TenantId::from_bytes([2; 16]),
            account,
            kind: EventKind::MessageNew {
                message,
                arrival: Arrival::Delivered,
            },
            cursor: step,
            detected_at: Timestamp::default(),
            fetched_at: Timestamp::default(),
            content: Vec::new(),
            trace: None,
        }
    }

    /// The cursors that the log gives up to this sequence.
    fn folded(&self, through: u64) -> HashMap<AccountId, Cursor> {
        let mut cursors: HashMap<AccountId, Cursor> = HashMap::new();
        for (_, event) in self.log.iter().filter(|(sequence, _)| *sequence <= through) {
            cursors
                .entry(event.account)
                .or_default()
                .apply(&event.cursor);
        }
        cursors
    }

    /// What the registry holds, without accounts that have told nothing yet.
    fn flushed(&self) -> HashMap<AccountId, Cursor> {
        let cursors = self.registry.1.clone();
        cursors
            .into_iter()
            .filter(|(_, cursor)| cursor.version() > 0)
            .collect()
    }
}

const fn appended_at(sequence: u64) -> Appended {
    let position = Position {
        stream: StreamId::new(0),
        generation: 1,
        sequence,
    };
    Appended {
        position,
        duplicate: false,
    }
}

proptest! {
    #[test]
    fn what_was_flushed_is_exactly_the_log_up_to_its_position(steps in prop::collection::vec(step(), 0..60)) {
        let mut model = Model::default();
        for step in steps {
            model.step(step);
            prop_assert_eq!(model.flushed(), model.folded(model.registry.0));
        }
    }

    #[test]
    fn once_all_is_flushed_the_registry_holds_the_whole_log(steps in prop::collection::vec(step(), 0..60)) {
        let mut model = Model::default();
        for step in steps {
            model.step(step);
        }
        for _ in 0..2 {
            model.step(Step::Take);
            model.step(Step::Flush { stored: true });
        }
        prop_assert_eq!(model.flushed(), model.folded(u64::MAX));
        prop_assert!(model.standings.take_dirty().is_none());
    }
}

#[test]
fn cursors_that_replace_a_checkpoint_are_flushed_over_it() {
    let known = HashMap::from([(account(1), Standing::default())]);
    let replacing = Base {
        accounts: known.clone(),
        after: 0,
        replaces: true,
    };
    let (position, flushed) = Standings::new(replacing).take_dirty().unwrap();
    assert_eq!(position, 0);
    assert_eq!(flushed[0].cursor, Cursor::default());

    let trusted = Base {
        accounts: known,
        after: 5,
        replaces: false,
    };
    assert!(Standings::new(trusted).take_dirty().is_none());
}

#[test]
fn what_is_remembered_counts_only_if_the_checkpoint_does() {
    for (replaces, counts) in [(true, false), (false, true)] {
        let base = Base {
            accounts: HashMap::from([(account(1), Standing::default())]),
            after: 0,
            replaces,
        };
        let standings = Standings::new(base);
        standings.learn(account(1), &[Recall::Announced { fingerprint: 2 }]);
        let mut stored = Memory::default();
        stored.learn(&Recall::Announced { fingerprint: 1 });
        let pending = standings.pending(account(1));
        pending
            .iter()
            .for_each(|pending| pending.teach(&mut stored));
        assert_eq!((stored.announced(1), stored.announced(2)), (counts, true));
    }
}

#[test]
fn lessons_of_a_flush_that_failed_are_kept_before_those_that_followed() {
    let standings = Standings::default();
    let folder = FolderId::from_bytes([9; 16]);
    let begin = Recall::Begin { folder, floor: 1 };
    let seen = |uid| Recall::Seen {
        folder,
        uid,
        flags: 0,
    };
    standings.learn(account(1), &[begin, seen(1)]);
    let (_, taken) = standings.take_dirty().unwrap();
    standings.learn(account(1), &[seen(2), Recall::Gone { folder, uid: 1 }]);
    standings.put_back(&taken);
    let (_, taken) = standings.take_dirty().unwrap();
    let mut memory = Memory::default();
    standings.flushing(account(1)).unwrap().teach(&mut memory);
    let remembered = memory.folder(folder).unwrap();
    assert_eq!(remembered.uids().collect::<Vec<_>>(), [2]);
    standings.flushed(&taken);
    assert_eq!(standings.pending(account(1)), []);
}

#[test]
fn a_forgotten_account_is_neither_flushed_nor_put_back() {
    let standings = Standings::default();
    standings.set_detail(account(1), "gone soon");
    let (_, taken) = standings.take_dirty().unwrap();
    standings.forget(account(1));
    standings.put_back(&taken);
    assert!(standings.take_dirty().is_none());
}
