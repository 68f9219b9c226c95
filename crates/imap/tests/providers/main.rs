//! Every rule of `quirks.toml` that a provider's behaviour is the reason for: the conversation against that provider as
//! mailsim plays it, over a real socket, in time that passes when the test says so.
//!
//! Each provider's file shows that mail is seen in the promised time, that the connection lives on for an hour of that,
//! that what is sent is well-mannered, and that an account without the rule fails as the provider is known to let it.

#![expect(clippy::unwrap_used, reason = "these are tests, helpers included")]

mod connection;
mod gmail;
mod liveness;
mod long_idle;
mod manners;
mod netease;
mod outlook;
mod polled;
mod remedies;
mod short_idle;
mod time;
mod watch;
mod yandex;
