//! Events of many accounts, into the log through the adapter that watchers use.

use crate::rig::Rig;
use anyhow::Context as _;
use futures::stream::{self, StreamExt as _, TryStreamExt as _};
use pushmail_domain::{
    AccountId, Arrival, Clock as _, Content, CursorStep, Epoch, Event, EventId, EventKind,
    FolderId, MessageContent, MessageKey, Shard, TenantId, WorkerId,
};
use pushmail_eventlog::{EventLog as _, codec};
use pushmail_eventlog_nats::NatsLog;
use pushmail_registry::Tenants as _;
use pushmail_runtime::{SystemClock, SystemEntropy};
use pushmail_seal::{ContentKey, unwrap_content_key};
use std::collections::btree_map::{BTreeMap, Entry};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use tokio::sync::Mutex;
use tokio::task::JoinSet;

/// How many shards are appended to at the same time.
const WRITERS: usize = 32;
/// A preview of a usual length.
const PREVIEW: &str = "Hello, your order is on its way. You can follow it with the number that we sent you \
                       yesterday; it arrives on Thursday between 10 and 12 if nothing comes between.";

/// Writers for all accounts' shards.
pub(crate) struct Feed {
    log: Arc<NatsLog>,
    tenant: TenantId,
    content: ContentKey,
    mailboxes: Vec<Mailbox>,
}

struct Mailbox {
    account: AccountId,
    /// The right to write for its shard, one append at a time.
    writer: Arc<Mutex<Epoch>>,
    uids: AtomicU32,
}

impl Feed {
    /// Takes the accounts' shards.
    pub(crate) async fn open(rig: &Rig, tenant: &str, accounts: &[String]) -> anyhow::Result<Self> {
        let tenant: TenantId = tenant.parse()?;
        let (registry, master) = rig.registry().await?;
        let row = registry.tenant(tenant).await?.context("no tenant")?;
        let content = unwrap_content_key(&row.keys, &master, tenant)?;
        let log = rig.log().await?;
        let worker = WorkerId::from_bytes([1; 16]);
        let mut writers: BTreeMap<Shard, Arc<Mutex<Epoch>>> = BTreeMap::new();
        let mut mailboxes = Vec::new();
        for account in accounts {
            let account: AccountId = account.parse()?;
            let shard = Shard::of(account);
            let writer = match writers.entry(shard) {
                Entry::Occupied(taken) => taken.get().clone(),
                Entry::Vacant(free) => {
                    let epoch = log.take(shard, worker).await?.epoch;
                    free.insert(Arc::new(Mutex::new(epoch))).clone()
                }
            };
            mailboxes.push(Mailbox {
                account,
                writer,
                uids: AtomicU32::new(1),
            });
        }
        Ok(Self {
            log,
            tenant,
            content,
            mailboxes,
        })
    }

    /// So many events of each account, a batch of each after the other; when the last was acknowledged.
    pub(super) async fn all(self: Arc<Self>, each: u32, batch: u32) -> anyhow::Result<Duration> {
        let mut left = each;
        while left > 0 {
            let count = left.min(batch);
            let appends = stream::iter(0..self.mailboxes.len());
            let appends = appends.map(|of| self.append(of, count));
            appends
                .buffer_unordered(WRITERS)
                .try_collect::<()>()
                .await?;
            left -= count;
        }
        Ok(SystemClock.elapsed())
    }

    /// So many events, of one account after the other, at this rate.
    pub(super) async fn evenly(self: Arc<Self>, count: u32, rate: u32) -> anyhow::Result<()> {
        let mut pace = tokio::time::interval(Duration::from_secs(1) / rate);
        let mut appends = JoinSet::new();
        for number in 0..count as usize {
            pace.tick().await;
            let feed = self.clone();
            appends.spawn(async move { feed.append(number % feed.mailboxes.len(), 1).await });
        }
        while let Some(append) = appends.join_next().await {
            append??;
        }
        Ok(())
    }

    /// So many events of one account, together; they have the numbers after its last one.
    pub(crate) async fn append(&self, of: usize, count: u32) -> anyhow::Result<()> {
        let mailbox = &self.mailboxes[of];
        let first = mailbox.uids.fetch_add(count, Ordering::Relaxed);
        let events = (first..first + count).map(|uid| self.event(mailbox.account, uid));
        let events = events.collect();
        let epoch = mailbox.writer.lock().await;
        let shard = Shard::of(mailbox.account);
        self.log.append(shard, *epoch, events).await?;
        Ok(())
    }

    /// A new mail, detected now.
    fn event(&self, account: AccountId, uid: u32) -> Event {
        let message = MessageKey {
            folder: FolderId::of_name(account, "INBOX", 0),
            uid_validity: 1,
            uid,
        };
        let id = EventId::of_message(account, message);
        let content = Content::Message(Box::new(MessageContent {
            folder: "INBOX".to_owned(),
            message_id: format!("{uid}.{account}@bench"),
            from: "Orders <orders@shop.example>".to_owned(),
            subject: format!("Your order {uid} is on its way"),
            preview: PREVIEW.to_owned(),
            ..MessageContent::default()
        }));
        let plain = codec::encode_content(&content);
        let now = SystemClock.now();
        Event {
            id,
            tenant: self.tenant,
            account,
            kind: EventKind::MessageNew {
                message,
                arrival: Arrival::Delivered,
            },
            cursor: CursorStep::default(),
            detected_at: now,
            fetched_at: now,
            content: self.content.seal(id, account, &plain, &SystemEntropy),
            trace: None,
        }
    }
}
