//! Direct gets: many messages in one answer, from any replica, which may be behind (ADR-31 of NATS).

use crate::api::Api;
use crate::error::Fault;
use crate::record::{Record, header};
use crate::subjects;
use async_nats::{Message, Subscriber};
use bytes::Bytes;
use futures::StreamExt as _;
use pushmail_domain::StreamId;
use serde_json::json;
use std::time::Duration;
use tokio::time::timeout;

/// The most messages of one answer.
const MESSAGES: usize = 256;
/// About the most bytes of one answer.
const BYTES: usize = 1 << 20;
/// How long the next message of an answer may take.
const ATTEMPT: Duration = Duration::from_secs(2);

/// A part of what was asked for.
#[derive(Debug, Default)]
pub(crate) struct Page {
    /// The messages, in order.
    pub(crate) records: Vec<Record>,
    /// How many come after these, as far as the replica knows.
    pub(crate) pending: u64,
}

impl Api {
    /// The first messages of the subjects at or after the sequence, at most `limit`, as far as the
    /// replica that answers has them. Empty where it has none.
    pub(crate) async fn page(
        &self,
        stream: StreamId,
        subjects: &str,
        from: u64,
        limit: usize,
    ) -> Result<Page, Fault> {
        let which = json!({
            "seq": from.max(1),
            "next_by_subj": subjects,
            "batch": limit.clamp(1, MESSAGES),
            "max_bytes": BYTES,
        });
        let which = Bytes::from(which.to_string());
        self.patiently(|| self.ask(stream, which.clone())).await
    }

    async fn ask(&self, stream: StreamId, which: Bytes) -> Result<Page, Fault> {
        let lost = self.link.connected(&self.client).await;
        let inbox = self.client.new_inbox();
        let gone = |error: crate::BoxError| Fault::Disconnected(error);
        let answers = self.client.subscribe(inbox.clone()).await;
        let answers = answers.map_err(|error| gone(error.into()))?;
        let subject = format!("$JS.API.DIRECT.GET.{}", subjects::stream(stream));
        let asked = self.client.publish_with_reply(subject, inbox, which);
        asked.await.map_err(|error| gone(error.into()))?;
        tokio::select! {
            page = collect(answers) => page,
            () = lost => Err(Fault::NoAnswer),
        }
    }
}

async fn collect(mut answers: Subscriber) -> Result<Page, Fault> {
    let mut page = Page::default();
    loop {
        let message = match timeout(ATTEMPT, answers.next()).await {
            Ok(Some(message)) => message,
            Ok(None) => return Err(Fault::Closed),
            Err(_) => return Err(Fault::NoAnswer),
        };
        match message.status.map(|status| status.as_u16()) {
            None => push(&mut page, Record::from_message(message)?)?,
            Some(204) => return end(page, &message),
            Some(404) => return Ok(Page::default()),
            Some(503) => return Err(Fault::NoResponders),
            Some(status) => {
                let why = message.description.unwrap_or_default();
                return Err(Fault::Odd(format!("status {status} {why}")));
            }
        }
    }
}

fn push(page: &mut Page, record: Record) -> Result<(), Fault> {
    // A message of the answer may get lost on its way, as all of core NATS.
    if record.previous != page.records.last().map_or(0, |last| last.sequence) {
        return Err(Fault::NoAnswer);
    }
    page.records.push(record);
    Ok(())
}

fn end(mut page: Page, message: &Message) -> Result<Page, Fault> {
    let number = |name| {
        let headers = message.headers.as_ref();
        let value = headers.and_then(|headers| header(headers, name));
        let number = value.and_then(|value| value.parse::<u64>().ok());
        number.ok_or_else(|| Fault::Odd(format!("no {name} at the end of a direct get")))
    };
    if number("Nats-Last-Sequence")? != page.records.last().map_or(0, |last| last.sequence) {
        return Err(Fault::NoAnswer);
    }
    page.pending = number("Nats-Num-Pending")?;
    Ok(page)
}
