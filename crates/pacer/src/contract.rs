//! The promises of [`Pacer`] and [`SeenDevices`] as tests that every adapter runs.
//!
//! An adapter writes a [`Fixture`] and calls [`pacer_contract!`](crate::pacer_contract) in its test
//! crate, which needs `tokio` with `macros` and `time`. Each function of the submodules is one
//! promise and panics where it is broken.
#![expect(
    clippy::unwrap_used,
    reason = "the suite is test code, kept where every adapter can reach it"
)]

pub mod devices;
pub mod tokens;

use crate::{Pacer, SeenDevices};
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

/// One process's handles on what the fleet shares.
pub struct Process {
    /// The buckets.
    pub pacer: Arc<dyn Pacer>,
    /// The devices.
    pub devices: Arc<dyn SeenDevices>,
}

/// What the suite needs of an adapter: one new store for each test.
pub trait Fixture {
    /// So many processes on the store. Called once.
    fn open(&self, processes: usize) -> impl Future<Output = Vec<Process>> + Send;

    /// For how long a device counts as seen in this store; long enough for a few calls.
    fn seen_within(&self) -> Duration;

    /// Lets at least this much time pass.
    fn pass(&self, time: Duration) -> impl Future<Output = ()> + Send;

    /// Time since some fixed moment, by the clock that passes.
    fn elapsed(&self) -> Duration;
}

async fn processes<const COUNT: usize>(fixture: &impl Fixture) -> [Process; COUNT] {
    let processes = fixture.open(COUNT).await;
    processes.try_into().ok().unwrap()
}

/// Writes one `#[tokio::test]` for each promise of the pacer.
///
/// The argument is an expression that makes a fresh [`Fixture`] in an `Option`; it is evaluated in
/// each test, which does nothing if it is `None` (the server is to be done without).
#[macro_export]
macro_rules! pacer_contract {
    ($fixture:expr) => {
        $crate::pacer_contract! { @tests $fixture;
            tokens {
                a_bucket_gives_its_burst_and_says_when_more_comes
                tokens_come_back_with_time
                a_bucket_never_holds_more_than_its_burst
                processes_share_a_bucket
                buckets_are_apart
                one_call_takes_of_several_buckets
                unused_tokens_go_back
                a_bucket_is_not_overfilled
                a_changed_rate_counts_from_then_on
                without_a_rate_there_are_always_enough
                asking_for_nothing_gives_nothing
                many_takers_never_get_more_than_the_burst_and_what_came
            }
            devices {
                a_device_that_was_noted_is_seen_by_all
                a_device_is_seen_in_its_shard_only
                a_device_is_forgotten_after_a_time
                one_that_is_noted_again_stays
                a_lot_of_devices_are_noted_at_once
                noting_nothing_is_no_error
            }
        }
    };
    (@tests $fixture:expr; $($module:ident { $($promise:ident)+ })+) => {
        $($(
            #[::tokio::test]
            async fn $promise() {
                let Some(fixture) = $fixture else {
                    return;
                };
                ::tokio::time::timeout(
                    ::std::time::Duration::from_secs(60),
                    $crate::contract::$module::$promise(&fixture),
                )
                .await
                .expect("the promise is kept or broken within a minute");
            }
        )+)+
    };
}
