//! Whether a device may still do what it does: asked beside the session, which goes on meanwhile.
//!
//! Only an answer changes a session. While the registry is away a session stays as it is, for as
//! long as that lasts, and asks again every [`compare_interval`](crate::Config::compare_interval):
//! a token that was replaced, or a device that was deleted, stays connected until the registry
//! answers again and one such interval longer at most.

use crate::{Shared, auth};
use pushmail_domain::{AccountId, DeviceToken};
use std::sync::Arc;
use tokio::sync::oneshot;

/// What the registry says of a device.
pub(super) enum Answer {
    /// The token is not the device's any more, or there is no such device.
    Refused,
    /// The device has these accounts.
    Accounts(Vec<AccountId>),
    /// Nothing: it is away.
    Away,
}

/// A session's question to the registry, of which it has one at a time.
#[derive(Default)]
pub(super) struct LookUp(Option<oneshot::Receiver<Answer>>);

impl LookUp {
    /// Asks, unless a question is open. In a task of its own: a session that is held up elsewhere
    /// would keep a connection to the registry meanwhile.
    pub(super) fn begin(&mut self, shared: &Arc<Shared>, token: &DeviceToken) {
        if self.0.is_some() {
            return;
        }
        let (mut sender, receiver) = oneshot::channel();
        let (asking, token) = (shared.clone(), token.clone());
        shared.lifecycle.spawn("delivery.look_up", async move {
            tokio::select! {
                answer = ask(&asking, &token) => drop(sender.send(answer)),
                () = sender.closed() => {}
            }
        });
        self.0 = Some(receiver);
    }

    /// Waits for the answer; without a question, for ever. Cancel-safe.
    pub(super) async fn answer(&mut self) -> Answer {
        let Some(answer) = &mut self.0 else {
            return std::future::pending().await;
        };
        let answer = answer.await;
        self.0 = None;
        answer.unwrap_or(Answer::Away)
    }
}

async fn ask(shared: &Shared, token: &DeviceToken) -> Answer {
    let begun = shared.clock.elapsed();
    match auth::device(&*shared.registry, token).await {
        Ok(device) => {
            shared.registry_outage.answered(shared.clock.elapsed());
            device.map_or(Answer::Refused, |device| Answer::Accounts(device.accounts))
        }
        Err(error) => {
            shared.registry_outage.unanswered(begun, &error);
            Answer::Away
        }
    }
}
