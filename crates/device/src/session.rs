//! One connection after the other, with what lasts between them.

use crate::config::{Config, Deps};
use crate::error::{ClientError, ClientErrorKind};
use crate::handler::{Handler, Notice, Received};
use crate::store::{ResumeStore, Tokens};
use pushmail_domain::Recent;
use pushmail_proto::convert;
use pushmail_proto::v1::{self, connect_request, connect_response::Frame, reset::Reason};
use std::collections::BTreeMap;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tokio_util::sync::CancellationToken;
use tonic::metadata::MetadataValue;
use tonic::transport::Endpoint;
use tonic::{Request, Status, Streaming};

/// How many event ids are remembered.
const RECENT: usize = 4096;
/// At most this many frames are handled before their tokens are stored.
const BATCH: usize = 64;
/// How long the gateway may take to answer Hello.
const WELCOME_TIMEOUT: Duration = Duration::from_secs(30);
/// The longest pause that a gateway may ask for.
const LONGEST_PAUSE: Duration = Duration::from_secs(3600);
/// The largest frame taken.
const MAX_FRAME: usize = 1024 * 1024;

type Client = v1::device_gateway_client::DeviceGatewayClient<tonic::transport::Channel>;
type Requests = mpsc::Sender<v1::ConnectRequest>;

/// How a connection ended.
pub(crate) enum Ended {
    /// The owner asked for it.
    Stopped,
    /// The gateway asked to connect again after this time.
    GoAway(Duration),
    /// The gateway dropped events because they were handled too slowly.
    TooSlow,
    /// It broke, for this reason.
    Lost(String),
}

/// What lasts between connections.
pub(crate) struct Session {
    endpoint: Endpoint,
    authorization: MetadataValue<tonic::metadata::Ascii>,
    deps: Deps,
    store: Box<dyn ResumeStore>,
    tokens: Tokens,
    recent: Recent<String>,
}

/// What a batch of frames left to do.
#[derive(Default)]
struct Batch {
    /// The tokens changed.
    dirty: bool,
    /// The newest handled event of each account.
    acks: BTreeMap<String, Vec<u8>>,
    /// The connection is over.
    ended: Option<Ended>,
    /// The stream ended with this status.
    broken: Option<Status>,
}

impl Session {
    pub(crate) fn new(
        config: Config,
        deps: Deps,
        mut store: Box<dyn ResumeStore>,
    ) -> Result<Self, ClientError> {
        let authorization = format!("Bearer {}", config.token.expose());
        let mut authorization: MetadataValue<_> = authorization.parse().map_err(|_| {
            let message = "the device token has characters that no token has".to_owned();
            ClientError::new(ClientErrorKind::Config, message)
        })?;
        authorization.set_sensitive(true);
        Ok(Self {
            endpoint: config.transport()?,
            authorization,
            deps,
            tokens: store.load().map_err(unsafe_store)?,
            store,
            recent: Recent::new(RECENT),
        })
    }

    /// One connection from its beginning to its end.
    pub(crate) async fn once(
        &mut self,
        handler: &mut dyn Handler,
        stop: &CancellationToken,
    ) -> Result<Ended, ClientError> {
        let Some(connected) = stop.run_until_cancelled(self.connect()).await else {
            return Ok(Ended::Stopped);
        };
        let (requests, mut frames) = match connected? {
            Ok(connected) => connected,
            Err(why) => return Ok(Ended::Lost(why)),
        };
        let mut silence = WELCOME_TIMEOUT;
        loop {
            let next = tokio::time::timeout(silence, frames.message());
            let first = match stop.run_until_cancelled(next).await {
                None => return Ok(Ended::Stopped),
                Some(Err(_)) => return Ok(Ended::Lost("the gateway fell silent".into())),
                Some(Ok(Err(status))) => return lost(&status),
                Some(Ok(Ok(None))) => {
                    return Ok(Ended::Lost("the gateway closed the stream".into()));
                }
                Some(Ok(Ok(Some(frame)))) => frame,
            };
            if let Some(Frame::Welcome(welcome)) = &first.frame {
                silence = patience(welcome);
            }
            let mut batch = self.batch(first, &mut frames, handler).await?;
            let broken = batch.broken.take();
            if let Some(ended) = self.settle(batch, &requests).await? {
                return Ok(ended);
            }
            if let Some(status) = broken {
                return lost(&status);
            }
        }
    }

    /// Opens the stream with the tokens stored last.
    async fn connect(
        &self,
    ) -> Result<Result<(Requests, Streaming<v1::ConnectResponse>), String>, ClientError> {
        let channel = match self.endpoint.connect().await {
            Ok(channel) => channel,
            Err(error) => return Ok(Err(chain(&error))),
        };
        let (requests, queue) = mpsc::channel(BATCH);
        let hello = connect_request::Frame::Hello(v1::Hello {
            resume: self.tokens.values().cloned().collect(),
        });
        // The queue is fresh and holds this frame.
        drop(requests.try_send(request(hello)));
        let mut stream = Request::new(ReceiverStream::new(queue));
        let metadata = stream.metadata_mut();
        metadata.insert("authorization", self.authorization.clone());
        let mut client = Client::new(channel).max_decoding_message_size(MAX_FRAME);
        match client.connect(stream).await {
            Ok(response) => Ok(Ok((requests, response.into_inner()))),
            Err(status) => match ClientError::of_final(&status) {
                Some(error) => Err(error),
                None => Ok(Err(describe(&status))),
            },
        }
    }

    /// Handles the frame, and those that are here already.
    async fn batch(
        &mut self,
        first: v1::ConnectResponse,
        frames: &mut Streaming<v1::ConnectResponse>,
        handler: &mut dyn Handler,
    ) -> Result<Batch, ClientError> {
        let mut batch = Batch::default();
        let mut next = Some(first);
        for _ in 0..BATCH {
            let Some(frame) = next.take().and_then(|response| response.frame) else {
                break;
            };
            self.take(frame, handler, &mut batch).await?;
            if batch.ended.is_some() {
                break;
            }
            match ready(frames).await {
                Some(Ok(frame)) => next = frame,
                Some(Err(status)) => batch.broken = Some(status),
                None => {}
            }
        }
        if let Some(frame) = next.and_then(|response| response.frame) {
            self.take(frame, handler, &mut batch).await?;
        }
        Ok(batch)
    }

    async fn take(
        &mut self,
        frame: Frame,
        handler: &mut dyn Handler,
        batch: &mut Batch,
    ) -> Result<(), ClientError> {
        match frame {
            Frame::Welcome(welcome) => handler.notice(Notice::Connected {
                session: welcome.session,
                accounts: welcome.accounts,
            }),
            Frame::Event(frame) => self.event(frame, handler, batch).await?,
            Frame::Pong(pong) => {
                for position in pong.positions {
                    self.keep(position.account, position.resume, batch);
                }
            }
            Frame::Reset(reset) => self.reset(reset, handler, batch),
            Frame::GoAway(go_away) => batch.ended = Some(Ended::GoAway(pause(&go_away))),
        }
        Ok(())
    }

    async fn event(
        &mut self,
        frame: v1::EventFrame,
        handler: &mut dyn Handler,
        batch: &mut Batch,
    ) -> Result<(), ClientError> {
        let Some(event) = frame.event else {
            return Ok(());
        };
        let account = event.account.clone();
        let received = Received {
            duplicate: !self.recent.insert(event.id.clone()),
            event,
            sequence: frame.sequence,
            replayed: frame.replayed,
            resume: frame.resume.clone(),
            sent_at: frame.sent_at.as_ref().and_then(convert::timestamp_from),
            received_at: self.deps.clock.now(),
        };
        handler.event(received).await.map_err(|source| {
            ClientError::caused_by(
                ClientErrorKind::Handler,
                "an event could not be taken",
                source,
            )
        })?;
        batch.acks.insert(account.clone(), frame.resume.clone());
        self.keep(account, frame.resume, batch);
        Ok(())
    }

    fn reset(&mut self, reset: v1::Reset, handler: &mut dyn Handler, batch: &mut Batch) {
        let reason = reset.reason();
        if reason == Reason::SlowConsumer {
            // The tokens kept so far are from before the gap: connecting with them replays it.
            batch.ended = Some(Ended::TooSlow);
            return;
        }
        if reset.resume.is_empty() {
            batch.dirty |= self.tokens.remove(&reset.account).is_some();
        } else {
            self.keep(reset.account.clone(), reset.resume, batch);
        }
        handler.notice(Notice::Gap {
            account: reset.account,
            reason,
        });
    }

    fn keep(&mut self, account: String, resume: Vec<u8>, batch: &mut Batch) {
        self.tokens.insert(account, resume);
        batch.dirty = true;
    }

    /// Makes the tokens safe, then acknowledges.
    async fn settle(
        &mut self,
        batch: Batch,
        requests: &Requests,
    ) -> Result<Option<Ended>, ClientError> {
        if batch.dirty {
            self.store.store(&self.tokens).map_err(unsafe_store)?;
        }
        for resume in batch.acks.into_values() {
            let ack = connect_request::Frame::Ack(v1::Ack { resume });
            if requests.send(request(ack)).await.is_err() {
                break;
            }
        }
        Ok(batch.ended)
    }
}

/// What is here already; the end of the stream is found by the next wait.
async fn ready(
    frames: &mut Streaming<v1::ConnectResponse>,
) -> Option<Result<Option<v1::ConnectResponse>, Status>> {
    tokio::select! {
        biased;
        frame = frames.message() => Some(frame),
        () = std::future::ready(()) => None,
    }
}

/// Twice the heartbeat: longer silence means a dead connection.
fn patience(welcome: &v1::Welcome) -> Duration {
    let heartbeat = welcome
        .heartbeat
        .and_then(|beat| Duration::try_from(beat).ok());
    heartbeat
        .filter(|beat| !beat.is_zero())
        .map_or(WELCOME_TIMEOUT, |beat| beat.saturating_mul(2))
}

fn pause(go_away: &v1::GoAway) -> Duration {
    let after = go_away
        .reconnect_after
        .and_then(|after| Duration::try_from(after).ok());
    after.unwrap_or_default().min(LONGEST_PAUSE)
}

fn lost(status: &Status) -> Result<Ended, ClientError> {
    match ClientError::of_final(status) {
        Some(error) => Err(error),
        None => Ok(Ended::Lost(describe(status))),
    }
}

fn describe(status: &Status) -> String {
    format!("{}: {}", status.code(), status.message())
}

/// An error and its causes in one line: a transport's own message says little.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(source) = cause {
        text.push_str(": ");
        text.push_str(&source.to_string());
        cause = source.source();
    }
    text
}

fn unsafe_store(error: std::io::Error) -> ClientError {
    ClientError::caused_by(
        ClientErrorKind::Store,
        "the resume tokens cannot be kept",
        error,
    )
}

const fn request(frame: connect_request::Frame) -> v1::ConnectRequest {
    v1::ConnectRequest { frame: Some(frame) }
}
