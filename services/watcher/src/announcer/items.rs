//! Items of mailboxes whose server counts by keys: which of them are news, and what is said of them.

use super::batch::{Batch, News};
use pushmail_domain::cursor::came_before;
use pushmail_domain::{
    Arrival, Content, EventId, EventKind, Fault, ItemContent, ItemData, Recall, Timestamp,
    TraceContext,
};
use pushmail_runtime::Hop;
use pushmail_upstream::item::{Item, ItemChange, ItemView, ItemWhat};

impl Batch<'_> {
    pub(super) async fn item(&mut self, change: &ItemChange) -> Result<(), Fault> {
        match &change.what {
            ItemWhat::New(item) => {
                self.item_new(change, item).await?;
            }
            ItemWhat::Changed(item) => {
                if change.rebuilt.is_some() && self.item_new(change, item).await? {
                    return Ok(());
                }
                if !self.all() {
                    return Ok(());
                }
                let (folder, class) = (change.folder, change.class);
                let kind = EventKind::ItemChanged { folder, class };
                let data = self.data(change, item);
                self.item_changed(change, kind, data, &item.hash);
            }
            ItemWhat::Marked(marks) => {
                let kind = EventKind::ItemMarked {
                    folder: change.folder,
                };
                let bytes = [mark(marks.seen), mark(marks.flagged)];
                self.item_changed(change, kind, ItemData::Marks(*marks), &bytes);
            }
            ItemWhat::Deleted => {
                let (folder, class) = (change.folder, change.class);
                let kind = EventKind::ItemDeleted { folder, class };
                self.item_changed(change, kind, ItemData::Nothing, &[]);
            }
        }
        Ok(())
    }

    /// Tells of an item, unless it was told before: then `false`.
    async fn item_new(&mut self, change: &ItemChange, item: &Item) -> Result<bool, Fault> {
        let data = self.data(change, item);
        let fingerprint = match &data {
            ItemData::Message(content) => self.fingerprint_of(content),
            _ => None,
        };
        if let Some(since) = change.rebuilt
            && self.was_told(item, since, fingerprint).await?
        {
            return Ok(false);
        }
        let arrival = match &item.view {
            ItemView::Mail(mail) => mail.arrival,
            _ => Arrival::Delivered,
        };
        let account = self.announcer.account.id;
        let id = EventId::of_item(account, change.folder, &change.server_id, change.generation);
        let kind = EventKind::ItemNew {
            folder: change.folder,
            class: change.class,
            arrival,
        };
        let recall = fingerprint.map(|fingerprint| Recall::Announced { fingerprint });
        let news = News {
            recalls: recall.into_iter().collect(),
            fetched_at: change.fetched_at,
            trace: self.item_trace(change),
            ..News::new(kind, content(change, data), change.noticed_at)
        };
        self.push(id, news);
        Ok(true)
    }

    /// Whether the item was there before its folder's key was refused.
    async fn was_told(
        &mut self,
        item: &Item,
        since: Timestamp,
        fingerprint: Option<u64>,
    ) -> Result<bool, Fault> {
        let received = match &item.view {
            ItemView::Mail(mail) => mail.received,
            _ => None,
        };
        if received.is_some_and(|received| came_before(received, since)) {
            return Ok(true);
        }
        match fingerprint {
            Some(fingerprint) => Ok(self.memory().await?.announced(fingerprint)),
            None => Ok(false),
        }
    }

    fn item_changed(&mut self, change: &ItemChange, kind: EventKind, data: ItemData, hash: &[u8]) {
        let account = self.announcer.account.id;
        let which = (change.folder, change.server_id.as_str());
        let id = EventId::of_item_change(account, &kind, which, (&change.sync_key, hash));
        let news = News {
            fetched_at: change.fetched_at,
            trace: self.item_trace(change),
            ..News::new(kind, content(change, data), change.noticed_at)
        };
        self.push(id, news);
    }

    /// What the account's content level allows to say of it.
    fn data(&self, change: &ItemChange, item: &Item) -> ItemData {
        let level = self.announcer.account.content;
        pushmail_mail::item::data(&item.view, self.name_of(change.folder), level)
    }

    fn item_trace(&self, change: &ItemChange) -> Option<TraceContext> {
        let telemetry = &self.announcer.shared.telemetry;
        let noticed = change.noticed_at;
        let detect = telemetry.hop(Hop::Detect, None, noticed, noticed);
        telemetry.hop(Hop::Fetch, detect, noticed, change.fetched_at)
    }
}

fn content(change: &ItemChange, data: ItemData) -> Content {
    Content::Item(Box::new(ItemContent {
        server_id: change.server_id.clone(),
        data,
    }))
}

fn mark(mark: Option<bool>) -> u8 {
    match mark {
        None => 0,
        Some(false) => 1,
        Some(true) => 2,
    }
}
