//! One worker's way to the registry.

use super::Server;
use crate::network::{Link, NoAnswer};
use async_trait::async_trait;
use pushmail_domain::{AccountId, Epoch, Event, Position, Shard, StreamId};
use pushmail_registry::{
    Checkpoints, Flushed, RegistryError, ShardCheckpoint, ShardFlush, StreamGenerations,
};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// What the registry's ports answer.
pub(super) type Result<T> = std::result::Result<T, RegistryError>;

/// One worker's way to the registry.
pub(crate) struct Adapter {
    server: Arc<Server>,
    link: Link,
    /// How many flushes there were.
    turns: AtomicU64,
}

impl Adapter {
    pub(crate) fn new(server: Arc<Server>, link: Link) -> Self {
        Self {
            server,
            link,
            turns: AtomicU64::new(0),
        }
    }

    /// Has the server do something.
    pub(super) async fn ask<T: Send + 'static>(
        &self,
        act: impl FnOnce(&Server) -> T + Send + 'static,
    ) -> Result<T> {
        let server = self.server.clone();
        let answer = self.link.call(move || act(&server)).await;
        answer.map_err(RegistryError::unavailable)
    }

    fn turn(&self) -> u64 {
        self.turns.fetch_add(1, Ordering::Relaxed)
    }

    pub(crate) async fn read_generations(
        &self,
    ) -> std::result::Result<StreamGenerations, NoAnswer> {
        self.ask(Server::generations).await.map_err(|_| NoAnswer)
    }

    pub(crate) async fn raise(
        &self,
        stream: StreamId,
        seen: u32,
    ) -> std::result::Result<u32, NoAnswer> {
        let raised = self.ask(move |server| server.raise(stream, seen)).await;
        raised.map_err(|_| NoAnswer)
    }

    /// A planted fault's flush.
    pub(crate) async fn flush_first(&self, shard: Shard, epoch: Epoch, events: &[Event]) {
        let (turn, events) = (self.turn(), events.to_vec());
        drop(
            self.ask(move |server| server.flush_first(turn, shard, epoch, &events))
                .await,
        );
    }
}

#[async_trait]
impl Checkpoints for Adapter {
    async fn shard_position(&self, shard: Shard) -> Result<Option<Position>> {
        let checkpoint = self.ask(move |server| server.load_shard(shard)).await?;
        Ok(checkpoint.position)
    }

    async fn load_shard(&self, shard: Shard) -> Result<ShardCheckpoint> {
        self.ask(move |server| server.load_shard(shard)).await
    }

    async fn memories(&self, accounts: &[AccountId]) -> Result<Vec<(AccountId, Vec<u8>)>> {
        if accounts.is_empty() {
            return Ok(Vec::new());
        }
        let accounts = accounts.to_vec();
        self.ask(move |server| server.memories(&accounts)).await
    }

    async fn flush(&self, flushes: &[ShardFlush]) -> Result<Vec<Flushed>> {
        let (turn, flushes) = (self.turn(), flushes.to_vec());
        let all = move |server: &Server| {
            flushes
                .iter()
                .map(|flush| server.flush(turn, flush))
                .collect()
        };
        self.ask(all).await
    }
}
