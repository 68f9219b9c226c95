//! Waiting for the client, and what a server does unasked meanwhile.

use super::Session;
use crate::line::Line;
use std::io;
use tokio::time::{Instant, sleep_until};

/// What waiting for the client came to.
pub(super) enum Waited {
    Input,
    /// Nothing is under way: the session can be parked.
    Quiet,
    /// The client hung up, or shall.
    End,
}

/// What ended a wait.
enum Woken {
    /// Input, or with `false` its end.
    Read(bool),
    Changed,
    Time,
}

impl Session<Line> {
    /// Sends what is due and waits for input; meanwhile does what a server does unasked.
    pub(super) async fn more(&mut self) -> io::Result<Waited> {
        loop {
            self.flush().await?;
            if self.frozen {
                self.play_dead();
            } else if self.ended {
                return Ok(Waited::End);
            }
            if self.is_quiet() {
                return Ok(Waited::Quiet);
            }
            let woken = self.wait().await?;
            // What was ordered or due before the client spoke comes first, whatever woke us.
            self.obey();
            self.do_what_is_due();
            match woken {
                Woken::Read(false) => return Ok(Waited::End),
                _ if self.frozen || self.ended => {}
                Woken::Read(true) => return Ok(Waited::Input),
                Woken::Changed => self.tell_unasked(),
                Woken::Time => {}
            }
        }
    }

    async fn wait(&mut self) -> io::Result<Woken> {
        let deadline = self.deadline();
        let owner = self.owner.as_ref();
        let changed = async {
            match owner {
                Some(owner) => owner.changed().await,
                None => std::future::pending().await,
            }
        };
        let woken = tokio::select! {
            read = self.stream.read(&mut self.input) => Woken::Read(read?),
            () = changed => Woken::Changed,
            () = reached(deadline) => Woken::Time,
        };
        self.called = false;
        if let (Woken::Changed, Some(owner)) = (&woken, &mut self.owner) {
            owner.catch_up();
        }
        Ok(woken)
    }

    /// Hears nothing of what was said and what changed.
    fn play_dead(&mut self) {
        self.input.clear();
        if let Some(owner) = &mut self.owner {
            owner.catch_up();
        }
    }

    /// Whether nothing is under way while the client watches, by IDLE or NOTIFY.
    fn is_quiet(&self) -> bool {
        let watches = self.idle.is_some() || self.notify.is_some();
        let heard_all = !self.called && self.input.is_empty() && !self.stream.is_closed();
        let told_all = self.owner.as_ref().is_some_and(|owner| !owner.has_news());
        let now = Instant::now();
        watches && heard_all && told_all && self.deadline().is_none_or(|at| at > now)
    }

    pub(super) async fn flush(&mut self) -> io::Result<()> {
        if self.frozen {
            self.output.clear();
        }
        if self.output.is_empty() {
            return Ok(());
        }
        self.stream.write_all(&self.output).await?;
        self.output.clear();
        self.output.shrink_to(4 * 1024);
        Ok(())
    }
}

async fn reached(deadline: Option<Instant>) {
    match deadline {
        Some(deadline) => sleep_until(deadline).await,
        None => std::future::pending().await,
    }
}
