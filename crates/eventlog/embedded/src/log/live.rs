//! A live subscription as a stream.

use futures::stream::{self, BoxStream, StreamExt as _};
use pushmail_eventlog::{Live, Stored};
use std::sync::Arc;
use tokio::sync::broadcast::{Receiver, error::RecvError};

/// Everything that `receiver` gets from here on; ends when the log is closed.
pub(super) fn stream(receiver: Receiver<Arc<Stored>>) -> BoxStream<'static, Live> {
    let next = |mut receiver: Receiver<Arc<Stored>>| async move {
        let live = match receiver.recv().await {
            Ok(stored) => Live::Event(stored),
            Err(RecvError::Lagged(_)) => Live::Lagged,
            Err(RecvError::Closed) => return None,
        };
        Some((live, receiver))
    };
    stream::unfold(receiver, next).boxed()
}
