//! Questions to a stream's leader: what must not be stale.

use crate::api::{Api, unless_absent};
use crate::error::Fault;
use crate::record::{Json, Record};
use crate::subjects;
use pushmail_domain::StreamId;
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;

#[derive(Deserialize)]
struct Got {
    message: Json,
}

#[derive(Deserialize)]
struct Info {
    state: State,
}

#[derive(Deserialize)]
struct State {
    last_seq: u64,
    #[serde(default)]
    subjects: BTreeMap<String, u64>,
}

impl Api {
    /// The newest message of the subjects.
    pub(crate) async fn last(
        &self,
        stream: StreamId,
        subjects: &str,
    ) -> Result<Option<Record>, Fault> {
        self.get(stream, json!({ "last_by_subj": subjects })).await
    }

    /// The first message of the subjects at or after the sequence.
    pub(crate) async fn next(
        &self,
        stream: StreamId,
        subjects: &str,
        from: u64,
    ) -> Result<Option<Record>, Fault> {
        self.get(stream, json!({ "seq": from, "next_by_subj": subjects }))
            .await
    }

    /// The message with this sequence.
    pub(crate) async fn at(
        &self,
        stream: StreamId,
        sequence: u64,
    ) -> Result<Option<Record>, Fault> {
        self.get(stream, json!({ "seq": sequence })).await
    }

    async fn get(&self, stream: StreamId, which: Value) -> Result<Option<Record>, Fault> {
        let name = subjects::stream(stream);
        let answer = self.call::<Got>(format!("STREAM.MSG.GET.{name}"), which);
        match unless_absent(answer.await)? {
            Some(got) => Record::from_json(name, got.message).map(Some),
            None => Ok(None),
        }
    }

    /// The highest sequence that the stream ever gave out. Costs the server more than a message does.
    pub(crate) async fn last_ever(&self, stream: StreamId) -> Result<u64, Fault> {
        let info = self.info(stream, json!({})).await?;
        Ok(info.state.last_seq)
    }

    /// The subjects among these that hold messages. Costs the server more the more there are.
    pub(crate) async fn subjects(
        &self,
        stream: StreamId,
        among: &str,
    ) -> Result<Vec<String>, Fault> {
        let info = self
            .info(stream, json!({ "subjects_filter": among }))
            .await?;
        Ok(info.state.subjects.into_keys().collect())
    }

    async fn info(&self, stream: StreamId, what: Value) -> Result<Info, Fault> {
        let name = subjects::stream(stream);
        self.call(format!("STREAM.INFO.{name}"), what).await
    }

    /// Removes every message of the subjects.
    pub(crate) async fn purge(
        &self,
        stream: StreamId,
        subjects: &str,
        below: Option<u64>,
    ) -> Result<(), Fault> {
        let name = subjects::stream(stream);
        let which = match below {
            Some(below) => json!({ "filter": subjects, "seq": below }),
            None => json!({ "filter": subjects }),
        };
        let purge = self.call::<Value>(format!("STREAM.PURGE.{name}"), which);
        purge.await.map(drop)
    }
}
