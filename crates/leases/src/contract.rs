//! The promises of [`Leases`] as tests that every adapter runs.
//!
//! An adapter writes a [`Fixture`] and calls [`leases_contract!`](crate::leases_contract) in its test
//! crate, which needs `tokio` with `macros` and `time`. Each function of the submodules is one
//! promise and panics where it is broken.
#![expect(
    clippy::unwrap_used,
    reason = "the suite is test code, kept where every adapter can reach it"
)]

pub mod deltas;
pub mod expiry;
pub mod flush;
pub mod ownership;
pub mod sample;
pub mod wakes;

use crate::Leases;
use std::future::Future;
use std::sync::Arc;

/// How a table of a test is configured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Terms {
    /// The TTL is longer than any test, and a new table takes claims at once.
    Steady,
    /// The TTL is short; a new table takes claims at once.
    Brief,
    /// The TTL is longer than any test; a new table refuses claims for a short time.
    Settling,
}

/// What the suite needs of an adapter: one new table for each test.
pub trait Fixture {
    /// So many handles on the table, each as a process of its own would have it. Called once.
    fn open(
        &self,
        terms: Terms,
        handles: usize,
    ) -> impl Future<Output = Vec<Arc<dyn Leases>>> + Send;

    /// Empties the table.
    fn flush(&self) -> impl Future<Output = ()> + Send;

    /// Lets a fifth of the short time pass: the TTL of [`Terms::Brief`], or for which a table of
    /// [`Terms::Settling`] settles.
    fn pass(&self) -> impl Future<Output = ()> + Send;

    /// Lets more than the TTL of [`Terms::Brief`] pass.
    fn outlast_ttl(&self) -> impl Future<Output = ()> + Send;
}

/// Writes one `#[tokio::test]` for each promise of the leases.
///
/// The argument is an expression that makes a fresh [`Fixture`] in an `Option`; it is evaluated in
/// each test, which does nothing if it is `None` (the server is to be done without).
#[macro_export]
macro_rules! leases_contract {
    ($fixture:expr) => {
        $crate::leases_contract! { @tests $fixture;
            ownership {
                the_first_answer_is_whole
                a_free_shard_becomes_the_claimant_s
                an_owned_shard_is_not_claimed
                owning_needs_only_the_heartbeat
                a_held_shard_that_is_free_becomes_the_caller_s
                a_held_shard_of_another_stays_that_one_s_and_is_told_each_time
                a_released_shard_becomes_the_successor_s
                a_released_shard_without_a_live_successor_is_free
                another_s_shard_is_not_released
                one_beat_holds_then_releases_then_claims
                leaving_frees_shards_at_once
                fifty_claimants_get_each_shard_once
            }
            expiry {
                a_member_that_falls_silent_is_removed_and_its_shards_are_free
                members_that_beat_stay
                the_next_expiry_is_that_of_the_others
                one_that_comes_back_holds_what_nobody_claimed
                one_that_comes_back_is_told_what_others_claimed
                after_a_silence_of_all_nobody_is_removed_at_once
                one_that_stays_away_after_a_silence_of_all_is_removed
            }
            deltas {
                renewing_changes_nothing
                a_member_that_changes_is_told
                a_view_of_another_table_is_answered_whole
                a_view_ahead_of_the_table_is_answered_whole
                changes_add_up_to_the_view
                one_that_missed_much_is_told_all_the_same
                one_that_comes_and_goes_hides_nobody
                viewing_changes_nothing
            }
            flush {
                a_flushed_table_is_another_one
                owners_get_theirs_back_while_claims_are_refused
                claims_are_refused_exactly_while_a_table_settles
                the_first_holder_gets_a_shard_that_two_hold
            }
            wakes {
                a_successor_is_woken
                all_are_woken_when_a_shard_is_released_to_nobody
                all_are_woken_when_a_member_leaves
                somebody_is_woken_when_a_member_is_removed
                every_subscription_rings
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
