//! What is in the streams, for tools, and what the adapter makes of what others put there.

use crate::alone::Alone;
use crate::raw;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use pushmail_domain::TraceContext;
use pushmail_eventlog::EventLog as _;
use pushmail_eventlog::contract::sample::{TENANT, Writer, account, message};
use serde_json::json;

#[tokio::test]
async fn an_event_carries_its_id_generation_and_trace_as_headers() {
    let Some(alone) = Alone::start() else { return };
    let log = alone.open().await;
    let writer = Writer::take(&log, account(1)).await;
    let mut traced = message(account(1), 1);
    let trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    traced.trace = TraceContext::parse(trace);
    let at = writer.append(vec![traced.clone()]).await[0].position;

    let client = raw::connect(&alone.config().urls).await;
    let subject = format!("STREAM.MSG.GET.EVENTS_{}", at.stream.number());
    let got = raw::call(&client, &subject, json!({ "seq": at.sequence })).await;
    let headers = STANDARD.decode(got["message"]["hdrs"].as_str().unwrap());
    let headers = String::from_utf8(headers.unwrap()).unwrap();
    for header in [
        format!("Nats-Msg-Id: {}", traced.id),
        "Pushmail-Generation: 1".to_owned(),
        format!("traceparent: {trace}"),
    ] {
        assert!(headers.contains(&header), "{header} is not in {headers}");
    }
    let last = log.last_of_account(TENANT, account(1)).await.unwrap();
    assert_eq!(last.unwrap().event, traced);
}

#[tokio::test]
async fn a_record_that_is_no_event_is_an_error_that_names_it() {
    let Some(alone) = Alone::start() else { return };
    let log = alone.open().await;
    let writer = Writer::take(&log, account(1)).await;
    let client = raw::connect(&alone.config().urls).await;
    let stream = writer.shard.stream().number();
    let shard = writer.shard.number();
    let subject = format!("ev.{stream}.{shard:04}.{TENANT}.{}", account(1));
    let ack = raw::publish(&client, &subject, b"\xff").await;

    for error in [
        log.read_account(TENANT, account(1), 0, 10)
            .await
            .unwrap_err(),
        log.last_of_account(TENANT, account(1)).await.unwrap_err(),
    ] {
        let text = std::error::Error::source(&error).unwrap().to_string();
        let named = format!("the record {} of EVENTS_{stream}", ack["seq"]);
        assert!(text.contains(&named), "{text}");
    }
}

#[tokio::test]
async fn another_account_s_event_is_not_given_out() {
    let Some(alone) = Alone::start() else { return };
    let log = alone.open().await;
    let writer = Writer::take(&log, account(1)).await;
    let client = raw::connect(&alone.config().urls).await;
    let stream = writer.shard.stream().number();
    let shard = writer.shard.number();
    let subject = format!("ev.{stream}.{shard:04}.{TENANT}.{}", account(1));
    let record = pushmail_eventlog::codec::encode_event(&message(account(2), 1));
    raw::publish(&client, &subject, record.leak()).await;
    assert!(log.read_account(TENANT, account(1), 0, 10).await.is_err());
}

#[tokio::test]
async fn a_long_account_s_newest_events_are_found_without_reading_all() {
    let Some(alone) = Alone::start() else { return };
    let log = alone.open().await;
    let writer = Writer::take(&log, account(1)).await;
    let all: Vec<_> = (1..=1_500).map(|uid| message(account(1), uid)).collect();
    for batch in all.chunks(100) {
        writer.append(batch.to_vec()).await;
    }
    for limit in [1, 2, 40, 1_000, 1_500, 2_000] {
        let newest = log.newest_of_account(TENANT, account(1), limit).await;
        let newest: Vec<_> = newest.unwrap().into_iter().map(|s| s.event).collect();
        assert_eq!(newest, all[all.len().saturating_sub(limit)..]);
    }
}
