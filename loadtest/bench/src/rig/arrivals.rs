//! What comes into the event log, as one who reads it sees it.

use super::Rig;
use pushmail_domain::{AccountId, EventKind, ItemClass, StreamId, TenantId, Timestamp};
use pushmail_eventlog::TenantLog as _;
use pushmail_eventlog_nats::NatsLog;
use std::sync::Arc;

/// How many events are read at once.
const PAGE: usize = 1000;

/// New mails of a tenant, from the moment on at which this was opened.
pub(crate) struct Arrivals {
    log: Arc<NatsLog>,
    tenant: TenantId,
    /// Up to where each stream was read.
    read: Vec<(StreamId, u64)>,
}

/// A new mail in the log.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Arrived {
    pub(crate) account: AccountId,
    pub(crate) uid: u32,
    /// When the log took it.
    pub(crate) logged_at: Timestamp,
}

impl Arrivals {
    /// Of what is appended from now on.
    pub(crate) async fn from_now(rig: &Rig, tenant: &str) -> anyhow::Result<Self> {
        let log = rig.log().await?;
        let mut read = Vec::new();
        for stream in (0..StreamId::COUNT).map(StreamId::new) {
            read.push((stream, log.stream_last(stream).await?));
        }
        Ok(Self {
            log,
            tenant: tenant.parse()?,
            read,
        })
    }

    /// What came since this was asked last.
    pub(crate) async fn next(&mut self) -> anyhow::Result<Vec<Arrived>> {
        let mut arrived = Vec::new();
        for (stream, after) in &mut self.read {
            loop {
                let page = self
                    .log
                    .read_tenant(self.tenant, *stream, *after, PAGE)
                    .await?;
                *after = page.through.max(*after);
                let full = page.events.len() >= PAGE;
                arrived.extend(page.events.iter().filter_map(Arrived::of));
                if !full {
                    break;
                }
            }
        }
        Ok(arrived)
    }
}

impl Arrived {
    fn of(stored: &pushmail_eventlog::Stored) -> Option<Self> {
        let uid = match stored.event.kind {
            EventKind::MessageNew { message, .. } => message.uid,
            // It has another name, which is sealed.
            EventKind::ItemNew {
                class: ItemClass::Message,
                ..
            } => 0,
            _ => return None,
        };
        Some(Self {
            account: stored.event.account,
            uid,
            logged_at: stored.stored_at,
        })
    }
}
