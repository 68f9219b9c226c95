//! `pushmail ctl events subscribe`: the reference subscriber.

use super::frames::Printer;
use crate::commands::ctl::session::{Session, refused};
use anyhow::bail;
use clap::{Args, ValueEnum};
use pushmail_proto::v1::subscribe_request::{self as request, Ack, Open};
use pushmail_proto::v1::subscribe_response::Frame;
use pushmail_proto::v1::{EventType, SubscribeRequest};
use std::io::BufRead as _;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tokio_util::sync::CancellationToken;
use tonic::{Code, Status};

/// The pause after a first failure; each further one is twice as long.
const FIRST_PAUSE: Duration = Duration::from_millis(250);
/// No pause is longer.
const LONGEST_PAUSE: Duration = Duration::from_secs(10);
/// After Ctrl-C, how long the gateway may take to store the position.
const FAREWELL: Duration = Duration::from_secs(5);
/// Frames that wait to be sent.
const OUTBOUND: usize = 64;

/// Receives until it is interrupted, and subscribes again after a disconnection. Fails if another
/// subscriber takes the name.
#[derive(Debug, Args)]
pub(crate) struct SubscribeArgs {
    /// The tenant's id.
    tenant: String,
    /// The subscription's name: 1 to 64 characters of a-z, 0-9 and -. Made if there is none.
    name: String,
    /// Only this account's events; may be given up to 100 times.
    #[arg(long)]
    account: Vec<String>,
    /// Only events of this type, such as message.new; may be given several times.
    #[arg(long = "type", value_name = "TYPE", value_parser = event_type)]
    types: Vec<EventType>,
    /// Who acknowledges. Manual: each line of standard input is a delivery's id, or `through ID` for
    /// it and all that were sent before it.
    #[arg(long, value_enum, default_value_t = AckMode::Auto)]
    ack: AckMode,
    /// Where a subscription begins that does not exist yet.
    #[arg(long, value_enum, default_value_t = Start::New)]
    start: Start,
    /// The most events sent and not acknowledged, 1 to 1000.
    #[arg(long, value_name = "N", default_value_t = 100)]
    max_unacked: i32,
    /// What is not acknowledged for so many seconds is sent again, 5 to 600.
    #[arg(long, value_name = "SECONDS", default_value_t = 30)]
    ack_deadline: u32,
}

/// Who acknowledges.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum AckMode {
    /// This program, when it has printed the event.
    Auto,
    /// Standard input.
    Manual,
}

/// Where a new subscription begins.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum Start {
    /// With what is logged from now on.
    New,
    /// With the oldest event that is kept.
    Earliest,
}

/// How one stream ended.
enum End {
    /// The user had enough.
    Interrupted,
    /// To be opened again: why, and after how long if the gateway said so.
    Again(String, Option<Duration>),
}

/// What outlives a stream.
struct Subscriber<'a> {
    session: &'a Session,
    open: Open,
    printer: Printer,
    /// Acknowledgements typed by the user; `None`: what is printed is acknowledged.
    typed: Option<mpsc::Receiver<Ack>>,
    stop: CancellationToken,
    failures: u32,
}

pub(super) async fn run(session: &Session, args: SubscribeArgs) -> anyhow::Result<()> {
    let stop = CancellationToken::new();
    let interrupted = stop.clone();
    tokio::spawn(async move {
        crate::interrupted().await;
        interrupted.cancel();
    });
    let manual = args.ack == AckMode::Manual;
    let mut subscriber = Subscriber {
        session,
        printer: Printer {
            json: session.json,
            ids: manual,
        },
        typed: manual.then(typed),
        open: open(args),
        stop,
        failures: 0,
    };
    loop {
        let (why, after) = match subscriber.stream().await? {
            End::Interrupted => return Ok(()),
            End::Again(why, after) => (why, after),
        };
        let pause = after.unwrap_or_else(|| subscriber.pause());
        subscriber.printer.disconnected(&why, pause);
        let waited = subscriber
            .stop
            .run_until_cancelled(tokio::time::sleep(pause));
        if waited.await.is_none() {
            return Ok(());
        }
    }
}

impl Subscriber<'_> {
    /// One stream from its beginning to its end.
    async fn stream(&mut self) -> anyhow::Result<End> {
        let (send, frames) = mpsc::channel(OUTBOUND);
        let open = request::Frame::Open(self.open.clone());
        send.send(frame(open)).await?;
        let mut client = self.session.events();
        let mut inbound = match client.subscribe(ReceiverStream::new(frames)).await {
            Ok(answer) => answer.into_inner(),
            Err(status) => return again(status),
        };
        let mut reconnect_after = None;
        loop {
            let received = tokio::select! {
                received = inbound.message() => received,
                ack = next(&mut self.typed) => {
                    // Fails only if the stream is at its end, which is seen next.
                    drop(send.send(frame(request::Frame::Ack(ack))).await);
                    continue;
                }
                () = self.stop.cancelled() => break,
            };
            let acked = match received {
                Ok(Some(answer)) => match answer.frame {
                    Some(Frame::Opened(opened)) => {
                        self.failures = 0;
                        self.printer.opened(&opened);
                        continue;
                    }
                    Some(Frame::Delivery(delivery)) => self.printer.delivery(delivery)?,
                    Some(Frame::Gap(gap)) => self.printer.gap(gap),
                    Some(Frame::GoAway(go)) => {
                        let after = go.reconnect_after.and_then(|d| Duration::try_from(d).ok());
                        reconnect_after = Some(after.unwrap_or(FIRST_PAUSE));
                        continue;
                    }
                    Some(Frame::Superseded(_)) => {
                        bail!(
                            "another subscriber has taken the name {}",
                            self.open.subscription
                        )
                    }
                    None => continue,
                },
                Ok(None) => return Ok(End::Again("the stream ended".to_owned(), reconnect_after)),
                Err(status) => return again(status),
            };
            if self.typed.is_none() {
                let ack = Ack {
                    ids: vec![acked],
                    through: String::new(),
                };
                drop(send.send(frame(request::Frame::Ack(ack))).await);
            }
        }
        drop(send);
        // The stream's end says that the position is stored.
        let ended = async { while let Ok(Some(_)) = inbound.message().await {} };
        drop(tokio::time::timeout(FAREWELL, ended).await);
        Ok(End::Interrupted)
    }

    /// How long to wait after a failure.
    fn pause(&mut self) -> Duration {
        let pause = FIRST_PAUSE.saturating_mul(2_u32.saturating_pow(self.failures));
        self.failures = self.failures.saturating_add(1);
        pause.min(LONGEST_PAUSE)
    }
}

/// Whether a failure passes by itself.
fn again(status: Status) -> anyhow::Result<End> {
    // What has a cause did not come from the gateway: the connection broke.
    let broke = std::error::Error::source(&status).is_some();
    if broke || status.code() == Code::Unavailable {
        return Ok(End::Again(status.message().to_owned(), None));
    }
    Err(refused(status))
}

const fn frame(frame: request::Frame) -> SubscribeRequest {
    SubscribeRequest { frame: Some(frame) }
}

/// The next typed acknowledgement, if there ever is one.
async fn next(typed: &mut Option<mpsc::Receiver<Ack>>) -> Ack {
    if let Some(typed) = typed
        && let Some(ack) = typed.recv().await
    {
        return ack;
    }
    std::future::pending().await
}

/// Reads standard input to its end.
fn typed() -> mpsc::Receiver<Ack> {
    let (send, typed) = mpsc::channel(OUTBOUND);
    std::thread::spawn(move || {
        for line in std::io::stdin().lock().lines().map_while(Result::ok) {
            let ack = match line.trim().split_once(' ') {
                Some(("through", id)) => Ack {
                    ids: Vec::new(),
                    through: id.trim().to_owned(),
                },
                _ if line.trim().is_empty() => continue,
                _ => Ack {
                    ids: vec![line.trim().to_owned()],
                    through: String::new(),
                },
            };
            if send.blocking_send(ack).is_err() {
                return;
            }
        }
    });
    typed
}

fn open(args: SubscribeArgs) -> Open {
    Open {
        tenant: args.tenant,
        subscription: args.name,
        accounts: args.account,
        types: args.types.into_iter().map(Into::into).collect(),
        max_unacked: args.max_unacked,
        ack_deadline: Some(prost_types::Duration {
            seconds: args.ack_deadline.into(),
            nanos: 0,
        }),
        start: match args.start {
            Start::New => request::Start::New.into(),
            Start::Earliest => request::Start::Earliest.into(),
        },
    }
}

/// An event's type by its name, such as `message.new`.
fn event_type(name: &str) -> Result<EventType, String> {
    let constant = format!("EVENT_TYPE_{}", name.replace('.', "_").to_uppercase());
    EventType::from_str_name(&constant)
        .filter(|known| *known != EventType::Unspecified)
        .ok_or_else(|| "is no type of events: such as message.new or account.state".to_owned())
}
