//! Who waits for all parked connections at once.

use super::{Call, Park, Seat};
use mio::{Events, Poll};
use std::io;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;

/// So many sockets' news are taken at once.
const EVENTS: usize = 1024;

/// Hears of the sockets, and looks at the time. The runtime knows one descriptor, which stands for all of them (`epoll(7)`: an
/// instance is itself waited for).
pub(crate) struct Porter {
    sockets: AsyncFd<Poll>,
    park: Arc<Park>,
}

impl Porter {
    pub(super) fn new(sockets: Poll, park: Arc<Park>) -> io::Result<Self> {
        #[expect(
            deprecated,
            reason = "its successors are unsafe; the instance stays open, and the same, while it is owned here"
        )]
        let sockets = AsyncFd::with_interest(sockets, Interest::READABLE)?;
        Ok(Self { sockets, park })
    }

    /// Works until it is stopped.
    pub(crate) async fn run(self, stop: CancellationToken) {
        let Self { mut sockets, park } = self;
        let mut events = Events::with_capacity(EVENTS);
        loop {
            let heard = tokio::select! {
                () = stop.cancelled() => return,
                heard = hear(&mut sockets, &mut events) => heard,
                () = park.sooner.notified() => Ok(()),
                () = reached(park.next_deadline()) => Ok(()),
            };
            if let Err(error) = heard {
                tracing::error!(%error, "parked connections are not heard any more");
                return;
            }
            for event in &events {
                let seat = Seat(u32::try_from(event.token().0).unwrap_or(u32::MAX));
                park.wake(seat, Call::Input);
            }
            events.clear();
            park.wake_due(Instant::now());
        }
    }
}

/// Waits for news of the sockets.
async fn hear(sockets: &mut AsyncFd<Poll>, events: &mut Events) -> io::Result<()> {
    let mut ready = sockets.readable_mut().await?;
    match ready.get_inner_mut().poll(events, Some(Duration::ZERO)) {
        Err(error) if error.kind() != io::ErrorKind::Interrupted => return Err(error),
        _ if events.is_empty() => ready.clear_ready(),
        _ => {}
    }
    Ok(())
}

async fn reached(deadline: Option<Instant>) {
    match deadline {
        Some(deadline) => sleep_until(deadline).await,
        None => std::future::pending().await,
    }
}
