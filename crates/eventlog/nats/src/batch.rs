//! Several events at once, all or none: an atomic batch (ADR-50 of NATS).

use crate::append::{Turn, wants_singles};
use crate::error::{Fault, code};
use crate::fence::is_refused;
use crate::pause::Pause;
use crate::publish::{Ack, Outgoing};
use pushmail_eventlog::AppendError;
use tokio::time::timeout;

/// How often a batch is tried while the server has too many, or the fence is busy.
const ATTEMPTS: usize = 5;

impl Turn<'_> {
    /// Stores the messages as one batch; `None` if they have to be stored one by one.
    pub(crate) async fn store_batch(
        &mut self,
        messages: &[Outgoing],
    ) -> Result<Option<Vec<(u64, bool)>>, AppendError> {
        let mut pause = Pause::new();
        for _ in 0..ATTEMPTS {
            match self.publish_batch(messages).await {
                Ok(ack) => return self.batch_stored(&ack, messages.len()).map(Some),
                Err(fault) if wants_singles(&fault) => return Ok(None),
                Err(fault) if is_refused(&fault) => self.expect_ownership().await?,
                Err(fault) if is_busy(&fault) => {}
                Err(fault) => return Err(fault.into()),
            }
            pause.wait().await;
        }
        Ok(None)
    }

    /// Sends the batch. Only its end is answered: until then nothing of it is stored, and what was
    /// refused before makes the end be refused.
    async fn publish_batch(&self, messages: &[Outgoing]) -> Result<Ack, Fault> {
        let api = &self.log.api;
        let id = api.client.new_inbox();
        let id = id.rsplit('.').next().unwrap_or_default();
        let within = self.log.config.publish_timeout;
        let send = async {
            drop(api.link.connected(&api.client).await);
            for (index, message) in messages.iter().enumerate() {
                let mut message = message.clone();
                message.headers.insert("Nats-Batch-Id", id);
                message
                    .headers
                    .insert("Nats-Batch-Sequence", (index + 1).to_string());
                if index == 0 {
                    self.fence(&mut message);
                }
                if index + 1 == messages.len() {
                    message.headers.insert("Nats-Batch-Commit", "1");
                    return api.publish_once(message, within).await;
                }
                let Outgoing {
                    subject,
                    headers,
                    payload,
                } = message;
                let sent = api.client.publish_with_headers(subject, headers, payload);
                sent.await
                    .map_err(|error| Fault::Disconnected(error.into()))?;
            }
            Err(Fault::Odd("a batch of nothing".to_owned()))
        };
        match timeout(within, send).await {
            Ok(answer) => answer,
            Err(_) => Err(Fault::NoAnswer),
        }
    }

    /// The places of a batch's messages: they follow each other up to the one acknowledged.
    fn batch_stored(&mut self, ack: &Ack, sent: usize) -> Result<Vec<(u64, bool)>, AppendError> {
        let count = sent as u64;
        if ack.count != count || ack.seq < count {
            let odd = format!("{} of {count} messages acknowledged", ack.count);
            return Err(Fault::Odd(odd).into());
        }
        let first = ack.seq - count + 1;
        self.acknowledge(first, ack.seq)?;
        Ok((first..=ack.seq)
            .map(|sequence| (sequence, false))
            .collect())
    }
}

/// Whether the same batch may be taken a little later.
fn is_busy(fault: &Fault) -> bool {
    fault.is_passing() || [code::BATCH_INCOMPLETE, code::BATCHES_BUSY].contains(&fault.code())
}
