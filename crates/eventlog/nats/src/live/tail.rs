//! A ring as a stream.

use super::Hub;
use futures::stream::{self, BoxStream, StreamExt as _};
use pushmail_eventlog::Live;
use std::sync::Arc;
use tokio::sync::broadcast::{Receiver, error::RecvError};

/// Ends the subscription with its stream.
struct Reader {
    receiver: Receiver<Live>,
    hub: Arc<Hub>,
}

impl Drop for Reader {
    fn drop(&mut self) {
        self.hub.close();
    }
}

/// Everything that comes into the ring; ends when the subscription does.
pub(super) fn stream(receiver: Receiver<Live>, hub: Arc<Hub>) -> BoxStream<'static, Live> {
    let next = |mut reader: Reader| async move {
        let live = match reader.receiver.recv().await {
            Ok(live) => live,
            Err(RecvError::Lagged(_)) => Live::Lagged,
            Err(RecvError::Closed) => return None,
        };
        if matches!(live, Live::Lagged) {
            reader.hub.lag_is_read();
        }
        Some((live, reader))
    };
    stream::unfold(Reader { receiver, hub }, next).boxed()
}
