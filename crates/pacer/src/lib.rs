//! The pacer: how fast a fleet logs in to providers, and whose devices wait for it.
//!
//! A provider sees the whole fleet, not its processes. So the tokens that logins cost are in buckets
//! that all of them share: [`Pacer`]. And who delivers to devices is another process than who connects
//! to mailboxes: [`SeenDevices`] tells it which to connect first. Both are aids and no truth: without them logins go
//! on, each process at its share of the rate ([`Workers`]), in any order.
//!
//! An adapter implements both and passes the suite in [`contract`].

mod bucket;
pub mod contract;
mod error;
mod level;
mod seen;
mod workers;

pub use bucket::{Ask, Bucket, Grant, Rate};
pub use error::PacerError;
pub use level::Level;
pub use seen::{SEEN_WITHIN, SeenDevices};
pub use workers::Workers;

use async_trait::async_trait;

/// Buckets of tokens that the processes of a fleet share.
///
/// A bucket is full at first, holds [`Rate::burst`] tokens, and gets one more each [`Rate::every`]. The
/// rate is the caller's at each call, and counts from then on: all processes are to have the same. From a bucket never
/// more tokens are taken in any time than its burst and what came in that time, whoever takes them.
#[async_trait]
pub trait Pacer: Send + Sync {
    /// Waits until another call may be made: whoever asks too often burdens what all of them share. To be
    /// awaited before it is decided what a call asks for. Adapters that cost nothing return at once.
    async fn ready(&self) {}

    /// Gives back what was not used, then takes what there is, up to what is wanted, of each bucket by itself. The
    /// grants are in the order of the asks; no bucket is named twice.
    ///
    /// After an error nothing is known: tokens may have been taken or not. Take it for taken.
    ///
    /// # Errors
    ///
    /// When the buckets are out of reach.
    async fn take(&self, asks: &[Ask<'_>]) -> Result<Vec<Grant>, PacerError>;
}
