//! Items of a mailbox whose server counts by keys.

use super::Printer;
use super::messages::fingerprint_by;
use pushmail_domain::cursor::came_before;
use pushmail_domain::{
    Arrival, Content, ContentLevel, CursorStep, EventId, EventKind, Fault, Folder, ItemContent,
    ItemData, Recall, SyncCursor, Timestamp,
};
use pushmail_upstream::item::{Item, ItemChange, ItemView, ItemWhat};

impl Printer {
    pub(super) fn item(&mut self, change: &ItemChange) -> Result<(), Fault> {
        let (folder, class) = (change.folder, change.class);
        match &change.what {
            ItemWhat::New(item) => self.item_new(change, item).map(drop),
            ItemWhat::Changed(item) => {
                if change.rebuilt.is_some() && self.item_new(change, item)? || !self.all() {
                    return Ok(());
                }
                let data = self.data(change, item);
                self.item_changed(change, EventKind::ItemChanged { folder, class }, data)
            }
            ItemWhat::Marked(marks) => {
                let data = ItemData::Marks(*marks);
                self.item_changed(change, EventKind::ItemMarked { folder }, data)
            }
            ItemWhat::Deleted => {
                let kind = EventKind::ItemDeleted { folder, class };
                self.item_changed(change, kind, ItemData::Nothing)
            }
        }
    }

    /// All up to this key was printed.
    pub(super) fn synced(&mut self, sync: SyncCursor) {
        self.state.cursor_mut().confirm_sync(sync);
    }

    /// A folder appeared, all of which is new.
    pub(super) fn collection_created(&mut self, folder: Folder) -> Result<(), Fault> {
        let id = folder.id;
        let step = CursorStep {
            syncs: vec![SyncCursor::beginning(id)],
            ..self.state.cursor().step(Vec::new())
        };
        let folders = self.state.folders_mut();
        folders.retain(|known| known.id != id);
        folders.push(folder);
        let kind = EventKind::FolderCreated { folder: id };
        self.folder_event(kind, id, self.clock.now(), step)
    }

    /// Prints an item, unless it was printed before: then `false`.
    fn item_new(&mut self, change: &ItemChange, item: &Item) -> Result<bool, Fault> {
        let data = self.data(change, item);
        let fingerprint = match &data {
            ItemData::Message(content) => fingerprint_by("message-id", &content.message_id),
            _ => None,
        };
        if change
            .rebuilt
            .is_some_and(|since| self.was_told(item, since, fingerprint))
        {
            return Ok(false);
        }
        let arrival = match &item.view {
            ItemView::Mail(mail) => mail.arrival,
            _ => Arrival::Delivered,
        };
        let announced = fingerprint.map(|fingerprint| Recall::Announced { fingerprint });
        let step = CursorStep {
            recalls: announced.into_iter().collect(),
            ..self.state.cursor().step(Vec::new())
        };
        let (folder, class) = (change.folder, change.class);
        let kind = EventKind::ItemNew {
            folder,
            class,
            arrival,
        };
        let id = EventId::of_item(self.account, folder, &change.server_id, change.generation);
        self.print(id, (kind, content(change, data)), change.noticed_at, step)?;
        Ok(true)
    }

    /// Whether the item was there before its folder's key was refused.
    fn was_told(&self, item: &Item, since: Timestamp, fingerprint: Option<u64>) -> bool {
        let received = match &item.view {
            ItemView::Mail(mail) => mail.received,
            _ => None,
        };
        received.is_some_and(|received| came_before(received, since))
            || fingerprint.is_some_and(|known| self.state.memory().announced(known))
    }

    fn item_changed(
        &mut self,
        change: &ItemChange,
        kind: EventKind,
        data: ItemData,
    ) -> Result<(), Fault> {
        let which = (change.folder, change.server_id.as_str());
        let id = EventId::of_item_change(self.account, &kind, which, (&change.sync_key, &[]));
        let step = self.state.cursor().step(Vec::new());
        self.print(id, (kind, content(change, data)), change.noticed_at, step)
    }

    fn data(&self, change: &ItemChange, item: &Item) -> ItemData {
        let folder = self.name_of(change.folder);
        pushmail_mail::item::data(&item.view, folder, ContentLevel::Preview)
    }
}

fn content(change: &ItemChange, data: ItemData) -> Content {
    Content::Item(Box::new(ItemContent {
        server_id: change.server_id.clone(),
        data,
    }))
}
