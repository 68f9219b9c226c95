//! The reference device client of the gateway.
//!
//! [`run`] keeps one session open: it connects with the newest resume tokens, hands every event to
//! a [`Handler`], stores the event's token ([`ResumeStore`]), and only then acknowledges it. After a
//! disconnection it connects again, with a random pause, and the gateway replays what is missing.
//! An event counts as seen once its token is stored; until then it may come again.

mod backoff;
mod config;
mod error;
mod handler;
mod session;
pub mod store;

pub use backoff::BackoffConfig;
pub use config::{Config, Deps};
pub use error::{ClientError, ClientErrorKind};
pub use handler::{Handler, HandlerError, Notice, Received};
pub use store::{FileStore, MemoryStore, ResumeStore};

use backoff::Backoff;
use session::{Ended, Session};
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// A session that lasted this long was a good one: the next pause is short again.
const STABLE: Duration = Duration::from_secs(30);

/// Receives a device's events until `stop` is cancelled.
///
/// # Errors
/// If trying again cannot help: the token is refused, the configuration is wrong, the store or the
/// handler failed. Everything else is tried again.
pub async fn run(
    config: Config,
    deps: Deps,
    store: Box<dyn ResumeStore>,
    handler: &mut dyn Handler,
    stop: CancellationToken,
) -> Result<(), ClientError> {
    let mut backoff = Backoff::new(config.backoff.clone());
    let mut session = Session::new(config, deps.clone(), store)?;
    loop {
        let started = deps.clock.elapsed();
        let ended = session.once(handler, &stop).await?;
        if deps.clock.elapsed().saturating_sub(started) >= STABLE {
            backoff.reset();
        }
        let (why, pause) = match ended {
            Ended::Stopped => return Ok(()),
            Ended::GoAway(after) => {
                backoff.reset();
                ("the gateway asked to connect again".to_owned(), after)
            }
            Ended::TooSlow => {
                let why = "events came faster than they were handled; what was dropped is replayed";
                (why.to_owned(), backoff.first(&*deps.entropy))
            }
            Ended::Lost(why) => (why, backoff.next(&*deps.entropy)),
        };
        handler.notice(Notice::Disconnected { why, pause });
        let paused = tokio::time::sleep(pause);
        if stop.run_until_cancelled(paused).await.is_none() {
            return Ok(());
        }
    }
}
