//! One device: the project's own client, and the choice of a process that a load balancer makes for it.

use super::board::{Board, Came, Moved};
use async_trait::async_trait;
use pushmail_device::store::Tokens;
use pushmail_device::{
    BackoffConfig, Config, Deps, Handler, HandlerError, Notice, Received, ResumeStore, run,
};
use pushmail_domain::{Entropy as _, Secret, Timestamp};
use pushmail_proto::convert;
use pushmail_proto::v1::event::Kind;
use pushmail_runtime::{SystemClock, SystemEntropy};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

/// A device of one account.
pub(super) struct Device {
    /// Its place on the board.
    pub(super) place: usize,
    pub(super) token: String,
    pub(super) account: String,
    pub(super) gateways: Arc<[String]>,
    pub(super) ca_pem: Arc<str>,
    pub(super) board: Arc<Board>,
}

impl Device {
    /// Keeps a session open, at the process with this number first, and at another one each time that an open session ended.
    /// Another device may begin once the permit is free: when the first attempt is over.
    pub(super) async fn live(self, mut gateway: usize, permit: OwnedSemaphorePermit) {
        let kept = Kept::default();
        let mut watch = Watch {
            place: self.place,
            suffix: format!(".{}@bench", self.account),
            board: self.board.clone(),
            dialled: Instant::now(),
            state: State::First,
            permit: Some(permit),
            leave: CancellationToken::new(),
            pause: Duration::ZERO,
        };
        loop {
            watch.leave = CancellationToken::new();
            let config = Config {
                endpoint: self.gateways[gateway].clone(),
                ca_pem: Some(self.ca_pem.as_bytes().to_vec()),
                token: Secret::new(self.token.clone()),
                backoff: BackoffConfig::default(),
            };
            let deps = Deps {
                clock: Arc::new(SystemClock),
                entropy: Arc::new(SystemEntropy),
            };
            let (store, leave) = (Box::new(kept.clone()), watch.leave.clone());
            if let Err(error) = run(config, deps, store, &mut watch, leave).await {
                eprintln!("a device gave up: {error}");
                self.board.gave_up();
                return;
            }
            sleep(watch.pause).await;
            let others = self.gateways.len() as u64 - 1;
            let further = 1 + SystemEntropy.below(others.max(1));
            gateway = (gateway + usize::try_from(further).unwrap_or(1)) % self.gateways.len();
        }
    }
}

/// Resume tokens in memory, which outlast a client.
#[derive(Clone, Default)]
struct Kept(Arc<Mutex<Tokens>>);

impl ResumeStore for Kept {
    fn load(&mut self) -> std::io::Result<Tokens> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(kept.clone())
    }

    fn store(&mut self, tokens: &Tokens) -> std::io::Result<()> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.clone_from(tokens);
        Ok(())
    }
}

/// Puts down what the client tells.
struct Watch {
    place: usize,
    /// What the Message-IDs of its account's mails end with, after their number.
    suffix: String,
    board: Arc<Board>,
    dialled: Instant,
    state: State,
    permit: Option<OwnedSemaphorePermit>,
    /// Ends the client: the next session is to be at another process.
    leave: CancellationToken,
    /// How long to wait until then.
    pause: Duration,
}

enum State {
    /// No session was open so far.
    First,
    Open,
    /// An open session ended. `asked`: how long GoAway asked to wait; `None` if it broke.
    Away {
        since: Instant,
        asked: Option<Duration>,
    },
}

#[async_trait]
impl Handler for Watch {
    async fn event(&mut self, received: Received) -> Result<(), HandlerError> {
        let event = received.event;
        if let Some(Kind::MessageNew(new)) = event.kind {
            let id = new.message.unwrap_or_default().message_id;
            let number = id.strip_suffix(&self.suffix);
            let detected = event.detected_at.as_ref();
            let detected: Option<Timestamp> = detected.and_then(convert::timestamp_from);
            self.board.came(
                self.place,
                &Came {
                    number: number.and_then(|number| number.parse().ok()),
                    took: received.received_at.since(detected.unwrap_or_default()),
                    replayed: received.replayed,
                },
            );
        }
        Ok(())
    }

    fn notice(&mut self, notice: Notice) {
        match notice {
            Notice::Connected { .. } => self.opened(),
            Notice::Disconnected { why, pause } => self.ended(&why, pause),
            Notice::Gap { .. } => self.board.gap(),
        }
    }
}

impl Watch {
    fn opened(&mut self) {
        match std::mem::replace(&mut self.state, State::Open) {
            State::Away { since, asked } => {
                let away = since.elapsed();
                self.board.resumed(asked.map(|pause| Moved { away, pause }));
            }
            State::First | State::Open => self.board.welcomed(self.dialled.elapsed()),
        }
        self.permit = None;
    }

    fn ended(&mut self, why: &str, pause: Duration) {
        self.permit = None;
        if !matches!(self.state, State::Open) {
            // The client itself tries again, with growing pauses.
            self.board.failed();
            return;
        }
        // The client has no other word for GoAway.
        let asked = why == "the gateway asked to connect again";
        self.board.ended(asked);
        self.state = State::Away {
            since: Instant::now(),
            asked: asked.then_some(pause),
        };
        self.pause = pause;
        self.leave.cancel();
    }
}
