//! Whom connections lead to: once for all connections to one place.

use pushmail_domain::{Endpoint, Fault, FaultKind};
use rustls::ClientConfig;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

/// Whom a connection leads to, and how to bring TLS up on it.
pub(super) struct Peer {
    pub(super) endpoint: Endpoint,
    pub(super) tls: Arc<ClientConfig>,
    pub(super) handshake: Duration,
}

impl Peer {
    /// TLS did not come up in time.
    pub(super) fn too_slow(&self) -> Fault {
        let endpoint = &self.endpoint;
        Fault::new(
            FaultKind::Timeout,
            format!(
                "{endpoint} did not start TLS in time: check the port (993 for imaps://, 143 for imap:// with STARTTLS)"
            ),
        )
    }
}

/// Those to whom there are connections.
#[derive(Default)]
pub(super) struct Peers(Mutex<HashMap<Endpoint, Weak<Peer>>>);

/// With so many they are looked through for those to whom there is no connection any more.
const KEPT: usize = 1024;

impl Peers {
    /// The one at this endpoint, as `make` makes it if there is no connection to it.
    pub(super) fn at(&self, endpoint: &Endpoint, make: impl FnOnce() -> Peer) -> Arc<Peer> {
        let mut peers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(peer) = peers.get(endpoint).and_then(Weak::upgrade) {
            return peer;
        }
        // Doubles with each look at most, so that looking costs little for each.
        if peers.len() >= KEPT && peers.len().is_power_of_two() {
            peers.retain(|_, peer| peer.strong_count() > 0);
        }
        let peer = Arc::new(make());
        peers.insert(endpoint.clone(), Arc::downgrade(&peer));
        peer
    }
}
