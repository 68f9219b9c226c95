//! Generations for tests, apart from the log as the registry's are.

use async_trait::async_trait;
use pushmail_domain::StreamId;
use pushmail_eventlog_nats::{BoxError, Generations};
use std::sync::Mutex;

/// All generations begin at 1.
pub(crate) struct Numbers(Mutex<[u32; 16]>);

impl Default for Numbers {
    fn default() -> Self {
        Self(Mutex::new([1; 16]))
    }
}

#[async_trait]
impl Generations for Numbers {
    async fn generations(&self) -> Result<[u32; 16], BoxError> {
        Ok(*self.0.lock().unwrap())
    }

    async fn raise(&self, stream: StreamId, seen: u32) -> Result<u32, BoxError> {
        let mut numbers = self.0.lock().unwrap();
        let number = &mut numbers[usize::from(stream.number())];
        *number = (*number).max(seen + 1);
        Ok(*number)
    }
}
