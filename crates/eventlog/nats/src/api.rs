//! Requests to JetStream: one answer each, within a time, tried again while that has no effect.

use crate::error::{Fault, Refusal, code};
use crate::link::Link;
use crate::pause::Pause;
use async_nats::client::{RequestError, RequestErrorKind};
use async_nats::{Client, HeaderMap, Message, Request};
use bytes::Bytes;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::timeout;

/// How long one question waits for its answer before it is asked again.
const ATTEMPT: Duration = Duration::from_secs(2);

/// The way to JetStream.
#[derive(Clone)]
pub(crate) struct Api {
    pub(crate) client: Client,
    /// Whether the client is connected.
    pub(crate) link: Arc<Link>,
    /// How long a read goes on.
    pub(crate) patience: Duration,
}

impl Api {
    /// Asks JetStream's API, again and again while there is no answer: `body` must have no effect, or
    /// the same effect however often it is sent.
    pub(crate) async fn call<T: DeserializeOwned>(
        &self,
        subject: String,
        body: Value,
    ) -> Result<T, Fault> {
        self.patiently(|| self.ask_once(&subject, &body)).await
    }

    /// Asks JetStream's API once.
    pub(crate) async fn ask_once<T: DeserializeOwned>(
        &self,
        subject: &str,
        body: &Value,
    ) -> Result<T, Fault> {
        let subject = format!("$JS.API.{subject}");
        let payload = Bytes::from(body.to_string());
        let answer = self.request(subject, None, payload, ATTEMPT).await?;
        decode(&answer.payload)
    }

    /// Repeats what has the same effect however often it is done, until it succeeds, fails for
    /// good, or has taken too long.
    pub(crate) async fn patiently<T, F>(&self, attempt: impl Fn() -> F) -> Result<T, Fault>
    where
        F: Future<Output = Result<T, Fault>>,
    {
        let mut last = Fault::NoAnswer;
        let attempts = async {
            let mut pause = Pause::new();
            loop {
                match attempt().await {
                    Err(fault) if fault.is_passing() || matches!(fault, Fault::NoAnswer) => {
                        last = fault;
                        pause.wait().await;
                    }
                    settled => return settled,
                }
            }
        };
        match timeout(self.patience, attempts).await {
            Ok(settled) => settled,
            Err(_) => Err(last),
        }
    }

    /// Sends one request, once there is a connection, and waits for one answer.
    pub(crate) async fn request(
        &self,
        subject: String,
        headers: Option<HeaderMap>,
        payload: Bytes,
        within: Duration,
    ) -> Result<Message, Fault> {
        let ask = async {
            let lost = self.link.connected(&self.client).await;
            let request = Request::new().payload(payload).timeout(None);
            let request = match headers {
                Some(headers) => request.headers(headers),
                None => request,
            };
            tokio::select! {
                answer = self.client.send_request(subject, request) => answer.map_err(fault),
                () = lost => Err(Fault::NoAnswer),
            }
        };
        match timeout(within, ask).await {
            Ok(answer) => answer,
            Err(_) => Err(Fault::NoAnswer),
        }
    }
}

/// The answer, unless it is a refusal.
pub(crate) fn decode<T: DeserializeOwned>(payload: &[u8]) -> Result<T, Fault> {
    let odd = |error: serde_json::Error| Fault::Odd(error.to_string());
    let mut answer: Value = serde_json::from_slice(payload).map_err(odd)?;
    match answer.get_mut("error").map(Value::take) {
        Some(error) => Err(Fault::Refused(
            serde_json::from_value::<Refusal>(error).map_err(odd)?,
        )),
        None => serde_json::from_value(answer).map_err(odd),
    }
}

/// `None` where JetStream says that there is no such message.
pub(crate) fn unless_absent<T>(answer: Result<T, Fault>) -> Result<Option<T>, Fault> {
    match answer {
        Ok(found) => Ok(Some(found)),
        Err(fault) if fault.code() == code::NO_MESSAGE => Ok(None),
        Err(fault) => Err(fault),
    }
}

fn fault(error: RequestError) -> Fault {
    match error.kind() {
        RequestErrorKind::TimedOut => Fault::NoAnswer,
        RequestErrorKind::NoResponders => Fault::NoResponders,
        RequestErrorKind::MaxPayloadExceeded => Fault::TooLarge,
        _ => Fault::Disconnected(error.into()),
    }
}
