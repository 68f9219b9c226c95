//! A worker's bell: a subscription on a connection of its own, which comes back by itself.

use crate::trouble::Trouble;
use futures::stream::BoxStream;
use futures::{FutureExt as _, StreamExt as _};
use pushmail_domain::WorkerId;
use pushmail_redis_link::Server;
use redis::aio::PubSub;
use redis::{Msg, RedisResult};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;

/// How long a connection may say nothing before it is asked whether it lives.
const PULSE: Duration = Duration::from_secs(5);
/// The first wait before connecting again; it doubles up to [`LONGEST_WAIT`].
const FIRST_WAIT: Duration = Duration::from_millis(50);
const LONGEST_WAIT: Duration = Duration::from_secs(2);

/// What to listen to, and for whom.
struct Bell {
    server: Arc<Server>,
    channels: [String; 2],
    /// Frees shards itself: that is no news.
    worker: String,
    /// Holds one ring: more of them say no more.
    rings: mpsc::Sender<()>,
}

/// Subscribes; the subscription is in place when this returns. It ends with the stream.
pub(crate) async fn subscribe(
    server: Arc<Server>,
    channels: [String; 2],
    worker: WorkerId,
) -> Result<BoxStream<'static, ()>, Trouble> {
    let (rings, rung) = mpsc::channel(1);
    let bell = Bell {
        server,
        channels,
        worker: worker.to_string(),
        rings,
    };
    let subscription = bell.server.in_time(bell.connect()).await?;
    tokio::spawn(async move {
        let unheard = bell.rings.clone();
        tokio::select! {
            () = bell.keep(subscription) => {}
            () = unheard.closed() => {}
        }
    });
    Ok(ReceiverStream::new(rung).boxed())
}

impl Bell {
    async fn connect(&self) -> RedisResult<PubSub> {
        let mut subscription = self.server.listen().await?;
        subscription.subscribe(&self.channels[..]).await?;
        Ok(subscription)
    }

    /// Listens, and connects again whenever that ends.
    async fn keep(&self, mut subscription: PubSub) {
        loop {
            self.listen(subscription).await;
            subscription = self.reconnect().await;
            // What was told meanwhile is missed.
            self.ring();
        }
    }

    async fn reconnect(&self) -> PubSub {
        let mut wait = FIRST_WAIT;
        loop {
            match self.server.in_time(self.connect()).await {
                Ok(subscription) => return subscription,
                Err(error) => tracing::debug!(%error, "the leases' wakes are not back yet"),
            }
            tokio::time::sleep(wait).await;
            wait = (wait * 2).min(LONGEST_WAIT);
        }
    }

    /// Rings for each message, until the connection ends or its other end is gone.
    async fn listen(&self, subscription: PubSub) {
        let (mut sink, mut messages) = subscription.split();
        loop {
            match tokio::time::timeout(PULSE, messages.next()).await {
                Ok(Some(message)) => self.hear(&message),
                Ok(None) => return,
                Err(_) => {
                    let lives = sink.ping::<redis::Value>();
                    if self.server.in_time(lives).map(|pong| pong.is_err()).await {
                        return;
                    }
                }
            }
        }
    }

    fn hear(&self, message: &Msg) {
        let own = message.get_channel_name() == self.channels[0];
        if own || message.get_payload_bytes() != self.worker.as_bytes() {
            self.ring();
        }
    }

    fn ring(&self) {
        // Full: a ring waits to be heard already.
        self.rings.try_send(()).ok();
    }
}
