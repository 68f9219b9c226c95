//! A device's open stream.
//!
//! Data flows one way: [`request`] checks what the device sends, [`core`] decides, [`writer`] makes
//! frames. This file opens a session, [`serve`] keeps it going, [`upkeep`] reads the log for it,
//! [`look_up`] asks the registry beside it.

mod core;
mod lane;
mod look_up;
mod request;
mod serve;
mod upkeep;
mod writer;

pub(crate) use request::MAX_ACCOUNTS;

use crate::Shared;
use crate::dispatch::{Attachment, Trouble};
use crate::resume::Resume;
use core::{Core, Out};
use pushmail_domain::{AccountId, DeviceToken};
use pushmail_proto::v1;
use pushmail_registry::Device;
use request::Request;
use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::Sleep;
use tonic::{Status, Streaming};
use writer::Writer;

/// How long a device may take to send Hello.
const HELLO_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a final status may wait for a device that does not read.
const FAREWELL_TIMEOUT: Duration = Duration::from_secs(5);

/// What a stream carries to the device.
pub(crate) type Frame = Result<v1::ConnectResponse, Status>;

/// A session after its Hello.
struct Session {
    shared: Arc<Shared>,
    device: Device,
    token: DeviceToken,
    core: Core,
    attachment: Attachment,
    writer: Writer,
    /// What is to be sorted out as soon as the log answers.
    owed: Trouble,
    /// The log did not answer: it is left alone until this is over.
    rests: Option<Pin<Box<Sleep>>>,
}

/// Runs an authenticated device's session to its end.
pub(crate) async fn run(
    shared: Arc<Shared>,
    device: Device,
    token: DeviceToken,
    mut inbound: Streaming<v1::ConnectRequest>,
    outbound: mpsc::Sender<Frame>,
) {
    let ended = async {
        let draining = shared.lifecycle.draining();
        let hello = draining.run_until_cancelled(hello(&mut inbound)).await;
        let tokens = hello.ok_or_else(leaving)??;
        let session = Session::open(shared.clone(), device, token, tokens).await?;
        Box::pin(session.serve(inbound, outbound.clone())).await
    };
    if let Some(Err(status)) = shared.lifecycle.stopping().run_until_cancelled(ended).await {
        let farewell = outbound.send(Err(status));
        // A device that is gone, or does not read, need not hear why.
        drop(tokio::time::timeout(FAREWELL_TIMEOUT, farewell).await);
    }
}

/// The answer to devices that come while the process drains.
pub(crate) fn leaving() -> Status {
    Status::unavailable("the gateway is shutting down: connect again")
}

/// The resume tokens of the first frame, which must be Hello.
async fn hello(inbound: &mut Streaming<v1::ConnectRequest>) -> Result<Vec<Vec<u8>>, Status> {
    let first = tokio::time::timeout(HELLO_TIMEOUT, inbound.message())
        .await
        .map_err(|_| Status::deadline_exceeded("no hello came within 10 seconds"))??;
    let first = first.ok_or_else(|| Status::cancelled("the stream ended before hello"))?;
    match Request::check(first)? {
        Request::Hello(tokens) => Ok(tokens),
        _ => Err(crate::invalid::field(
            "frame",
            "must be hello in the first frame",
        )),
    }
}

/// The tokens of a Hello, verified.
#[derive(Default)]
struct Tokens {
    by_account: BTreeMap<AccountId, Resume>,
    /// Some were not this gateway's for this device.
    distrusted: bool,
}

impl Session {
    /// Attaches to live first, so that nothing falls between what the log holds and what is live.
    async fn open(
        shared: Arc<Shared>,
        device: Device,
        token: DeviceToken,
        tokens: Vec<Vec<u8>>,
    ) -> Result<Self, Status> {
        let tokens = verify(&shared, &device, &tokens)?;
        let content = shared.keys.of(device.tenant).await?;
        let queue = shared.config.session_queue;
        let attachment = shared
            .dispatcher
            .attach(device.tenant, &device.accounts, queue);
        let attachment = attachment
            .await
            .map_err(|error| upkeep::unreadable(&error))?;
        let mut session = Self {
            core: Core::new(shared.config.unacked),
            attachment,
            writer: Writer::new(shared.clone(), device.id, content),
            owed: Trouble::default(),
            rests: None,
            shared,
            device,
            token,
        };
        session.welcome();
        session.begin(&tokens).await?;
        Ok(session)
    }

    fn welcome(&mut self) {
        let mut id = [0; 8];
        self.shared.entropy.fill(&mut id);
        let accounts = self.device.accounts.iter().map(ToString::to_string);
        self.core.push(Out::Welcome(v1::Welcome {
            session: format!("ses_{:016x}", u64::from_be_bytes(id)),
            heartbeat: prost_types::Duration::try_from(self.shared.config.heartbeat).ok(),
            accounts: accounts.collect(),
        }));
    }

    /// Finds out where each account stands, and says so.
    async fn begin(&mut self, tokens: &Tokens) -> Result<(), Status> {
        for account in self.device.accounts.clone() {
            let standing = self.standing(account).await;
            let standing = standing.map_err(|error| upkeep::unreadable(&error))?;
            let token = tokens.by_account.get(&account);
            self.core.open(account, token, tokens.distrusted, &standing);
        }
        for account in tokens.by_account.keys() {
            if !self.device.accounts.contains(account) {
                self.core.remove(*account);
            }
        }
        self.core.pong(Vec::new());
        Ok(())
    }
}

/// Sorts the tokens of a Hello by account.
fn verify(shared: &Shared, device: &Device, tokens: &[Vec<u8>]) -> Result<Tokens, Status> {
    let mut verified = Tokens::default();
    for (at, token) in tokens.iter().enumerate() {
        let Ok(resume) = shared.resume.decode(device.id, token) else {
            verified.distrusted = true;
            continue;
        };
        if verified.by_account.insert(resume.account, resume).is_some() {
            return Err(crate::invalid::field(
                format!("frame.hello.resume[{at}]"),
                "must be the only token of its account",
            ));
        }
    }
    Ok(verified)
}
