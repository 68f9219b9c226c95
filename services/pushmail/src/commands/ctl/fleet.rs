//! `pushmail ctl fleet …`

use super::session::{PAGE_SIZE, Session, every, refused};
use super::table::{self, Row};
use crate::output::rfc3339;
use clap::Subcommand;
use pushmail_proto::v1::{
    DrainWorkerRequest, ListShardsRequest, ListWorkersRequest, Shard, Worker,
};
use serde::Serialize;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Lists the workers, and what they own.
    Workers,
    /// Lists the shards: owner, epoch, and how far the registry's cursors are behind the log.
    Shards {
        /// Only those of this worker, by its id or its name.
        #[arg(long)]
        worker: Option<String>,
    },
    /// Has a worker hand its shards to others and take none. It goes on running: end it when it has none.
    Drain {
        /// The worker's id, or its name.
        worker: String,
    },
}

#[derive(Serialize)]
struct WorkerRow {
    id: String,
    name: String,
    capacity: u32,
    draining: bool,
    shards: u32,
    accounts: u64,
    expires_in_ms: i64,
    started_at: Option<String>,
}

impl Row for WorkerRow {
    const HEADINGS: &'static [&'static str] = &[
        "WORKER", "NAME", "STATE", "CAPACITY", "SHARDS", "ACCOUNTS", "HEARD", "STARTED",
    ];

    fn cells(&self) -> Vec<String> {
        let state = if self.draining { "draining" } else { "working" };
        vec![
            self.id.clone(),
            self.name.clone(),
            state.to_owned(),
            self.capacity.to_string(),
            self.shards.to_string(),
            self.accounts.to_string(),
            format!("for {:.1} s more", self.expires_in_ms as f64 / 1000.0),
            self.started_at.clone().unwrap_or_default(),
        ]
    }
}

impl From<Worker> for WorkerRow {
    fn from(worker: Worker) -> Self {
        let left = worker.expires_in.unwrap_or_default();
        Self {
            started_at: worker.started_at.as_ref().and_then(rfc3339),
            id: worker.id,
            name: worker.name,
            capacity: worker.capacity,
            draining: worker.draining,
            shards: worker.shards,
            accounts: worker.accounts,
            expires_in_ms: left.seconds * 1000 + i64::from(left.nanos) / 1_000_000,
        }
    }
}

#[derive(Serialize)]
struct ShardRow {
    number: u32,
    worker: String,
    worker_name: String,
    accounts: u64,
    epoch_generation: u32,
    epoch_fence: u64,
    lag: u32,
}

impl Row for ShardRow {
    const HEADINGS: &'static [&'static str] =
        &["SHARD", "WORKER", "NAME", "ACCOUNTS", "EPOCH", "LAG"];

    fn cells(&self) -> Vec<String> {
        let or_dash = |text: &str| match text {
            "" => "-".to_owned(),
            text => text.to_owned(),
        };
        vec![
            self.number.to_string(),
            or_dash(&self.worker),
            or_dash(&self.worker_name),
            self.accounts.to_string(),
            format!("{}/{}", self.epoch_generation, self.epoch_fence),
            self.lag.to_string(),
        ]
    }
}

impl From<Shard> for ShardRow {
    fn from(shard: Shard) -> Self {
        Self {
            number: shard.number,
            worker: shard.worker,
            worker_name: shard.worker_name,
            accounts: shard.accounts,
            epoch_generation: shard.epoch_generation,
            epoch_fence: shard.epoch_fence,
            lag: shard.lag,
        }
    }
}

pub(crate) async fn run(session: &Session, command: Command) -> anyhow::Result<()> {
    match command {
        Command::Workers => {
            let listed = session.fleet().list_workers(ListWorkersRequest {}).await;
            let listed = listed.map_err(refused)?.into_inner();
            if listed.shards_without_owner > 0 {
                eprintln!(
                    "{} shards have accounts and no owner",
                    listed.shards_without_owner
                );
            }
            print_workers(session, listed.workers)
        }
        Command::Shards { worker } => {
            let shards = shards(session, worker.unwrap_or_default()).await?;
            let rows: Vec<ShardRow> = shards.into_iter().map(ShardRow::from).collect();
            table::print(&rows, session.json)
        }
        Command::Drain { worker } => {
            let request = DrainWorkerRequest { worker };
            let told = session.fleet().drain_worker(request).await;
            let told = told.map_err(refused)?.into_inner();
            print_workers(session, told.worker.into_iter().collect())
        }
    }
}

fn print_workers(session: &Session, workers: Vec<Worker>) -> anyhow::Result<()> {
    let rows: Vec<WorkerRow> = workers.into_iter().map(WorkerRow::from).collect();
    table::print(&rows, session.json)
}

async fn shards(session: &Session, worker: String) -> anyhow::Result<Vec<Shard>> {
    every(async |page_token| {
        let request = ListShardsRequest {
            page_size: PAGE_SIZE,
            page_token,
            worker: worker.clone(),
        };
        let page = session.fleet().list_shards(request).await?.into_inner();
        Ok((page.shards, page.next_page_token))
    })
    .await
}
