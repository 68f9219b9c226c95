//! The state of the connection, as the client tells it.

use async_nats::connection::State;
use async_nats::{Client, Event};
use std::time::Duration;
use tokio::sync::{Notify, watch};
use tokio::time::timeout;

/// How often the client is asked, should one of its events be lost: it drops what is not taken at once.
const LOOK: Duration = Duration::from_millis(250);

#[derive(Debug, Clone, Copy, Default)]
struct Now {
    is_up: bool,
    /// How many connections there were.
    number: u64,
}

/// Whether there is a connection, and whether something may have been lost.
#[derive(Debug, Default)]
pub(crate) struct Link {
    now: watch::Sender<Now>,
    lost: Notify,
}

impl Link {
    /// Takes note of what the client tells.
    pub(crate) fn hear(&self, event: &Event) {
        match event {
            Event::Connected => self.up(),
            Event::Disconnected | Event::Closed => {
                self.now.send_modify(|now| now.is_up = false);
            }
            Event::SlowConsumer(_) => self.lost.notify_one(),
            _ => {}
        }
    }

    fn up(&self) {
        self.now.send_modify(|now| {
            now.is_up = true;
            now.number += 1;
        });
        if self.now.borrow().number > 1 {
            self.lost.notify_one();
        }
    }

    /// Waits until live messages may have been lost: the client was too slow for them, or the
    /// connection is another one.
    pub(crate) async fn loses(&self) {
        self.lost.notified().await;
    }

    /// Waits for the connection: what is sent without one would be kept, and go out much later.
    /// The future that it returns ends when this connection is lost, and with it every answer.
    pub(crate) async fn connected(&self, client: &Client) -> impl Future<Output = ()> + use<> {
        let mut link = self.now.subscribe();
        while !link.borrow().is_up {
            // Fails only when this is dropped, which it is not while it is borrowed.
            let changed = timeout(LOOK, link.wait_for(|now| now.is_up)).await.is_ok();
            if !changed && client.connection_state() == State::Connected {
                self.up();
            }
        }
        let number = link.borrow().number;
        async move {
            let is_lost = |now: &Now| !now.is_up || now.number != number;
            drop(link.wait_for(is_lost).await);
        }
    }
}
