//! A part that is being read, and the session that it holds.

use crate::guarded;
use crate::pool::{Lease, Pool};
use crate::session::Session;
use crate::state::State;
use async_trait::async_trait;
use pushmail_domain::Account;
use pushmail_mailbox::{About, Piece, ReadError, ReadErrorKind, Reading};
use std::sync::Arc;

/// An open part.
pub(crate) struct Open {
    state: State,
    /// Gone after a failure.
    lease: Option<Lease>,
    pool: Arc<Pool>,
}

impl Open {
    pub(crate) fn new(account: &Account, session: Session, state: State, pool: Arc<Pool>) -> Self {
        Self {
            state,
            lease: Some(Lease::new(account, session)),
            pool,
        }
    }
}

#[async_trait]
impl Reading for Open {
    fn about(&self) -> &About {
        self.state.about()
    }

    async fn next(&mut self, most: usize) -> Result<Piece, ReadError> {
        // A call that is given up in the middle of a command loses the session with it.
        let Some(mut lease) = self.lease.take() else {
            return Err(ReadError::new(
                ReadErrorKind::Internal,
                "the reading had failed before: ask again",
            ));
        };
        let piece = guarded(self.state.next(&mut lease.session, most)).await?;
        self.lease = Some(lease);
        Ok(piece)
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        if let Some(lease) = self.lease.take() {
            self.pool.give_back(lease, Some(self.state.take()));
        }
    }
}
