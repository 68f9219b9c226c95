use super::*;
use proptest::prelude::*;
use pushmail_domain::Position;
use std::collections::BTreeSet;

const GENERATION: u32 = 3;
const ACCOUNT: AccountId = AccountId::from_bytes([5; 16]);
const LIMITS: Limits = Limits {
    unacked: 5,
    deadline: Duration::from_secs(30),
};

fn stream(number: u8) -> StreamId {
    StreamId::new(number)
}

fn key(number: u8, sequence: u64) -> Key {
    Key {
        stream: stream(number),
        generation: GENERATION,
        sequence,
    }
}

/// When the event with this sequence was stored.
fn at(sequence: u64) -> Timestamp {
    Timestamp::from_micros(i64::try_from(sequence).unwrap())
}

fn reach(sequence: u64) -> Reach {
    Reach {
        sequence,
        current_at: at(sequence),
    }
}

fn beginning() -> Vec<Mark> {
    let mark = |number| Mark {
        position: Position {
            stream: stream(number),
            generation: GENERATION,
            sequence: 0,
        },
        current_at: at(0),
        acked: Vec::new(),
    };
    (0..StreamId::COUNT).map(mark).collect()
}

fn mark_of(window: &Window, number: u8) -> u64 {
    window.marks().nth(usize::from(number)).unwrap().sequence
}

#[test]
fn the_mark_waits_for_the_oldest_and_takes_what_was_left_out_with_it() {
    let mut window = Window::new(&beginning(), LIMITS);
    window.pass(stream(0), reach(1));
    assert_eq!(mark_of(&window, 0), 1);
    for sequence in [2, 4] {
        window.send(key(0, sequence), at(sequence), ACCOUNT, Duration::ZERO);
        window.pass(stream(0), reach(sequence + 1));
    }
    assert!(window.ack(key(0, 4)));
    assert_eq!(mark_of(&window, 0), 1);
    let stored = window.unstored();
    assert_eq!((stored.len(), &stored[0].acked[..]), (1, &[4][..]));
    assert!(window.ack(key(0, 2)));
    assert_eq!(mark_of(&window, 0), 5);
    assert!(!window.ack(key(0, 2)), "it is no news");
}

#[test]
fn an_acknowledgement_of_another_generation_or_of_nothing_is_ignored() {
    let mut window = Window::new(&beginning(), LIMITS);
    window.send(key(0, 2), at(2), ACCOUNT, Duration::ZERO);
    let mut other = key(0, 2);
    other.generation = GENERATION + 1;
    assert!(!window.ack(other) && !window.ack(key(0, 3)) && !window.ack(key(1, 2)));
    assert_eq!(window.unacked(), 1);
}

#[test]
fn what_is_due_first_is_sent_again_first_and_counts_its_attempts() {
    let mut window = Window::new(&beginning(), LIMITS);
    let first = window.send(key(0, 1), at(1), ACCOUNT, Duration::from_secs(0));
    window.send(key(1, 1), at(1), ACCOUNT, Duration::from_secs(1));
    assert_eq!(window.due(Duration::from_secs(29)), None);
    let now = window.deadline().unwrap();
    assert_eq!(window.due(now), Some(Due::Event(key(0, 1))));
    let (again, _) = window.resend(key(0, 1), now).unwrap();
    assert_eq!((again.number, again.attempt), (first.number, 2));
    assert_eq!(window.deadline(), Some(Duration::from_secs(31)));
    assert_eq!(
        window.due(Duration::from_secs(31)),
        Some(Due::Event(key(1, 1)))
    );
}

#[test]
fn through_means_what_was_sent_first_before_whatever_was_sent_again() {
    let mut window = Window::new(&beginning(), LIMITS);
    let sent: Vec<_> = (1..=3)
        .map(|sequence| window.send(key(0, sequence), at(sequence), ACCOUNT, Duration::ZERO))
        .collect();
    window.resend(key(0, 1), Duration::ZERO).unwrap();
    window.ack_through(sent[1].number);
    assert_eq!((mark_of(&window, 0), window.unacked()), (2, 1));
}

#[test]
fn no_mark_is_stored_before_a_gap_is_acknowledged() {
    let mut window = Window::new(&beginning(), LIMITS);
    let (first, _) = window.tell_gap(GapReason::LogRebuilt, Duration::ZERO);
    let (told, reason) = window.tell_gap(GapReason::Expired, Duration::ZERO);
    assert_eq!(reason, GapReason::LogRebuilt, "the worse of two is told");
    window.pass(stream(0), reach(9));
    window.ack_gap(first.number);
    assert_eq!(window.unstored(), [], "only the newest telling counts");
    assert_eq!(window.due(Duration::from_secs(30)), Some(Due::Gap));
    let again = window.retell_gap(Duration::from_secs(30)).unwrap().0;
    assert_eq!((again.number, again.attempt), (told.number, 2));
    window.ack_gap(told.number);
    assert_eq!(window.unstored().len(), 1);
    assert!(window.is_done());
}

#[test]
fn events_above_the_marks_are_bounded_whatever_is_acknowledged() {
    let limits = Limits {
        unacked: 2,
        ..LIMITS
    };
    let mut window = Window::new(&beginning(), limits);
    let mut sequence = 0;
    while window.has_room() {
        sequence += 1;
        window.send(key(0, sequence), at(sequence), ACCOUNT, Duration::ZERO);
        if sequence > 1 {
            window.ack(key(0, sequence));
        }
    }
    assert_eq!(sequence, MAX_HELD as u64);
    let stored = window.unstored();
    assert_eq!(stored[0].acked.len(), pushmail_registry::MAX_ACKED_ABOVE);
    window.ack(key(0, 1));
    assert!(window.has_room());
}

/// What a subscriber and its gateway may do.
#[derive(Debug, Clone)]
enum Step {
    Read(u8),
    Ack(usize),
    AckThrough(usize),
    Wait(u64),
    Store,
    Reconnect,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        6 => (0..3u8).prop_map(Step::Read),
        4 => any::<usize>().prop_map(Step::Ack),
        1 => any::<usize>().prop_map(Step::AckThrough),
        2 => (1..40u64).prop_map(Step::Wait),
        2 => Just(Step::Store),
        1 => Just(Step::Reconnect),
    ];
    prop::collection::vec(step, 0..200)
}

/// A log of three streams and a subscriber, around the window under test.
struct World {
    /// For each event of each stream, whether the filter wants it.
    log: [Vec<bool>; 3],
    window: Window,
    /// How far each stream was read.
    read: [u64; 3],
    now: Duration,
    stored: Vec<Mark>,
    /// What the subscriber got since the last reconnect, by the number of the first sending.
    got: BTreeMap<u64, Key>,
    ever_got: BTreeSet<Key>,
    acked: BTreeSet<Key>,
}

impl World {
    fn new(log: [Vec<bool>; 3]) -> Self {
        let stored = beginning();
        Self {
            log,
            window: Window::new(&stored, LIMITS),
            read: [0; 3],
            now: Duration::ZERO,
            stored,
            got: BTreeMap::new(),
            ever_got: BTreeSet::new(),
            acked: BTreeSet::new(),
        }
    }

    fn wants(&self, number: u8, sequence: u64) -> bool {
        self.log[usize::from(number)][usize::try_from(sequence).unwrap() - 1]
    }

    fn step(&mut self, step: &Step) {
        match step {
            Step::Read(number) => self.read(*number),
            Step::Ack(pick) => {
                let picked = self.got.values().nth(pick % self.got.len().max(1)).copied();
                if let Some(key) = picked {
                    self.window.ack(key);
                    self.acked.insert(key);
                }
            }
            Step::AckThrough(pick) => {
                let picked = self.got.keys().nth(pick % self.got.len().max(1)).copied();
                if let Some(number) = picked {
                    self.window.ack_through(number);
                    self.acked
                        .extend(self.got.range(..=number).map(|(_, key)| *key));
                }
            }
            Step::Wait(seconds) => self.wait(*seconds),
            Step::Store => self.store(),
            Step::Reconnect => self.reconnect(),
        }
        assert!(self.window.unacked() <= LIMITS.unacked);
    }

    fn read(&mut self, number: u8) {
        let at_stream = usize::from(number);
        let sequence = self.read[at_stream] + 1;
        if sequence > self.log[at_stream].len() as u64 || !self.window.has_room() {
            return;
        }
        self.read[at_stream] = sequence;
        let key = key(number, sequence);
        if !self.wants(number, sequence) {
            self.window.pass(stream(number), reach(sequence));
        } else if self.window.was_done(key, at(sequence), ACCOUNT) {
            assert!(self.acked.contains(&key), "{key:?} was never acknowledged");
        } else {
            let sending = self.window.send(key, at(sequence), ACCOUNT, self.now);
            self.got.insert(sending.number, key);
            self.ever_got.insert(key);
        }
    }

    fn wait(&mut self, seconds: u64) {
        self.now += Duration::from_secs(seconds);
        while let Some(due) = self.window.due(self.now) {
            let Due::Event(key) = due else {
                panic!("no gap was told");
            };
            assert!(
                !self.acked.contains(&key),
                "{key:?} is done and comes again"
            );
            let (sending, _) = self.window.resend(key, self.now).unwrap();
            assert_eq!(self.got.get(&sending.number), Some(&key));
            assert!(sending.attempt > 1);
        }
    }

    fn store(&mut self) {
        for mark in self.window.unstored() {
            let at = usize::from(mark.position.stream.number());
            assert!(mark.position.sequence >= self.stored[at].position.sequence);
            self.stored[at] = mark;
        }
        self.window.stored();
        self.check();
    }

    /// A stored mark passed over nothing that was not acknowledged, or left out.
    fn check(&self) {
        for (number, mark) in (0..3).zip(&self.stored) {
            for sequence in 1..=mark.position.sequence {
                let done = self.acked.contains(&key(number, sequence));
                assert!(
                    done || !self.wants(number, sequence),
                    "{number}:{sequence} is lost"
                );
            }
            for sequence in &mark.acked {
                assert!(self.acked.contains(&key(number, *sequence)));
            }
        }
    }

    /// The stream breaks, and the position is what was stored last.
    fn reconnect(&mut self) {
        self.window = Window::new(&self.stored, LIMITS);
        self.got.clear();
        for (read, mark) in self.read.iter_mut().zip(&self.stored) {
            *read = mark.position.sequence;
        }
        // What was acknowledged and not stored may come again.
        let stored = &self.stored;
        self.acked.retain(|key| {
            let mark = &stored[usize::from(key.stream.number())];
            key.sequence <= mark.position.sequence || mark.acked.contains(&key.sequence)
        });
    }

    /// The subscriber reads and acknowledges everything.
    fn finish(&mut self) {
        let all: usize = self.log.iter().map(Vec::len).sum();
        for _ in 0..=all {
            (0..3).for_each(|number| self.step(&Step::Read(number)));
            for key in self.got.values().copied().collect::<Vec<_>>() {
                self.window.ack(key);
                self.acked.insert(key);
            }
        }
        self.store();
    }
}

fn log() -> impl Strategy<Value = [Vec<bool>; 3]> {
    let stream = || prop::collection::vec(prop::bool::weighted(0.7), 0..40);
    [stream(), stream(), stream()]
}

proptest! {
    #[test]
    fn nothing_is_lost_by_any_order_of_acks_timeouts_and_reconnects(
        log in log(),
        steps in steps(),
    ) {
        let mut world = World::new(log);
        for step in &steps {
            world.step(step);
        }
        world.finish();
        for number in 0..3 {
            let end = world.log[usize::from(number)].len() as u64;
            prop_assert_eq!(world.stored[usize::from(number)].position.sequence, end);
            for sequence in (1..=end).filter(|sequence| world.wants(number, *sequence)) {
                prop_assert!(world.ever_got.contains(&key(number, sequence)));
            }
        }
        prop_assert!(world.window.is_done());
    }
}
