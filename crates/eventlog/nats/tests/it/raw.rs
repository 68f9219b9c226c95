//! The servers without the adapter.

use async_nats::{Client, HeaderMap};
use serde_json::{Value, json};

/// A client of its own.
pub(crate) async fn connect(urls: &[String]) -> Client {
    let servers: Vec<async_nats::ServerAddr> =
        urls.iter().map(|url| url.parse().unwrap()).collect();
    async_nats::connect(servers).await.unwrap()
}

/// Asks JetStream's API, until there is an answer.
pub(crate) async fn call(client: &Client, subject: &str, body: Value) -> Value {
    loop {
        let subject = format!("$JS.API.{subject}");
        if let Ok(answer) = client.request(subject, body.to_string().into()).await {
            return serde_json::from_slice(&answer.payload).unwrap();
        }
    }
}

/// Publishes into a stream; what it answers.
pub(crate) async fn publish(client: &Client, subject: &str, payload: &'static [u8]) -> Value {
    let answer = client.request_with_headers(subject.to_owned(), HeaderMap::new(), payload.into());
    serde_json::from_slice(&answer.await.unwrap().payload).unwrap()
}

/// Removes all streams of the log.
pub(crate) async fn clear(client: &Client) {
    for stream in 0..16 {
        call(client, &format!("STREAM.DELETE.EVENTS_{stream}"), json!({})).await;
    }
}
