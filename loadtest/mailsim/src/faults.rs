//! What goes wrong on purpose.

use crate::Mailsim;
use std::collections::HashMap;
use std::sync::Arc;

/// How a login is refused. The words are the profile's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// `NO [AUTHENTICATIONFAILED]`: the credentials are wrong.
    AuthenticationFailed,
    /// `NO [UNAVAILABLE]`: a backend is down (RFC 5530).
    Unavailable,
    /// `NO [LIMIT]`: too many logins.
    Limit,
    /// `NO [INUSE]`: someone else holds the mailbox.
    InUse,
    /// `NO [ALERT]`: words for a person.
    Alert,
    /// `NO` without a code.
    Uncoded,
    /// An untagged `BYE`, and the end of the connection.
    Bye,
}

/// Whose logins are refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Whose {
    /// One user's.
    User(String),
    /// So many of a hundred logins, evenly spread, whoever logs in; 100 and more are all.
    Percent(u8),
}

/// What is wrong with a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Poison {
    /// A FETCH of it answers NO.
    Refused,
    /// Its body is this many bytes of filler, whatever RFC822.SIZE and the command said.
    Oversized(u64),
    /// The connection ends in the middle of its body.
    CutOff,
    /// It is announced, but so many FETCHes find nothing.
    NotYet(u32),
}

/// What the connections of now are told to do.
#[derive(Debug, Clone)]
pub(crate) enum Order {
    /// Never send, answer or do anything again.
    Freeze,
    /// Say BYE with this text and hang up.
    Bye(String),
    /// Say NOTIFICATIONOVERFLOW and forget NOTIFY.
    Overflow,
}

/// What is wrong for one user.
#[derive(Default)]
pub(crate) struct UserFaults {
    /// All orders there ever were; a connection obeys those that come after its login.
    pub(crate) orders: Vec<Order>,
    pub(crate) deaf_idle: bool,
    /// The answer to every command but LOGOUT.
    pub(crate) refusal: Option<Arc<str>>,
    /// By folder and UID.
    pub(crate) poison: HashMap<(u64, u32), Poison>,
}

impl UserFaults {
    /// What is wrong with a message that is about to be fetched.
    pub(crate) fn poison_of(&mut self, folder: u64, uid: u32) -> Option<Poison> {
        let poison = self.poison.get_mut(&(folder, uid))?;
        let now = *poison;
        if let Poison::NotYet(times) = poison {
            if *times == 0 {
                self.poison.remove(&(folder, uid));
                return None;
            }
            *times -= 1;
        }
        Some(now)
    }
}

/// Which logins are refused.
#[derive(Default)]
pub(crate) struct LoginFaults {
    users: HashMap<String, Refusal>,
    share: Option<(u8, Refusal)>,
    /// How many logins the share was asked about.
    asked: u64,
}

impl LoginFaults {
    fn set(&mut self, whose: Whose, how: Refusal) {
        match whose {
            Whose::User(user) => {
                self.users.insert(user, how);
            }
            Whose::Percent(percent) => self.share = Some((percent.min(100), how)),
        }
    }

    /// How this login is refused, if it is.
    pub(crate) fn refusal(&mut self, user: &str) -> Option<Refusal> {
        if let Some(how) = self.users.get(user) {
            return Some(*how);
        }
        let (percent, how) = self.share?;
        let chosen = |count: u64| count * u64::from(percent) / 100;
        self.asked += 1;
        (chosen(self.asked) > chosen(self.asked - 1)).then_some(how)
    }
}

/// Faults, on demand of a test.
impl Mailsim {
    /// Refuses logins from now on, until [`Mailsim::admit_logins`]. Several rules may hold; one for
    /// a user comes before the share.
    pub fn refuse_logins(&self, whose: Whose, how: Refusal) {
        self.server.login_faults().set(whose, how);
    }

    /// Refuses no login any more, beyond what [`crate::Accounts`] say.
    pub fn admit_logins(&self) {
        *self.server.login_faults() = LoginFaults::default();
    }

    /// Silences the user's connections of now: they stay open, but nothing is sent or answered on
    /// them any more, as behind a NAT that forgot them. New connections are served.
    pub fn freeze(&self, user: &str) {
        self.server.user(user).order(Order::Freeze);
    }

    /// Silences the connections of all users; see [`Mailsim::freeze`].
    pub fn freeze_all(&self) {
        for user in self.server.users() {
            user.order(Order::Freeze);
        }
    }

    /// Says `* BYE` with this text on the user's connections of now and ends them.
    pub fn say_bye(&self, user: &str, text: &str) {
        self.server.user(user).order(Order::Bye(text.to_owned()));
    }

    /// Ends the user's connections of now as a server does when an access token runs out: BYE with
    /// the profile's words.
    pub fn expire_sessions(&self, user: &str) {
        let text = &self.server.profile.texts().session_expired;
        self.say_bye(user, text);
    }

    /// Says NOTIFICATIONOVERFLOW (RFC 5465, section 5.8) on the user's connections that use NOTIFY,
    /// and forgets what they asked for.
    pub fn overflow_notify(&self, user: &str) {
        self.server.user(user).order(Order::Overflow);
    }

    /// Lets the user's IDLE commands tell nothing, or again what they should. What they did not
    /// tell is told after the next other command.
    pub fn deafen_idle(&self, user: &str, deaf: bool) {
        let user = self.server.user(user);
        user.spoil(|faults| faults.deaf_idle = deaf);
    }

    /// Answers every command of the user's connections, but LOGOUT, as a server does whose backend
    /// is lost behind the login: `BAD User is authenticated but not connected.`, or the profile's
    /// words. `false` ends it.
    pub fn lose_backend(&self, user: &str, lost: bool) {
        let text = self.server.profile.texts().not_connected.as_str();
        let user = self.server.user(user);
        user.spoil(|faults| faults.refusal = lost.then(|| text.into()));
    }

    /// Spoils a message; `None` heals it. False if it is not there.
    pub fn poison(&self, user: &str, folder: &str, uid: u32, poison: Option<Poison>) -> bool {
        let user = self.server.user(user);
        let id = user.mailbox.read(|folders| {
            let folder = folders.get(folder)?;
            folder.get(uid).map(|_| folder.id)
        });
        let Some(id) = id else {
            return false;
        };
        user.spoil(|faults| match poison {
            Some(poison) => faults.poison.insert((id, uid), poison),
            None => faults.poison.remove(&(id, uid)),
        });
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_of_logins_is_spread_evenly() {
        let mut faults = LoginFaults::default();
        faults.set(Whose::Percent(25), Refusal::Limit);
        let refused = (0..100).filter(|_| faults.refusal("ann").is_some());
        assert_eq!(refused.count(), 25);
        faults.set(Whose::User("ann".to_owned()), Refusal::Bye);
        assert_eq!(faults.refusal("ann"), Some(Refusal::Bye));
    }
}
