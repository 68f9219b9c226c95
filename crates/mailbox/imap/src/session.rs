//! A logged-in session: commands, and their answers as values.

use crate::budget::Permit;
use crate::gate::Gate;
use crate::refusal;
use crate::structure::{self, Shape};
use async_imap::imap_proto::{AttributeValue, Response, ResponseCode, Status};
use pushmail_domain::Endpoint;
use pushmail_imap::name;
use pushmail_mailbox::{Part, ReadError, ReadErrorKind};
use pushmail_upstream::dial::Connection;
use std::time::Duration;
use tokio::time::timeout;

/// How long a goodbye may take.
const GOODBYE: Duration = Duration::from_secs(2);
/// What a server may send for a command besides what was asked for, in bytes.
const ASIDE: usize = 256 * 1024;

/// An open session of one account.
pub(crate) struct Session {
    inner: async_imap::Session<Gate<Connection>>,
    endpoint: Endpoint,
    /// How long a command may take.
    answer_within: Duration,
    /// Given back when the connection is closed.
    _permit: Permit,
}

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Answer {
    Ok,
    No { for_now: bool },
    Bad,
}

/// What the server says of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Described {
    pub(crate) size: u64,
    /// The part asked for, if it was one and the message has it.
    pub(crate) shape: Option<Shape>,
}

/// A piece as the server gave it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RawPiece {
    pub(crate) bytes: Vec<u8>,
    /// From where on; `None` if the server gave the whole, whatever was asked for.
    pub(crate) origin: Option<u64>,
}

impl Session {
    pub(crate) fn new(
        inner: async_imap::Session<Gate<Connection>>,
        endpoint: Endpoint,
        answer_within: Duration,
        permit: Permit,
    ) -> Self {
        Self {
            inner,
            endpoint,
            answer_within,
            _permit: permit,
        }
    }

    /// Says who is calling (RFC 2971). A server may refuse that.
    pub(crate) async fn identify(&mut self, client: &(String, String)) -> Result<(), ReadError> {
        let text = |value: &str| {
            let printable = value.chars().filter(|c| matches!(c, ' '..='~'));
            name::quoted(&printable.take(64).collect::<String>())
        };
        let (name, version) = (text(&client.0), text(&client.1));
        let line = format!("ID (\"name\" {name} \"version\" {version})");
        self.command("ID", &line, 0, |_| ()).await.map(drop)
    }

    /// Opens a folder for reading only, and gives its UIDVALIDITY.
    pub(crate) async fn examine(&mut self, folder: &str) -> Result<u32, ReadError> {
        let line = format!("EXAMINE {}", name::quoted(&name::modified_utf7(folder)));
        let mut uid_validity = None;
        let note = |response: &Response<'_>| {
            if let Response::Data { outcome, .. } = response
                && let Some(ResponseCode::UidValidity(value)) = &outcome.code
            {
                uid_validity = Some(*value);
            }
        };
        match self.command("EXAMINE", &line, 0, note).await? {
            Answer::Ok => uid_validity.ok_or_else(|| {
                refusal::upstream(
                    &self.endpoint,
                    "has no UIDVALIDITY for the folder, so its messages cannot be told",
                )
            }),
            Answer::No { for_now: false } => Err(ReadError::new(
                ReadErrorKind::NoFolder,
                format!(
                    "{} does not open the folder: it was deleted or renamed, or may not be read",
                    self.endpoint
                ),
            )),
            answer => Err(self.refused("EXAMINE", answer)),
        }
    }

    /// What the server says of the message in the open folder; `None` if there is none with this UID.
    pub(crate) async fn describe(
        &mut self,
        uid: u32,
        part: &Part,
    ) -> Result<Option<Described>, ReadError> {
        let structure = match part {
            Part::Text | Part::Section(_) => " BODYSTRUCTURE",
            Part::Headers | Part::Raw => "",
        };
        let line = format!("UID FETCH {uid} (UID RFC822.SIZE{structure})");
        let mut found = None;
        let note = |response: &Response<'_>| {
            let Some(attributes) = of_message(response, uid) else {
                return;
            };
            let mut described = Described {
                size: 0,
                shape: None,
            };
            for attribute in attributes {
                match attribute {
                    AttributeValue::Rfc822Size(size) => described.size = u64::from(*size),
                    AttributeValue::BodyStructure(body) => {
                        described.shape = structure::find(body, part);
                    }
                    _ => {}
                }
            }
            found = Some(described);
        };
        match self.command("UID FETCH", &line, 0, note).await? {
            Answer::Ok => Ok(found),
            answer => Err(self.refused("UID FETCH", answer)),
        }
    }

    /// Reads at most `length` bytes of a section from `position` on, without marking the message as seen;
    /// `None` if the message is gone.
    pub(crate) async fn piece(
        &mut self,
        uid: u32,
        section: &str,
        position: u64,
        length: usize,
    ) -> Result<Option<RawPiece>, ReadError> {
        let line = format!("UID FETCH {uid} (UID BODY.PEEK[{section}]<{position}.{length}>)");
        let mut found = None;
        let note = |response: &Response<'_>| {
            for attribute in of_message(response, uid).into_iter().flatten() {
                if let AttributeValue::BodySection { index, data, .. } = attribute {
                    found = Some(RawPiece {
                        bytes: data.as_deref().unwrap_or_default().to_vec(),
                        origin: index.map(u64::from),
                    });
                }
            }
        };
        match self.command("UID FETCH", &line, length, note).await? {
            Answer::Ok => Ok(found),
            answer => Err(self.refused("UID FETCH", answer)),
        }
    }

    /// Says goodbye and closes.
    pub(crate) async fn close(mut self) {
        self.inner.as_mut().allow(ASIDE);
        // The server's answer changes nothing.
        drop(timeout(GOODBYE, self.inner.logout()).await);
    }

    pub(crate) const fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    /// Sends a command, and shows every answer before its end to `note`.
    async fn command(
        &mut self,
        name: &str,
        line: &str,
        expected: usize,
        note: impl FnMut(&Response<'_>) + Send,
    ) -> Result<Answer, ReadError> {
        self.inner.as_mut().allow(expected + ASIDE);
        match timeout(self.answer_within, self.exchange(line, note)).await {
            Ok(answered) => answered,
            Err(_elapsed) => Err(refusal::too_slow(&self.endpoint, name)),
        }
    }

    async fn exchange(
        &mut self,
        line: &str,
        mut note: impl FnMut(&Response<'_>) + Send,
    ) -> Result<Answer, ReadError> {
        let sent = self.inner.run_command(line).await;
        let tag = sent.map_err(|error| refusal::of_client(&self.endpoint, &error))?;
        loop {
            let read = self.inner.read_response().await;
            let read = read.map_err(|error| refusal::broken(&self.endpoint, &error))?;
            let Some(data) = read else {
                return Err(self.ended());
            };
            match data.parsed() {
                Response::Done {
                    tag: answered,
                    status,
                    outcome,
                } => {
                    if *answered != tag {
                        let what = "answers a command that was not given";
                        return Err(refusal::upstream(&self.endpoint, what));
                    }
                    let for_now = outcome.information.as_deref();
                    return Ok(match status {
                        Status::Ok => Answer::Ok,
                        Status::No => Answer::No {
                            for_now: for_now.is_some_and(refusal::is_for_now),
                        },
                        _ => Answer::Bad,
                    });
                }
                Response::Data {
                    status: Status::Bye,
                    ..
                } => return Err(self.ended()),
                response => note(response),
            }
        }
    }

    fn ended(&self) -> ReadError {
        refusal::upstream(&self.endpoint, "ended the session: try again in a moment")
    }

    fn refused(&self, command: &str, answer: Answer) -> ReadError {
        let for_now = match answer {
            Answer::No { for_now: true } => " for now: try again in a moment",
            _ => "",
        };
        refusal::upstream(&self.endpoint, &format!("refuses {command}{for_now}"))
    }
}

/// The items of an answer to FETCH, if it is about this message.
fn of_message<'a, 'b>(response: &'a Response<'b>, uid: u32) -> Option<&'a [AttributeValue<'b>]> {
    let Response::Fetch(_, attributes) = response else {
        return None;
    };
    let is_it = attributes.contains(&AttributeValue::Uid(uid));
    is_it.then_some(attributes.as_slice())
}
