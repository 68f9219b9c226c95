//! A message of a stream, however it came: from the leader as JSON, by direct get, or republished.

use crate::error::Fault;
use crate::generations::Known;
use crate::subjects;
use async_nats::{HeaderMap, Message};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use pushmail_domain::{Position, Timestamp};
use pushmail_eventlog::{Stored, codec};
use serde::Deserialize;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// The header that tells in which generation an event was appended.
pub(crate) const GENERATION: &str = "Pushmail-Generation";

/// A stored message.
#[derive(Debug)]
pub(crate) struct Record {
    /// Its stream's name.
    pub(crate) stream: String,
    /// Its subject in the stream.
    pub(crate) subject: String,
    /// Its sequence.
    pub(crate) sequence: u64,
    /// The header `Nats-Last-Sequence`: in a batch of direct gets the message before; in what is
    /// republished the subject's message before; 0 if there was none.
    pub(crate) previous: u64,
    /// When it was stored.
    time: Timestamp,
    generation: u32,
    /// What was published.
    pub(crate) payload: Bytes,
}

/// A message as the leader gives it.
#[derive(Deserialize)]
pub(crate) struct Json {
    subject: String,
    seq: u64,
    time: String,
    #[serde(default)]
    hdrs: String,
    #[serde(default)]
    data: String,
}

impl Record {
    /// Of a leader's answer.
    pub(crate) fn from_json(stream: String, json: Json) -> Result<Self, Fault> {
        let odd = |what: &str| Fault::Odd(format!("{stream} {}: {what}", json.seq));
        let payload = STANDARD.decode(&json.data).map_err(|_| odd("data"))?;
        let headers = STANDARD.decode(&json.hdrs).map_err(|_| odd("hdrs"))?;
        Ok(Self {
            time: moment(&json.time).ok_or_else(|| odd("time"))?,
            generation: generation_in(&headers),
            subject: json.subject,
            sequence: json.seq,
            previous: 0,
            payload: payload.into(),
            stream,
        })
    }

    /// Of a direct get's answer, or of what a stream republished.
    pub(crate) fn from_message(message: Message) -> Result<Self, Fault> {
        let headers = message.headers.as_ref();
        let text = |name: &'static str| {
            let value = headers.and_then(|headers| header(headers, name));
            value.ok_or_else(|| Fault::Odd(format!("no {name} in {}", message.subject)))
        };
        let number = |name| {
            let number = text(name)?.parse::<u64>();
            number.map_err(|_| Fault::Odd(format!("{name} in {}", message.subject)))
        };
        let time = moment(text("Nats-Time-Stamp")?);
        Ok(Self {
            stream: text("Nats-Stream")?.to_owned(),
            subject: text("Nats-Subject")?.to_owned(),
            sequence: number("Nats-Sequence")?,
            previous: number("Nats-Last-Sequence")?,
            time: time.ok_or_else(|| Fault::Odd(format!("the time of {}", message.subject)))?,
            generation: text(GENERATION).map_or(0, |text| text.parse().unwrap_or(0)),
            payload: message.payload,
        })
    }

    /// The event that it is.
    ///
    /// # Errors
    /// When it is none, or not one of its subject's account.
    pub(crate) fn stored(&self, known: &Known) -> Result<Stored, Fault> {
        let event = codec::decode_event(&self.payload).map_err(|e| self.damaged(e.into()))?;
        let stream = subjects::stream_of(&self.stream);
        let stream = stream.ok_or_else(|| self.damaged("this is no stream of the log".into()))?;
        if subjects::event(&event) != self.subject {
            return Err(self.damaged("the event is of another account than its subject".into()));
        }
        known.note(stream, self.generation);
        Ok(Stored {
            event,
            position: Position {
                stream,
                generation: known.of(stream),
                sequence: self.sequence,
            },
            stored_at: self.time,
        })
    }

    fn damaged(&self, source: crate::BoxError) -> Fault {
        Fault::Damaged {
            stream: self.stream.clone(),
            sequence: self.sequence,
            source,
        }
    }
}

/// The header's newest value: the server appends its own after those that were published.
pub(crate) fn header<'a>(headers: &'a HeaderMap, name: &'static str) -> Option<&'a str> {
    headers.get_last(name).map(|value| value.as_str())
}

fn moment(text: &str) -> Option<Timestamp> {
    let time = OffsetDateTime::parse(text, &Rfc3339).ok()?;
    let micros = i64::try_from(time.unix_timestamp_nanos() / 1_000).ok()?;
    Some(Timestamp::from_micros(micros))
}

/// The generation in headers as they are on the wire; 0 if there is none.
fn generation_in(headers: &[u8]) -> u32 {
    let text = String::from_utf8_lossy(headers);
    let value = text.lines().find_map(|line| line.strip_prefix(GENERATION));
    let number = value.map(|value| value.trim_start_matches(':').trim().parse());
    number.and_then(Result::ok).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_kept_to_the_microsecond() {
        let time = moment("2026-03-02T00:00:00.123456789Z").unwrap();
        assert_eq!(time.micros(), 1_772_409_600_123_456);
        assert_eq!(moment("2026-03-02"), None);
    }

    #[test]
    fn the_generation_is_found_among_headers() {
        let headers = b"NATS/1.0\r\nNats-Msg-Id: a\r\nPushmail-Generation: 7\r\n\r\n";
        assert_eq!(generation_in(headers), 7);
        assert_eq!(generation_in(b"NATS/1.0\r\n\r\n"), 0);
        assert_eq!(generation_in(b"Pushmail-Generation: many"), 0);
    }
}
