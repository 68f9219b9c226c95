//! JetStream's settings, changed past all proxies.

use anyhow::{Context as _, ensure};
use async_nats::Client;
use serde_json::{Map, Value, json};
use std::time::Duration;

/// A stream that does nothing but take room.
const FILL: &str = "FILL";
/// The size of what fills it.
const PIECE: usize = 512 << 10;
/// The size of what stuffs a stream.
const STUFFING: usize = 100 << 10;
/// More pieces than any server of the test has room for.
const PIECES: usize = 100_000;
/// What a server says that has no room, or a stream.
const NO_ROOM: [u64; 3] = [10023, 10047, 10077];

/// An operator of JetStream.
pub(crate) struct Admin(Client);

impl Admin {
    pub(crate) async fn connect(urls: Vec<String>) -> anyhow::Result<Self> {
        let servers: Vec<async_nats::ServerAddr> = urls
            .iter()
            .map(|url| url.parse())
            .collect::<Result<_, _>>()?;
        let options =
            async_nats::ConnectOptions::new().request_timeout(Some(Duration::from_secs(5)));
        Ok(Self(options.connect(servers).await?))
    }

    /// Gives every stream of the log no more bytes than it has.
    pub(crate) async fn close_streams(&self) -> anyhow::Result<()> {
        for stream in 0..16 {
            let info = self
                .call(&format!("STREAM.INFO.EVENTS_{stream}"), json!({}))
                .await?;
            let bytes = info["state"]["bytes"]
                .as_u64()
                .context("a stream has bytes")?;
            self.limit(stream, &info, json!(bytes.max(1))).await?;
        }
        Ok(())
    }

    /// Lets the streams of the log grow again.
    pub(crate) async fn open_streams(&self) -> anyhow::Result<()> {
        for stream in 0..16 {
            let info = self
                .call(&format!("STREAM.INFO.EVENTS_{stream}"), json!({}))
                .await?;
            self.limit(stream, &info, json!(-1)).await?;
        }
        Ok(())
    }

    async fn limit(&self, stream: u8, info: &Value, bytes: Value) -> anyhow::Result<()> {
        let mut settings: Map<String, Value> = info["config"]
            .as_object()
            .context("a stream has settings")?
            .clone();
        settings.insert("max_bytes".into(), bytes);
        let update = format!("STREAM.UPDATE.EVENTS_{stream}");
        self.call(&update, Value::Object(settings)).await.map(drop)
    }

    /// The number of the node that this is connected to.
    pub(crate) fn node(&self) -> Option<usize> {
        self.0
            .server_info()
            .server_name
            .strip_prefix("node")?
            .parse()
            .ok()
    }

    /// How many records the log ever gave a sequence to.
    pub(crate) async fn records(&self) -> anyhow::Result<u64> {
        let mut records = 0;
        for stream in 0..16 {
            let info = format!("STREAM.INFO.EVENTS_{stream}");
            records += self.call(&info, json!({})).await?["state"]["last_seq"]
                .as_u64()
                .unwrap_or(0);
        }
        Ok(records)
    }

    /// Stores much of nothing in the stream, where no shard's records are.
    pub(crate) async fn stuff(&self, stream: u8, pieces: usize) -> u64 {
        let mut stored = 0;
        for _ in 0..pieces {
            let piece = vec![b'x'; STUFFING].into();
            let answer = self.0.request(format!("fence.{stream}.none.0"), piece);
            stored += u64::from(answer.await.is_ok());
        }
        stored
    }

    /// Takes all the room that the servers have in files.
    pub(crate) async fn fill(&self) -> anyhow::Result<()> {
        let stream = json!({
            "name": FILL, "subjects": ["fill"], "num_replicas": 3, "storage": "file", "discard": "new",
        });
        self.call(&format!("STREAM.CREATE.{FILL}"), stream).await?;
        for _ in 0..PIECES {
            let piece = vec![b'x'; PIECE].into();
            let Ok(answer) = self.0.request("fill", piece).await else {
                continue;
            };
            let answer: Value = serde_json::from_slice(&answer.payload)?;
            match answer["error"]["err_code"].as_u64() {
                None => {}
                Some(code) if NO_ROOM.contains(&code) => return Ok(()),
                Some(_) => anyhow::bail!("the servers cannot be filled: {answer}"),
            }
        }
        anyhow::bail!("the servers have too much room to be filled")
    }

    /// Gives the room back.
    pub(crate) async fn empty(&self) -> anyhow::Result<()> {
        self.call(&format!("STREAM.DELETE.{FILL}"), json!({}))
            .await
            .map(drop)
    }

    /// Asks JetStream's API, again while there is no answer.
    async fn call(&self, what: &str, body: Value) -> anyhow::Result<Value> {
        let subject = format!("$JS.API.{what}");
        let mut last = None;
        for _ in 0..20 {
            match self
                .0
                .request(subject.clone(), body.to_string().into())
                .await
            {
                Ok(answer) => {
                    let answer: Value = serde_json::from_slice(&answer.payload)?;
                    ensure!(answer["error"].is_null(), "{what}: {answer}");
                    return Ok(answer);
                }
                Err(error) => last = Some(error),
            }
            tokio::time::sleep(Duration::from_millis(250)).await;
        }
        Err(last.map_or_else(|| anyhow::anyhow!("no answer"), Into::into))
            .with_context(|| what.to_owned())
    }
}
