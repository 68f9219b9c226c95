//! Reading a folder, a window at a time (MS-ASCMD, section 2.2.1.21). One is under way at a time, and what it brought is
//! told, with the key that comes after it, before the next one is asked for.

use super::exchange::Window;
use super::ping::class;
use super::watched::Reading;
use super::{EasFlow, items, limits};
use crate::command::sync::{BodyPreference, Filter, MimeSupport, Options, Query, Request};
use crate::item::BodyType;
use crate::status::Category;
use pushmail_domain::{ContentLevel, FaultKind, ItemClass};
use pushmail_upstream::{Change, Moment};
use pushmail_wbxml::ProtocolVersion;

impl EasFlow {
    /// The request for the folder's next window. It says all of what is wanted, as some servers keep nothing; what is
    /// wanted of a class never changes, or items would seem to come and go.
    pub(super) fn window(&self, place: usize) -> Vec<u8> {
        let folder = &self.folders[place];
        let keeps = self.keeps(place);
        let window = match keeps {
            true => limits::WINDOW,
            false => limits::BASELINE_WINDOW,
        };
        let query = Query {
            id: folder.server_id.clone(),
            class: class(folder.class),
            sync_key: folder.key.clone(),
            supported: Vec::new(),
            deletes_as_moves: None,
            get_changes: true,
            window: Some(window),
            options: Some(self.options(folder.class, keeps)),
            fetch: Vec::new(),
        };
        let request = Request {
            collections: vec![query],
            ..Request::default()
        };
        request.encode(self.version())
    }

    /// Whether what the folder's next window brings is told. Of what is not mail nobody can say what came since a key was
    /// refused.
    pub(super) fn keeps(&self, place: usize) -> bool {
        let folder = &self.folders[place];
        match folder.reading {
            Reading::Baseline => false,
            Reading::Changes => true,
            Reading::Rebuilt { .. } => folder.class == ItemClass::Message,
        }
    }

    fn options(&self, class: ItemClass, keeps: bool) -> Options {
        let whole = keeps && class == ItemClass::Message && self.content != ContentLevel::Signal;
        let (kind, truncation) = match whole {
            true => (BodyType::Mime, limits::HEAD),
            false => (BodyType::PlainText, limits::TEXT),
        };
        Options {
            filter: match class {
                ItemClass::Message => Some(Filter::ThreeDays),
                ItemClass::Calendar => Some(Filter::TwoWeeks),
                ItemClass::Contact | ItemClass::Task => None,
            },
            mime: whole.then_some(MimeSupport::Always),
            bodies: vec![BodyPreference {
                kind,
                truncation: Some(truncation),
                all_or_none: false,
                preview: None,
            }],
        }
    }

    /// A window has come.
    pub(super) fn took_window(&mut self, place: usize, window: Window, at: Moment) {
        let Some(answer) = window.answer else {
            return;
        };
        if !answer.status.is_fine() {
            return self.window_refused(
                place,
                answer.status.category(),
                answer.status.number(),
                at,
            );
        }
        let Some(collection) = &window.collection else {
            // An empty answer, or one without the folder: nothing is new in it.
            self.succeeded();
            return self.has_read(place, at);
        };
        if !collection.status.is_fine() {
            let (category, number) = (collection.status.category(), collection.status.number());
            return self.window_refused(place, category, number, at);
        }
        if collection.sync_key.is_none() && self.folders[place].key.is_initial() {
            return self.fail(
                FaultKind::Protocol,
                "the server gives no key to read a folder by",
            );
        }
        self.succeeded();
        let (more, key) = (collection.more_available, collection.sync_key.clone());
        let folder = &mut self.folders[place];
        let from = folder.key.clone();
        let moved = key.is_some_and(|key| std::mem::replace(&mut folder.key, key.clone()) != key);
        let brought = self.tell_items(place, &window, from.as_str(), at);
        // The first key comes with nothing else.
        let goes_on = moved && (more || from.is_initial());
        match goes_on {
            true => self.has_read_a_part(place, brought),
            false => self.has_read_all(place, moved, at),
        }
    }

    /// Tells what the window brought; whether that was anything.
    fn tell_items(&mut self, place: usize, window: &Window, from: &str, at: Moment) -> bool {
        let folder = &self.folders[place];
        let all = self.wants_all();
        let told: Vec<Change> = window
            .changes
            .iter()
            .filter_map(|change| items::told(folder, change, (from, all), at))
            .map(|item| Change::Item(Box::new(item)))
            .collect();
        let brought = !told.is_empty();
        if brought || !window.changes.is_empty() {
            self.waiting.brought();
            self.pace.give_back();
        }
        self.tell(told);
        brought
    }

    /// There is more. What was told is told for good; without anything told, a later key will do.
    fn has_read_a_part(&mut self, place: usize, brought: bool) {
        let folder = &self.folders[place];
        let told = folder.reading == Reading::Changes && !folder.key.is_initial();
        if told || brought && folder.reading == Reading::Changes {
            let cursor = folder.cursor();
            self.tell(vec![Change::Synced(cursor)]);
        }
    }

    /// There is no more: its key counts.
    fn has_read_all(&mut self, place: usize, moved: bool, at: Moment) {
        let before = self.folders[place].reading;
        self.has_read(place, at);
        let folder = &self.folders[place];
        let (id, class, cursor) = (folder.id, folder.class, folder.cursor());
        let rebuilt = matches!(before, Reading::Rebuilt { .. });
        if rebuilt && class != ItemClass::Message {
            let (folder, noticed_at) = (id, at.now);
            self.tell(vec![Change::Resync { folder, noticed_at }]);
        }
        // A baseline is told when the account goes live.
        if moved && (before != Reading::Baseline || self.live) {
            self.tell(vec![Change::Synced(cursor)]);
        }
    }

    fn has_read(&mut self, place: usize, at: Moment) {
        self.folders[place].is_read(at.now, at.elapsed);
    }

    fn window_refused(&mut self, place: usize, category: Category, status: u16, at: Moment) {
        let stable = self.version() >= ProtocolVersion::V16_0;
        let folder = &mut self.folders[place];
        match category {
            Category::Rebaseline if folder.refused < limits::RETRIES => {
                folder.refused += 1;
                folder.begin_again(stable);
            }
            Category::Rebaseline => self.again_after_refused_keys(status, at),
            Category::HierarchyChanged => {
                // It is there no more, mostly. If it is, it is read again with the next round.
                folder.dirty = false;
                folder.look_at = Some(at.elapsed + limits::UNWATCHED);
                self.hierarchy.is_due_now();
            }
            other => self.heed(other, status, at),
        }
    }
}
