//! What every output of a flow promises, whatever the server does.

use pushmail_domain::{ContentLevel, Fault, Folder, FolderCursor, FolderId};
use pushmail_imap::flow::limits;
use pushmail_imap::{ImapFlow, Settings};
use pushmail_upstream::{Change, Flow, NewMessage, Output, Snapshot, Vanished};
use std::collections::{HashMap, HashSet};
use std::time::Duration;

/// The secret of every conversation here: no fault may say it.
pub(crate) const SECRET: &str = "hunter2-secret";

/// Ticks that a flow may want at one time: more would be a loop that waits for nothing.
const TICKS_AT_ONCE: u32 = 4;

/// Looks at outputs one by one, and panics at the first broken promise.
#[derive(Default)]
pub(crate) struct Checker {
    live: bool,
    /// What the flow ended with.
    pub(crate) end: Option<String>,
    /// Folders that the account knew before this conversation.
    before: HashSet<FolderId>,
    /// Folders that were told and not deleted, with how far each was announced.
    known: HashMap<FolderId, FolderCursor>,
    names: HashMap<FolderId, String>,
    /// The cursor that was confirmed last.
    confirmed: HashMap<FolderId, FolderCursor>,
    cursors: HashMap<FolderId, FolderCursor>,
    /// Where the announcing of each folder began.
    starts: HashMap<FolderId, u64>,
    announced: HashSet<(FolderId, u32)>,
    commands: u64,
    messages: u64,
    ticks: (Duration, u32),
}

impl Checker {
    pub(crate) fn new(settings: &Settings) -> Self {
        let folders = settings.folders.iter();
        let cursors = settings.cursors.iter();
        Self {
            before: folders.clone().map(|folder| folder.id).collect(),
            names: folders
                .map(|folder| (folder.id, folder.name.clone()))
                .collect(),
            cursors: cursors.map(|cursor| (cursor.folder, *cursor)).collect(),
            ..Self::default()
        }
    }

    /// Which of these UIDs were not announced although the folder of this name is watched.
    pub(crate) fn missed(&self, name: &str, uids: &[u32]) -> Vec<u32> {
        let named = |id: &&FolderId| self.names.get(id).is_some_and(|known| known == name);
        let Some(id) = self.known.keys().find(named) else {
            return Vec::new();
        };
        let start = self.starts[id];
        let missed =
            |uid: &&u32| u64::from(**uid) >= start && !self.announced.contains(&(*id, **uid));
        uids.iter().filter(missed).copied().collect()
    }

    /// One output, taken at this time.
    pub(crate) fn output(&mut self, output: &Output, elapsed: Duration) {
        assert_eq!(self.end, None, "nothing follows the end");
        match output {
            Output::Send(bytes) => self.sent(bytes, elapsed),
            Output::StartTls => assert!(!self.live, "TLS begins before anything is told"),
            Output::Change(change) => self.change(change),
            Output::Park => assert!(self.live, "what is not live does not rest"),
            Output::Finished(fault) => self.finished(fault),
            other @ (Output::Credential | Output::Redial(_)) => panic!("not IMAP's: {other:?}"),
        }
    }

    /// After everything was taken: a flow that ended wants no tick, and one that goes on is not ticked in vain.
    pub(crate) fn settled(&mut self, flow: &ImapFlow, elapsed: Duration) {
        let due = flow.deadline().is_some_and(|deadline| deadline <= elapsed);
        assert!(self.end.is_none() || flow.deadline().is_none());
        if self.ticks.0 != elapsed {
            self.ticks = (elapsed, 0);
        }
        self.ticks.1 += u32::from(due);
        assert!(
            self.ticks.1 <= TICKS_AT_ONCE,
            "a deadline that is always over"
        );
        assert!(flow.learned().suspect.is_none_or(|seen| seen.failures > 0));
    }

    fn sent(&mut self, bytes: &[u8], elapsed: Duration) {
        assert!(bytes.ends_with(b"\r\n"), "whole lines are sent");
        let lines = bytes.split(|byte| *byte == b'\n');
        let tagged = |line: &&[u8]| line.starts_with(b"A") && line.len() > 3;
        self.commands += lines.filter(tagged).count() as u64;
        let earned = elapsed.as_secs() * u64::from(limits::COMMANDS_PER_SECOND)
            + self.messages * u64::from(limits::COMMANDS_PER_MESSAGE);
        assert!(
            self.commands <= u64::from(limits::COMMANDS) + earned,
            "{} commands in {elapsed:?}",
            self.commands
        );
    }

    fn finished(&mut self, fault: &Fault) {
        let end = format!("{}: {fault}", fault.kind.as_str());
        assert!(!end.contains(SECRET) && !end.contains('\n'), "{end}");
        self.end = Some(end);
    }

    fn change(&mut self, change: &Change) {
        if let Change::Live {
            folders, baselines, ..
        } = change
        {
            return self.went_live(folders, baselines);
        }
        assert!(self.live, "Live comes first: {change:?}");
        match change {
            Change::Live { .. } => {}
            Change::FolderReset(cursor) => self.reset(*cursor),
            Change::Message(message) => self.message(message),
            Change::Flags(flags) => {
                let cursor = self.watched(flags.key.folder);
                assert_eq!(cursor.uid_validity, flags.key.uid_validity);
                assert!(u64::from(flags.key.uid) < cursor.uid_next, "{flags:?}");
            }
            Change::Vanished(vanished) => self.vanished(vanished),
            Change::Snapshot(snapshot) => self.snapshot(snapshot),
            Change::Resync { folder, .. } => drop(self.watched(*folder)),
            Change::Confirmed(cursor) => self.confirm(*cursor),
            Change::Item(_) | Change::Synced(_) | Change::CollectionCreated(_) | Change::Wiped => {
                panic!("not IMAP's: {change:?}")
            }
            Change::FolderCreated { folder, cursor } => {
                assert_eq!((cursor.folder, cursor.uid_next), (folder.id, 1));
                let before = self.known.insert(folder.id, *cursor);
                assert_eq!(before, None, "{folder:?} was there");
                self.starts.insert(folder.id, 1);
                self.names.insert(folder.id, folder.name.clone());
            }
            Change::FolderRenamed { folder, old_name } => {
                assert!(self.is_known(folder.id), "{folder:?}");
                let named = self.names.insert(folder.id, folder.name.clone());
                assert_eq!(named.as_ref(), Some(old_name));
                assert!(folder.name.len() <= limits::NAMES);
            }
            Change::FolderDeleted { folder } => {
                assert!(self.is_known(folder.id), "{folder:?}");
                self.known.remove(&folder.id);
                self.before.remove(&folder.id);
                self.confirmed.remove(&folder.id);
            }
        }
    }

    fn went_live(&mut self, folders: &[Folder], baselines: &[FolderCursor]) {
        assert!(!std::mem::replace(&mut self.live, true), "Live comes once");
        assert!(folders.len() <= limits::FOLDERS);
        for folder in folders {
            let baseline = baselines.iter().find(|base| base.folder == folder.id);
            let cursor = baseline.or(self.cursors.get(&folder.id));
            let cursor = *cursor.unwrap_or_else(|| panic!("{folder:?} has no cursor"));
            let twice = self.known.insert(folder.id, cursor);
            assert_eq!(twice, None, "{folder:?} comes twice");
            self.starts.insert(folder.id, cursor.uid_next);
            self.names
                .entry(folder.id)
                .or_insert_with(|| folder.name.clone());
        }
        for base in baselines {
            assert!(self.known.contains_key(&base.folder), "{base:?}");
        }
    }

    fn is_known(&self, folder: FolderId) -> bool {
        self.known.contains_key(&folder) || self.before.contains(&folder)
    }

    /// How far a folder was announced that was told and not deleted.
    fn watched(&self, folder: FolderId) -> FolderCursor {
        *self
            .known
            .get(&folder)
            .expect("changes are of folders told")
    }

    fn reset(&mut self, cursor: FolderCursor) {
        let before = self.watched(cursor.folder);
        assert_ne!(before.uid_validity, cursor.uid_validity);
        assert!(cursor.uid_next <= cursor.rebuilt_below, "{cursor:?}");
        self.known.insert(cursor.folder, cursor);
        self.starts.insert(cursor.folder, cursor.uid_next);
        self.announced
            .retain(|(folder, _)| *folder != cursor.folder);
        self.confirmed.remove(&cursor.folder);
    }

    /// UIDs rise, and content can be made of every message.
    fn message(&mut self, message: &NewMessage) {
        let key = message.key;
        let mut cursor = self.watched(key.folder);
        assert_eq!(key.uid_validity, cursor.uid_validity);
        assert!(
            u64::from(key.uid) >= cursor.uid_next,
            "{key:?} came behind {cursor:?}"
        );
        cursor.uid_next = u64::from(key.uid) + 1;
        self.known.insert(key.folder, cursor);
        self.announced.insert((key.folder, key.uid));
        self.messages += 1;
        let level = ContentLevel::Preview;
        drop(pushmail_mail::content(message, "INBOX", level));
    }

    fn vanished(&self, vanished: &Vanished) {
        let cursor = self.watched(vanished.folder);
        assert_eq!(vanished.uid_validity, cursor.uid_validity);
        assert!(!vanished.uids.is_empty());
        let (mut before, mut count) = (0, 0);
        for (first, last) in &vanished.uids {
            assert!(*first > before && first <= last, "{:?}", vanished.uids);
            before = *last;
            count += u64::from(last - first) + 1;
        }
        assert!(u64::from(before) < cursor.uid_next && count <= 500);
    }

    fn snapshot(&self, snapshot: &Snapshot) {
        let cursor = self.watched(snapshot.folder);
        assert_eq!(snapshot.uid_validity, cursor.uid_validity);
        assert!(snapshot.messages.len() <= limits::NEWEST as usize);
        let rising = |pair: &[(u32, Vec<String>)]| pair[0].0 < pair[1].0;
        assert!(snapshot.messages.windows(2).all(rising));
        let last = snapshot.messages.last();
        assert!(last.is_none_or(|(uid, _)| u64::from(*uid) < cursor.uid_next));
    }

    /// Never behind what was announced, and never backwards.
    fn confirm(&mut self, cursor: FolderCursor) {
        let announced = self.watched(cursor.folder);
        assert_eq!(cursor.uid_validity, announced.uid_validity);
        assert_eq!(cursor.uid_next, announced.uid_next);
        if let Some(before) = self.confirmed.insert(cursor.folder, cursor) {
            assert!(before.mod_seq <= cursor.mod_seq && before.read_at <= cursor.read_at);
        }
    }
}
