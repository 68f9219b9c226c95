//! The conversation with a server that answers whatever it likes: no key is sent before it was told, nothing that a window
//! brought is lost, nothing follows the end, and no answer makes it send without end.

use crate::transcript::answer::answer;
use crate::transcript::request::describe;
use crate::transcript::{NOW, resumed, settings};
use proptest::prelude::*;
use pushmail_domain::{Authentication, Endpoint, FolderId, Secret, Timestamp};
use pushmail_eas::{EasFlow, Settings};
use pushmail_upstream::item::ItemWhat;
use pushmail_upstream::{Change, Flow, Moment, Output};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// A conversation sends no more than this without a word from the server.
const SENDS: usize = 4;

/// A server that answers by chance, and what it may expect of the client.
struct World {
    flow: Box<dyn Flow>,
    endpoint: Endpoint,
    elapsed: Duration,
    /// The request that waits for its answer.
    asked: Option<String>,
    /// Keys and items are numbered.
    numbers: u32,
    live: bool,
    wiped: bool,
    ended: bool,
    folders: BTreeMap<String, Folder>,
    /// What was brought, and has to be told before the next key of its folder is.
    brought: BTreeSet<String>,
    sends: usize,
}

/// How far the client is known to have come with a folder.
#[derive(Default)]
struct Folder {
    /// The key that was told last.
    told: Option<String>,
    /// It was asked for from its beginning, and no key was told since.
    begun: bool,
}

impl World {
    fn new(settings: Settings) -> Self {
        let mut folders = BTreeMap::new();
        for cursor in settings.cursors.iter().filter(|one| one.folder.is_some()) {
            let told = Some(cursor.key.to_string());
            let folder = Folder { told, begun: false };
            folders.insert("5".to_owned(), folder);
        }
        let mut world = Self {
            endpoint: settings.endpoint.clone(),
            flow: Box::new(EasFlow::new(settings)),
            elapsed: Duration::from_secs(1000),
            asked: None,
            numbers: 0,
            live: false,
            wiped: false,
            ended: false,
            folders,
            brought: BTreeSet::new(),
            sends: 0,
        };
        world.flow.tick(world.at());
        world.collect();
        world
    }

    fn at(&self) -> Moment {
        let passed = i64::try_from(self.elapsed.as_micros()).unwrap();
        Moment {
            now: Timestamp::from_micros(NOW + passed),
            elapsed: self.elapsed,
        }
    }

    /// Something happens, by this choice.
    fn step(&mut self, choice: u8) {
        self.sends = 0;
        let at = self.at();
        match (choice, self.asked.take()) {
            (0..16, asked) => {
                // What was asked never gets an answer.
                drop(asked);
                self.flow.closed(at);
            }
            (16..40, asked) => {
                self.asked = asked;
                let due = self.flow.deadline().unwrap_or_default();
                self.elapsed = self.elapsed.max(due);
                let at = self.at();
                self.flow.tick(at);
            }
            (_, Some(asked)) => {
                let words = self.words(&asked, choice);
                self.flow.receive(&answer(&words), at);
            }
            (_, None) => {}
        }
        self.collect();
    }

    fn number(&mut self) -> u32 {
        self.numbers += 1;
        self.numbers
    }

    /// An answer to what was asked.
    fn words(&mut self, asked: &str, choice: u8) -> String {
        let closing = if choice.is_multiple_of(5) {
            "closing "
        } else {
            ""
        };
        let command = asked.split(' ').next().unwrap();
        let words = match (command, choice % 16) {
            (_, 0) => "HTTP 503 Retry-After: 7".to_owned(),
            ("OPTIONS", _) => "OPTIONS 14.1,16.1".to_owned(),
            ("Provision", 1..5) => format!("Provision 1 1 p{}", self.number()),
            ("Provision", 5) => "Provision RemoteWipe".to_owned(),
            ("Provision", _) => "Provision 1 2".to_owned(),
            (_, 1) => "HTTP 449".to_owned(),
            ("FolderSync", 2) => "FolderSync 9".to_owned(),
            ("FolderSync", 4) => "FolderSync 140".to_owned(),
            ("FolderSync", chance) => self.folders(asked, chance),
            ("Sync", chance) => self.window(asked, chance),
            ("Ping", 2) => "Ping 7".to_owned(),
            ("Ping", 3) => "Ping 5 heartbeat=120".to_owned(),
            ("Ping", 4) => "Ping 3".to_owned(),
            ("Ping", 5) => "Ping 8".to_owned(),
            ("Ping", 6) => "Ping 6 max=1".to_owned(),
            ("Ping", 7) => "Ping empty".to_owned(),
            ("Ping", 8..12) => "Ping 1".to_owned(),
            ("Ping", _) => "Ping 2 5".to_owned(),
            (other, _) => panic!("not known: {other}"),
        };
        format!("{closing}{words}")
    }

    fn folders(&mut self, asked: &str, chance: u8) -> String {
        let number = self.number();
        match (asked.ends_with(" 0"), chance) {
            (true, _) => format!("FolderSync 1 f{number} +5:2:Inbox"),
            (false, 3) => format!("FolderSync 1 f{number} ~5:2:Inbox{number}"),
            (false, _) => format!("FolderSync 1 f{number}"),
        }
    }

    fn window(&mut self, asked: &str, chance: u8) -> String {
        let words: Vec<&str> = asked
            .split(' ')
            .filter(|word| !word.starts_with("policy"))
            .collect();
        let [_, id, key, window, ..] = words[..] else {
            panic!("no window: {asked}");
        };
        let (id, key, told) = (id.to_owned(), key.to_owned(), window == "window=50");
        let next = self.number();
        match (key.as_str(), chance) {
            ("0", _) => format!("Sync {id} 1 k{next}"),
            (_, 2) => format!("Sync {id} 3"),
            (_, 3) => "Sync empty".to_owned(),
            (_, 4) => format!("Sync {id} 1 k{next}"),
            (_, 5) => format!("Sync {id} 1 {key}"),
            _ => {
                let more = if chance < 9 { " more" } else { "" };
                let items = [self.number(), self.number()].map(|number| format!("{id}:{number}"));
                if told {
                    self.brought.extend(items.iter().cloned());
                }
                let [first, second] = items;
                format!("Sync {id} 1 k{next}{more} +{first}=Subject:_a +{second}=Subject:_b")
            }
        }
    }

    /// Takes what the flow wants done, and does it.
    fn collect(&mut self) {
        while let Some(output) = self.flow.next_output() {
            assert!(!self.ended, "nothing follows the end: {output:?}");
            let at = self.at();
            match output {
                Output::Send(bytes) => self.sent(&bytes),
                Output::Change(change) => {
                    self.told(&change);
                    self.flow.accepted(at);
                }
                Output::Park => self.park(),
                Output::Credential => {
                    let secret = Secret::new("secret".to_owned());
                    self.flow.credential(Authentication::Password(secret), at);
                }
                Output::Redial(redial) => {
                    self.asked = None;
                    self.elapsed = self.elapsed.max(redial.at);
                    let at = self.at();
                    self.flow.redialled(at);
                }
                Output::Finished(_) => self.ended = true,
                Output::StartTls => panic!("TLS is there from the first byte on"),
            }
        }
    }

    fn park(&mut self) {
        if let Some(rest) = self.flow.rest() {
            self.flow = rest.wake(&self.endpoint).unwrap();
        }
    }

    fn sent(&mut self, bytes: &[u8]) {
        let asked = describe(bytes);
        self.sends += 1;
        assert!(self.sends <= SENDS, "it sends without an answer: {asked}");
        let words: Vec<&str> = asked
            .split(' ')
            .filter(|word| !word.starts_with("policy"))
            .collect();
        assert_eq!(
            asked.contains("wiped=1"),
            self.wiped,
            "wiped, told, and then said and nothing else: {asked}"
        );
        if let ["Sync", id, key, ..] = words[..] {
            let folder = self.folders.entry(id.to_owned()).or_default();
            match key {
                "0" => folder.begun = true,
                // Before the account is live its keys are told all at once.
                _ if !self.live || folder.begun => {}
                key => assert_eq!(folder.told.as_deref(), Some(key), "told before it is sent"),
            }
        }
        self.asked = Some(asked);
    }

    fn told(&mut self, change: &Change) {
        match change {
            Change::Live { syncs, .. } => {
                self.live = true;
                syncs
                    .iter()
                    .for_each(|sync| self.synced(sync.folder, &sync.key));
            }
            Change::Synced(sync) if sync.folder.is_some() => {
                assert_eq!(self.brought, BTreeSet::new(), "told before its key");
                self.synced(sync.folder, &sync.key);
            }
            Change::Wiped => self.wiped = true,
            Change::Item(item) => {
                assert!(matches!(item.what, ItemWhat::New(_)));
                assert!(
                    self.brought.remove(&item.server_id),
                    "brought once, and told twice"
                );
            }
            _ => {}
        }
    }

    fn synced(&mut self, folder: Option<FolderId>, key: &str) {
        assert!(folder.is_some());
        let folder = self.folders.entry("5".to_owned()).or_default();
        folder.told = Some(key.to_owned());
        folder.begun = false;
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn whatever_a_server_answers_its_keys_are_told_first_and_nothing_is_lost(
        before: bool,
        choices in prop::collection::vec(any::<u8>(), 1..80),
    ) {
        let settings = if before { resumed("k0") } else { settings() };
        let mut world = World::new(settings);
        for choice in choices {
            world.step(choice);
        }
    }
}
