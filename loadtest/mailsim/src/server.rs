//! What all connections share.

use crate::Config;
use crate::accounts::Accounts;
use crate::eas::Service;
use crate::faults::LoginFaults;
use crate::mailbox::{Announcement, Folders};
use crate::park::Park;
use crate::profile::Profile;
use crate::user::User;
use pushmail_domain::Clock;
use std::borrow::Borrow;
use std::collections::HashSet;
use std::hash::{Hash, Hasher};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

pub(crate) struct Server {
    pub(crate) accounts: Accounts,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) profile: Profile,
    /// How often IDLE says that it still lives.
    pub(crate) still_here: Option<Duration>,
    pub(crate) command_log: usize,
    /// How many connections are in IDLE, or wait by Ping.
    pub(crate) idling: watch::Sender<usize>,
    pub(crate) park: Arc<Park>,
    pub(crate) eas: Service,
    users: Mutex<HashSet<ByName>>,
    /// What every new user has.
    folders: Arc<Folders>,
    announcements: Mutex<Vec<Announcement>>,
    login_faults: Mutex<LoginFaults>,
    dice: Mutex<Dice>,
    stop: CancellationToken,
    /// Ends the connections of now; replaced when it fires. A child of `stop`.
    connections: Mutex<CancellationToken>,
}

/// A user, found by the name.
struct ByName(Arc<User>);

impl Borrow<str> for ByName {
    fn borrow(&self) -> &str {
        &self.0.name
    }
}

impl PartialEq for ByName {
    fn eq(&self, other: &Self) -> bool {
        self.0.name == other.0.name
    }
}

impl Eq for ByName {}

impl Hash for ByName {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.name.hash(state);
    }
}

impl Server {
    pub(crate) fn new(config: Config, park: Arc<Park>, stop: CancellationToken) -> Self {
        let still_here = config.still_here.or(config.profile.quirks().still_here());
        Self {
            connections: Mutex::new(stop.child_token()),
            stop,
            accounts: config.accounts,
            clock: config.clock,
            still_here: still_here.filter(|period| !period.is_zero()),
            command_log: config.command_log,
            dice: Mutex::new(Dice(config.seed)),
            park,
            eas: Service::new(config.eas.unwrap_or_default(), config.tls),
            folders: Arc::new(config.profile.folders()),
            profile: config.profile,
            idling: watch::Sender::new(0),
            users: Mutex::default(),
            announcements: Mutex::default(),
            login_faults: Mutex::default(),
        }
    }

    /// The user, made at first sight, with the folders that the profile gives.
    pub(crate) fn user(&self, name: &str) -> Arc<User> {
        let mut users = lock(&self.users);
        if let Some(user) = users.get(name) {
            return Arc::clone(&user.0);
        }
        let (folders, park) = (Arc::clone(&self.folders), Arc::clone(&self.park));
        let user = Arc::new(User::new(name, folders, park));
        users.insert(ByName(Arc::clone(&user)));
        user
    }

    pub(crate) fn users(&self) -> Vec<Arc<User>> {
        let users = lock(&self.users);
        users.iter().map(|user| Arc::clone(&user.0)).collect()
    }

    pub(crate) fn total_messages(&self) -> usize {
        let count = |folders: &Folders| {
            folders
                .iter()
                .map(|(_, f)| f.messages().len())
                .sum::<usize>()
        };
        let users = lock(&self.users);
        users
            .iter()
            .map(|user| user.0.mailbox.read(count))
            .sum::<usize>()
    }

    /// Keeps what is about to be announced.
    pub(crate) fn announced(&self, announced: Vec<Announcement>) {
        if !announced.is_empty() {
            lock(&self.announcements).extend(announced);
        }
    }

    pub(crate) fn login_faults(&self) -> MutexGuard<'_, LoginFaults> {
        lock(&self.login_faults)
    }

    /// A number below `limit`, drawn with the seed.
    pub(crate) fn draw(&self, limit: usize) -> usize {
        lock(&self.dice).below(limit)
    }

    pub(crate) fn take_announcements(&self) -> Vec<Announcement> {
        std::mem::take(&mut *lock(&self.announcements))
    }

    pub(crate) fn disconnect_all(&self) {
        std::mem::replace(&mut *lock(&self.connections), self.stop.child_token()).cancel();
        self.park.clear();
    }

    /// Ends all connections, and takes no others.
    pub(crate) fn stop(&self) {
        self.stop.cancel();
        self.park.clear();
    }

    /// Waits until the server is stopped.
    pub(crate) async fn stopped(&self) {
        self.stop.cancelled().await;
    }

    /// What ends a connection that begins now.
    pub(crate) fn connection_token(&self) -> CancellationToken {
        lock(&self.connections).clone()
    }
}

/// Numbers that look random and depend on the seed alone (SplitMix64).
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        let wide = u128::from(mixed ^ (mixed >> 31)) * limit as u128;
        usize::try_from(wide >> 64).unwrap_or(0)
    }
}

/// Counts one connection as idling for as long as it lives.
pub(crate) struct Idling(Arc<Server>);

impl Idling {
    pub(crate) fn enter(server: &Arc<Server>) -> Self {
        server.idling.send_modify(|count| *count += 1);
        Self(Arc::clone(server))
    }
}

impl Drop for Idling {
    fn drop(&mut self) {
        self.0.idling.send_modify(|count| *count -= 1);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
