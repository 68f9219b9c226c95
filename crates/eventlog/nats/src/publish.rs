//! Publishing into a stream, and what the server answers.

use crate::api::{Api, decode};
use crate::error::Fault;
use crate::pause::Pause;
use crate::record::GENERATION;
use crate::subjects;
use async_nats::HeaderMap;
use bytes::Bytes;
use pushmail_domain::{Epoch, Event, Shard};
use pushmail_eventlog::codec;
use serde::Deserialize;
use std::time::Duration;
use tokio::time::timeout;

/// The sequence that a subject's last message must have: the message's own subject, or the one that
/// [`EXPECTED_OF`] names.
pub(crate) const EXPECTED: &str = "Nats-Expected-Last-Subject-Sequence";
const EXPECTED_OF: &str = "Nats-Expected-Last-Subject-Sequence-Subject";
const ID: &str = "Nats-Msg-Id";
/// More than the bytes that an event's headers take.
const MAX_HEADERS: usize = 1_024;

/// The server's acknowledgement.
#[derive(Debug, Deserialize)]
pub(crate) struct Ack {
    /// The sequence of the message, of a batch's last message, or of the one stored before.
    pub(crate) seq: u64,
    /// Whether the id was logged before.
    #[serde(default)]
    pub(crate) duplicate: bool,
    /// How many messages the batch had.
    #[serde(default)]
    pub(crate) count: u64,
}

/// An event ready to be published.
#[derive(Debug, Clone)]
pub(crate) struct Outgoing {
    /// Its subject.
    pub(crate) subject: String,
    /// Its headers, but for the fence's.
    pub(crate) headers: HeaderMap,
    /// Its record.
    pub(crate) payload: Bytes,
}

impl Outgoing {
    /// The event, appended in this generation. Its id covers the account, so that it is one of the
    /// whole stream.
    pub(crate) fn new(event: &Event, generation: u32) -> Self {
        let mut headers = HeaderMap::new();
        headers.insert(ID, event.id.to_string());
        headers.insert(GENERATION, generation.to_string());
        if let Some(trace) = event.trace {
            headers.insert("traceparent", trace.to_string());
        }
        Self {
            subject: subjects::event(event),
            headers,
            payload: codec::encode_event(event).into(),
        }
    }

    /// About how many bytes the server counts of it, and not less.
    pub(crate) fn size(&self) -> usize {
        self.payload.len() + MAX_HEADERS
    }

    /// To be taken only while the epoch is the shard's newest.
    pub(crate) fn fence(&mut self, shard: Shard, epoch: Epoch) {
        let fence = subjects::fence(shard, epoch.generation);
        self.headers.insert(EXPECTED, epoch.fence.to_string());
        self.headers.insert(EXPECTED_OF, fence);
    }
}

impl Api {
    /// Publishes and waits for the acknowledgement; again while nobody takes it.
    pub(crate) async fn publish(&self, message: Outgoing, within: Duration) -> Result<Ack, Fault> {
        let mut last = Fault::NoAnswer;
        let attempts = async {
            let mut pause = Pause::new();
            loop {
                match self.publish_once(message.clone(), within).await {
                    Err(fault) if fault.is_passing() => {
                        last = fault;
                        pause.wait().await;
                    }
                    settled => return settled,
                }
            }
        };
        match timeout(within, attempts).await {
            Ok(settled) => settled,
            Err(_) => Err(last),
        }
    }

    /// Publishes once and waits for the acknowledgement.
    pub(crate) async fn publish_once(
        &self,
        message: Outgoing,
        within: Duration,
    ) -> Result<Ack, Fault> {
        let Outgoing {
            subject,
            headers,
            payload,
        } = message;
        let answer = self
            .request(subject, Some(headers), payload, within)
            .await?;
        decode(&answer.payload)
    }
}
